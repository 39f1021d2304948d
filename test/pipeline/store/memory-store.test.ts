import { memoryStore } from '#pipeline/store/memory-store.ts';
import { storeConformance } from './store-conformance.ts';

storeConformance(use => use(memoryStore()));
