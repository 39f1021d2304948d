import { type HttpOptions, httpSource } from './fetch/http-source.ts';
import type { Source } from './fetch/source.ts';
import { openSource, type TilesetOptions } from './open-source.ts';
import { checkOptions, type OptionNames, QUERY_OPTIONS } from './query/options.ts';
import type { Tileset } from './tileset.ts';

/** Options of `openTileset`. */
export interface OpenOptions extends TilesetOptions {
  /** How to send requests; used if the location is an address. */
  readonly http?: HttpOptions | undefined;
}

export const OPEN_OPTIONS: OptionNames<OpenOptions> = {
  ...QUERY_OPTIONS,
  cacheBytes: 1,
  concurrency: 1,
  codec: 1,
  maxFileBytes: 1,
  preload: 1,
  http: 1,
};

/**
 * Opens a chunk set with one request, for `index.json`; with `preload` a second one.
 * @param location URL of the set's folder or of its `index.json` (in browsers also a relative one), or a source
 * @throws NotFoundError, CorruptError, VersionError, NetworkError, ArgumentError
 */
export async function openTileset(
  location: string | URL | Source,
  options: OpenOptions = {},
): Promise<Tileset> {
  checkOptions(options, OPEN_OPTIONS);
  if (typeof location === 'string' || location instanceof URL) {
    return openSource(httpSource(location, options.http), options);
  }
  return openSource(location, options);
}
