import { handOn } from './bootstrap.js';

handOn('map.ts');
