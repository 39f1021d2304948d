import { memoryStore } from '#pipeline/store/memory.ts';
import { storeConformance } from './conformance.ts';

storeConformance(use => use(memoryStore()));
