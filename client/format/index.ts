/**
 * The chunk set format, both ways, without I/O: what a reader or writer of its own needs. FORMAT.md is the
 * specification.
 */
export type { Bounds, Cell } from './cell.ts';
export { cellOf, distance, farthestDistance, nearestDistance } from './cell.ts';
export type { Chunk } from './chunk.ts';
export { packChunk, unpackChunk } from './chunk.ts';
export { packDetails, unpackDetails } from './details.ts';
export type { FoldTable } from './fold.ts';
export { makeFold, packFold, unpackFold } from './fold.ts';
export { foldTable } from './fold-data.ts';
export type {
  RootRef,
  SearchMode,
  SearchSetOptions,
  SetIndex,
  SetOptions,
  TableRoots,
} from './index-json.ts';
export { FORMAT_NAME, FORMAT_VERSION, indexText, withGeneration, withoutGeneration } from './index-json.ts';
export type { JsonObject, JsonValue } from './json.ts';
export type { TableKey } from './keys.ts';
export { separator } from './keys.ts';
export type { IdEntry, NameEntry, RegionEntry } from './layouts.ts';
export { foldedNames, shardOf } from './layouts.ts';
export type { Packable } from './pack.ts';
export { pack } from './pack.ts';
export { joinRecord, splitFields } from './record.ts';
export type { FileKind, FileRef } from './ref.ts';
export { FILE_KINDS, hexOf, pathOf } from './ref.ts';
export type { SystemRow } from './row.ts';
export { systemRow } from './row.ts';
export type { PreviewOptions, SampleKey } from './sample.ts';
export { compareSamples, overviewRows, previewRows, rankOf } from './sample.ts';
export type { PartEntry, ValueEntry, WordEntry } from './search-layouts.ts';
export type { Counts, System } from './system.ts';
export { DERIVED_ID, DERIVED_NAME, DERIVED_REGION } from './system.ts';
export type { PageEntry, TablePage, TableSchema } from './table.ts';
export { packTableInner, packTableLeaf, unpackTablePage } from './table.ts';
export type { TableName } from './table-layouts.ts';
export { TABLE_SCHEMAS } from './table-layouts.ts';
export { compareText, hashText } from './text.ts';
export type {
  BranchNode,
  ChunkFile,
  InnerNode,
  LeafNode,
  NodeBase,
  PreviewFile,
  RowSpan,
  RowsFile,
  TreeNode,
  TreePageContent,
} from './tree.ts';
export { packTreePage, unpackTreePage } from './tree.ts';
export { unpack } from './unpack.ts';
export type { ColumnPacked } from './values.ts';
export { packColumn, unpackColumn } from './values.ts';
