/** Queries chunk sets from any static host, in browsers, workers and Node. */
export type { ErrorFields, HavenError, HavenErrorName } from './errors.ts';
export {
  AmbiguousNameError,
  ArgumentError,
  CorruptError,
  HavenChunksError,
  isHavenError,
  MissingIndexError,
  NetworkError,
  NotFoundError,
  TooManyResultsError,
  VersionError,
} from './errors.ts';
export type { Codec } from './fetch/file-reader.ts';
export type { FilesOptions } from './files.ts';
export type { Bounds } from './format/cell.ts';
export type { Rejection } from './format/fitness.ts';
export type {
  RootRef,
  SearchMode,
  SearchSetOptions,
  SetIndex,
  SetOptions,
  TableRoots,
} from './format/index-json.ts';
export type { JsonObject, JsonValue } from './format/json.ts';
export type { FileKind, FileRef } from './format/ref.ts';
export type { SystemRow } from './format/row.ts';
export type { PreviewOptions } from './format/sample.ts';
export type { Counts } from './format/system.ts';
export type { SystemKey } from './locate.ts';
export type { OctreeNode } from './octree.ts';
export { openProvider, type ProviderOptions } from './open-provider.ts';
export { type OpenOptions, openTileset } from './open-tileset.ts';
export type { DataProvider, ProviderKind } from './provider.ts';
export type { JsonProvider, JsonProviderOptions } from './providers/json.ts';
export type { RejectedRecord } from './providers/read.ts';
export type {
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
  SearchOptions,
  SearchResult,
  SphereQuery,
  SphereRow,
  SystemOptions,
  SystemWithRecord,
} from './queries.ts';
export type { Usage } from './query/usage.ts';
export type { RecordsOptions, SystemRecord } from './records.ts';
export type { GetOptions, Source } from './source.ts';
export { type HttpOptions, httpSource } from './sources/http.ts';
export { memorySource } from './sources/memory.ts';
export type { SpherePlan } from './sphere.ts';
export type { Tileset, TilesetOptions } from './tileset.ts';
