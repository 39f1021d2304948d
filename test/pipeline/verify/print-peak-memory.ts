/**
 * Verifies a set and prints the peak of live bytes during it, on the heap and outside of it, after a collection of
 * garbage. Run with `node --expose-gc`; arguments: the set's folder, and `canonical` for that check.
 */
import { folderStore, verifySet } from '#pipeline/index.ts';

/** Systems between two looks. */
const STEP = 4_000;

const canonical = process.argv[3] === 'canonical';
let most = 0;
let next = STEP;
const onProgress = (systems: number) => {
  if (systems < next) return;
  next += STEP;
  globalThis.gc!();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  most = Math.max(most, heapUsed + arrayBuffers);
};
const { problems } = await verifySet(folderStore(process.argv[2]!), { canonical, onProgress });
console.log(JSON.stringify({ problems, most }));
