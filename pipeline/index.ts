/** Builds chunk sets, and writes them back as catalogues; for Node. */
export type { SetOptions } from '../client/format/index-json.ts';
export { type BuildEvents, type BuildSummary, build } from './build.ts';
export { ConflictError, InputError, LockedError, ReaderGoneError, StoreError, UsageError } from './errors.ts';
export {
  type DatabaseLosses,
  type ExportFileOptions,
  type ExportOptions,
  type ExportSummary,
  exportLines,
  exportSet,
} from './export/index.ts';
export type { FieldMap, LeftOut, Place, Reject } from './source/index.ts';
export { folderStore } from './store/folder.ts';
export { memoryStore } from './store/memory.ts';
export type { Content, PutOptions, Store, StoredFile, StoreGetOptions } from './store/store.ts';
export type { DuplicatePolicy } from './tasks/duplicates.ts';
export type { BuildOptions } from './tasks/plan.ts';
export { type Problem, type VerifyOptions, type VerifyReport, verifySet } from './verify/index.ts';
