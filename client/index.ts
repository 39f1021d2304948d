/** Queries chunk sets from any static host, in browsers, workers and Node. */

export type { Fold } from '#format/fold/fold.ts';
export { changes } from './changes.ts';
export type { ErrorFields, HavenError, HavenErrorName } from './errors.ts';
export {
  AmbiguousNameError,
  ArgumentError,
  CorruptError,
  GenerationGoneError,
  HavenChunksError,
  isHavenError,
  MissingIndexError,
  NetworkError,
  NotFoundError,
  TooManyResultsError,
  VersionError,
} from './errors.ts';
export type { Codec } from './fetch/file-reader.ts';
export type { FilesOptions } from './fetch/files.ts';
export { type HttpOptions, httpSource } from './fetch/http-source.ts';
export { memorySource } from './fetch/memory-source.ts';
export type { GetOptions, Source } from './fetch/source.ts';
export type { FacetField } from './format/facets/facet-field.ts';
export type { FacetValue } from './format/facets/facet-value.ts';
export type { Listing, ListingOrder } from './format/facets/listing.ts';
export type { FileKind, FileRef } from './format/file-ref.ts';
export type { Bounds } from './format/geometry/cell.ts';
export type {
  FacetRoots,
  RootRef,
  SearchMode,
  SearchSetOptions,
  SetIndex,
  SetOptions,
  TableRoots,
} from './format/index-json.ts';
export type { JsonObject, JsonValue } from './format/json.ts';
export type { PreviewOptions } from './format/octree/sample.ts';
export type { Rejection } from './format/record/limits.ts';
export type { Counts } from './format/system.ts';
export type { SystemRow } from './format/system-row.ts';
export type { ComparedSystem, SystemChange } from './octree/compare-sets.ts';
export type { OctreeNode } from './octree/octree-node.ts';
export type { RecordsOptions, SystemRecord } from './octree/scan.ts';
export type { VolumePlan } from './octree/volume-plan.ts';
export { openProvider, type ProviderOptions } from './open-provider.ts';
export type { TilesetOptions } from './open-source.ts';
export { type OpenOptions, openTileset } from './open-tileset.ts';
export type { JsonProvider, JsonProviderOptions } from './providers/json/json-provider.ts';
export type { RejectedRecord } from './providers/json/read-catalogue.ts';
export type { Plane } from './query/convex.ts';
export type { DataProvider, ProviderKind, WritableProvider } from './query/provider.ts';
export type {
  BoxQuery,
  FacetInfo,
  FacetQuery,
  FacetValueCount,
  FilterOptions,
  ListedValue,
  ListQuery,
  NameMatch,
  NameOptions,
  NamesQuery,
  NearestQuery,
  Page,
  PageQuery,
  QueryOptions,
  RegionRow,
  ResultBound,
  RowKey,
  Rows,
  SearchHit,
  SearchMatch,
  SearchOptions,
  SearchResult,
  SearchValue,
  SphereColumns,
  SphereQuery,
  SphereRow,
  SphereRows,
  SystemKey,
  SystemOptions,
  SystemWithRecord,
  Where,
  WhereCondition,
  WhereRange,
} from './query/types.ts';
export type { Usage } from './query/usage.ts';
export type { Tileset } from './tileset.ts';
export type { GenerationChange, WatchOptions } from './watch.ts';
