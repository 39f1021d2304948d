/** Builds chunk sets, verifies them, and exports them as catalogues; for Node. */
export type { FacetField } from '#format/facets/facet-field.ts';
export type { System } from '#format/system.ts';
export { type BuildEvents, type BuildOptions, type BuildSummary, build } from './build.ts';
export {
  ConflictError,
  EditConflictError,
  InputError,
  LockedError,
  MemoryError,
  ReaderGoneError,
  StoreError,
  UsageError,
} from './errors.ts';
export {
  type DatabaseLosses,
  type ExportFileOptions,
  type ExportOptions,
  type ExportShape,
  type ExportSummary,
  exportLines,
  exportSet,
} from './export/index.ts';
export { openWritableProvider } from './providers/open-writable-provider.ts';
export {
  collectGarbage,
  type GarbageOptions,
  type GarbageSummary,
} from './publish/collect-garbage.ts';
export {
  type HistoryEntry,
  history,
  type RollbackSummary,
  rollback,
} from './publish/history.ts';
export type { PublishCost } from './publish/price.ts';
export {
  type PublishEvents,
  type PublishOptions,
  type PublishPlan,
  type PublishSummary,
  planPublish,
  publishTileset,
} from './publish/publish-tileset.ts';
export type { TargetLocation, TargetOptions } from './publish/target.ts';
export type { WriteEvents } from './run/local.ts';
export type { RunFolderOptions } from './run/run-folder.ts';
export type { Edit } from './source/edit.ts';
export type { EditEvents, EditFiles } from './source/edits.ts';
export type { FieldMap, LeftOutFile, Reject, SourceLocation } from './source/index.ts';
export type { DestinationOptions } from './store/destination.ts';
export { type FolderStoreOptions, folderStore } from './store/folder-store.ts';
export { memoryStore } from './store/memory-store.ts';
export { type S3StoreOptions, s3Store } from './store/s3-store.ts';
export type { FileTotals } from './store/set-writer.ts';
export type {
  Content,
  DeleteOptions,
  ListOptions,
  PutOptions,
  Store,
  StoredFile,
  StoreGetOptions,
} from './store/store.ts';
export type { PlanOptions, SomeOptions } from './tasks/build-options.ts';
export type { DuplicatePolicy } from './tasks/duplicates.ts';
export type { FacetTotals } from './tasks/facet-counts.ts';
export type { EditConflict } from './update/resolve-edits.ts';
export {
  type SetEdits,
  type UpdateEvents,
  type UpdateOptions,
  type UpdateSummary,
  updateTileset,
} from './update/update-tileset.ts';
export { type Problem, type VerifyOptions, type VerifyReport, verifySet } from './verify/index.ts';
