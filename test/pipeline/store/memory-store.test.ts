import { memoryStore } from '#pipeline/index.ts';
import { storeConformance } from './store-conformance.ts';

storeConformance(use => use(memoryStore()));
