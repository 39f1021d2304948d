import { folderStore } from '#pipeline/store/folder.ts';
import { memoryStore } from '#pipeline/store/memory.ts';
import { spillingStore } from '#pipeline/store/spilling.ts';
import { inFolder } from '#test/support/temporary.ts';
import { storeConformance } from './conformance.ts';

// All in memory, nothing, and some.
storeConformance(use => use(spillingStore(memoryStore(), 1 << 20)));
storeConformance(use => use(spillingStore(memoryStore(), 0)));
storeConformance(use => inFolder(folder => use(spillingStore(folderStore(folder), 20))));
