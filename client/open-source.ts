/** Opens chunk sets. */
import { Files, type FilesOptions, setOfIndex } from './fetch/files.ts';
import { readIndex } from './fetch/read-index.ts';
import { sha256 } from './fetch/sha256.ts';
import type { Source } from './fetch/source.ts';
import { invalid } from './query/invalid.ts';
import type { QueryOptions } from './query/types.ts';
import { openIndex, type Tileset } from './tileset.ts';

/** Options of an open chunk set; `signal` and `usage` apply to opening it. */
export interface TilesetOptions extends FilesOptions, QueryOptions {
  /**
   * Whether to read the preload file of the set when it is opened, if the set has one; false by default. It costs one
   * request, by default of at most 512 KiB before compression, and saves most round trips of later queries. Its pages
   * stay in memory, beside the cache.
   */
  readonly preload?: boolean | undefined;
}

/**
 * Opens the chunk set at a source; one request, two with `preload`.
 * @throws NotFoundError, CorruptError, VersionError, NetworkError, ArgumentError if `source` is not a source
 */
export async function openSource(source: Source, options: TilesetOptions = {}): Promise<Tileset> {
  if (typeof source?.get !== 'function') throw invalid('the location', source, 'a URL or a source');
  const { index } = await readIndex(source, options.codec?.sha256 ?? sha256, options);
  return openIndex(index, new Files(source, options, setOfIndex(index)), options.preload === true, options);
}
