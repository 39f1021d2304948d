/**
 * The chunk set format, in both directions, without I/O: for independent readers and writers. FORMAT.md is the
 * specification.
 */

export type { ValueCount } from './btree/facet-schemas.ts';
export { facetValues } from './btree/facet-schemas.ts';
export type { TableKey } from './btree/keys.ts';
export { separator } from './btree/keys.ts';
export type { KeyedSystem, ListingEntry } from './btree/listing-schemas.ts';
export { SHARDS } from './btree/listing-schemas.ts';
export type { IdEntry, NameEntry } from './btree/name-schemas.ts';
export { foldedNames } from './btree/name-schemas.ts';
export type { PageEntry, TablePage, TableSchema } from './btree/page.ts';
export { packTableInner, packTableLeaf, unpackTablePage } from './btree/page.ts';
export type { FacetGram, GramEntry, ResultEntry, ValueEntry, WordEntry } from './btree/search-schemas.ts';
export type { TableName } from './btree/table-schemas.ts';
export { TABLE_SCHEMAS } from './btree/table-schemas.ts';
export type { ColumnPacked } from './columns/values.ts';
export { packColumn, unpackColumn } from './columns/values.ts';
export type { FacetExtractor, FacetRow, FacetSource } from './facets/facet-extractor.ts';
export { facetExtractor } from './facets/facet-extractor.ts';
export type { FacetField } from './facets/facet-field.ts';
export { DEFAULT_FACETS, parseFacets } from './facets/facet-field.ts';
export type { FacetColumn, FacetFile } from './facets/facet-file.ts';
export { packFacetFile, unpackFacetFile } from './facets/facet-file.ts';
export type {
  FacetPage,
  FacetPageColumn,
  FacetPageContent,
  FacetPageCounts,
  FacetRef,
  FacetRefs,
} from './facets/facet-page.ts';
export { facetPageCounts, packFacetPage, unpackFacetPage } from './facets/facet-page.ts';
export type { FacetValue } from './facets/facet-value.ts';
export { compareValues, dateOf, valueKey, valueOfKey } from './facets/facet-value.ts';
export type { FacetRange, NodeFacet, NodeFacets } from './facets/node-facet.ts';
export { mergeFacets, nodeFacets } from './facets/node-facet.ts';
export type { FileKind, FileRef } from './file-ref.ts';
export { FILE_KINDS, hexOf, pathOf } from './file-ref.ts';
export type { Fold, FoldTable } from './fold/fold.ts';
export { makeFold, packFold, unpackFold } from './fold/fold.ts';
export { foldTable } from './fold/fold-data.ts';
export type { Bounds, Cell } from './geometry/cell.ts';
export { cellOf, distance, farthestDistance, nearestDistance } from './geometry/cell.ts';
export type {
  FacetRoots,
  RootRef,
  SearchMode,
  SearchSetOptions,
  SetIndex,
  SetOptions,
  TableRoots,
} from './index-json.ts';
export { FORMAT_NAME, FORMAT_VERSION, indexText, withGeneration, withoutGeneration } from './index-json.ts';
export type { JsonObject, JsonValue } from './json.ts';
export type { Chunk } from './octree/chunk.ts';
export { packChunk, unpackChunk } from './octree/chunk.ts';
export { packDetails, unpackDetails } from './octree/details.ts';
export { joinRecord, splitFields } from './octree/record-fields.ts';
export type { PreviewOptions, SampleKey } from './octree/sample.ts';
export { compareSamples, overviewRows, previewRows, rankOf } from './octree/sample.ts';
export type {
  BranchNode,
  ChunkFile,
  InnerNode,
  LeafNode,
  NodeBase,
  PageNode,
  PreviewFile,
  RowSpan,
  RowsFile,
  TreeNode,
  TreePageContent,
} from './octree/tree-node.ts';
export { treeOfPage } from './octree/tree-node.ts';
export { packTreePage, unpackTreePage } from './octree/tree-page.ts';
export type { FurtherRows } from './octree/value-sample.ts';
export { packValueSample, unpackValueSample } from './octree/value-sample.ts';
export type { Packable, PackedMap } from './pack.ts';
export { pack } from './pack.ts';
export type { Counts, System } from './system.ts';
export { DERIVED_ID, DERIVED_NAME, DERIVED_REGION } from './system.ts';
export type { SystemRow } from './system-row.ts';
export { systemRow } from './system-row.ts';
export { unpack } from './unpack.ts';
export { compareText, hashText } from './utf8.ts';
