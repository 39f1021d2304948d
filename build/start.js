import { handOn } from './bootstrap.js';

handOn('start.ts');
