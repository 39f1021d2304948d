/** Functions of engine.wasm. JavaScript writes records to memory that it allocates, calls one, and copies the output. */
export { allocate, hasGivenUp, reset } from './arena';
export { findEnd, isInString, lastLineStart, newlineCount, openDepth } from './find-end';
export { beginResults, countsAt, findValues, listAt } from './find-values';
export { outputAt, outputLength } from './message-pack';
export { packChunk } from './pack-chunk';
export { packDetails } from './pack-details';
export { packLeaf } from './pack-leaf';
export { scanRecords } from './scan-records';
export { setHashKey } from './sip-hash';
export { copySorted, sortEntries } from './sort-keys';
export { addKey, beginPaths, endPath, endWritten } from './value-paths';
export {
  beginValues,
  clearValues,
  isTableFull,
  valueAt,
  valueCount,
  valueForm,
  valueLength,
} from './value-table';
export { weighEntries } from './weigh-leaf';
