/** Queries chunk sets from any static host, in browsers and in Node. */
import { checkOptions } from './options.ts';
import type { Source } from './source.ts';
import { type HttpOptions, httpSource } from './sources/http.ts';
import { openSource, type Tileset, type TilesetOptions } from './tileset.ts';

export * from './errors.ts';
export type { Codec, FilesOptions, Usage } from './files.ts';
export type { Bounds } from './format/cell.ts';
export type { SetIndex, SetOptions } from './format/index-json.ts';
export type { JsonObject, JsonValue } from './format/json.ts';
export type { SystemRow } from './format/row.ts';
export type { Counts } from './format/system.ts';
export type { SystemKey } from './locate.ts';
export type { OctreeNode } from './octree.ts';
export { openProvider, type ProviderOptions } from './open-provider.ts';
export type { DataProvider, ProviderKind } from './provider.ts';
export type { JsonProvider, JsonProviderOptions } from './providers/json.ts';
export type { RejectedRecord } from './providers/read.ts';
export type * from './queries.ts';
export type { RecordsOptions, SystemRecord } from './records.ts';
export type { Source } from './source.ts';
export { type HttpOptions, httpSource } from './sources/http.ts';
export { memorySource } from './sources/memory.ts';
export type { SpherePlan } from './sphere.ts';
export type { Tileset, TilesetOptions } from './tileset.ts';

export interface OpenOptions extends TilesetOptions {
  /** How to fetch, where the location is an address. */
  readonly http?: HttpOptions;
}

/**
 * Opens a chunk set; one request.
 * @param location URL of the set's folder or its `index.json` (in browsers also a relative one), or a source
 * @throws NotFoundError, CorruptError, VersionError, NetworkError, ArgumentError
 */
export async function openTileset(
  location: string | URL | Source,
  options: OpenOptions = {},
): Promise<Tileset> {
  checkOptions('open', options);
  if (typeof location === 'string' || location instanceof URL) {
    return openSource(httpSource(location, options.http), options);
  }
  return openSource(location, options);
}
