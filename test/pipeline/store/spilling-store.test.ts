import { folderStore, memoryStore } from '#pipeline/index.ts';
import { spillingStore } from '#pipeline/store/spilling-store.ts';
import { inFolder } from '#test/support/temporary.ts';
import { storeConformance } from './store-conformance.ts';

// All in memory, nothing, and some.
storeConformance(use => use(spillingStore(memoryStore(), 1 << 20)));
storeConformance(use => use(spillingStore(memoryStore(), 0)));
storeConformance(use => inFolder(folder => use(spillingStore(folderStore(folder), 20))));
