/** The client with what Node adds: sets in local folders, and faster inflating and hashing. */
import { type OpenOptions, openTileset as openAnywhere } from '../index.ts';
import type { Source } from '../source.ts';
import type { Tileset } from '../tileset.ts';
import { folderSource } from './folder.ts';
import { nodeCodec } from './inflate.ts';

export * from '../index.ts';
export { jsonProvider } from '../providers/json.ts';
export { standardFold } from '../providers/standard-fold.ts';
export { folderSource } from './folder.ts';
export { nodeCodec } from './inflate.ts';
export { openProvider } from './provider.ts';
export { type SqliteProvider, type SqliteProviderOptions, sqliteProvider } from './sqlite-provider.ts';

/**
 * Opens a chunk set; one request.
 * @param location path of a folder, an http(s) address, or a source
 * @throws NotFoundError, CorruptError, VersionError, NetworkError, ArgumentError
 */
export async function openTileset(
  location: string | URL | Source,
  options: OpenOptions = {},
): Promise<Tileset> {
  const source =
    typeof location === 'string' && !/^https?:\/\//i.test(location) ? folderSource(location) : location;
  return openAnywhere(source, { codec: nodeCodec, ...options });
}
