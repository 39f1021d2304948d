import { handOn } from './bootstrap.js';

handOn('test.ts');
