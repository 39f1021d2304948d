/** The client with what Node adds: sets in local folders, and faster inflating and hashing. */
import { type OpenOptions, openTileset as openAnywhere } from '../index.ts';
import type { Source } from '../source.ts';
import type { Tileset } from '../tileset.ts';
import { folderSource } from './folder.ts';
import { nodeCodec } from './inflate.ts';
import { existingLocation } from './location.ts';

export * from '../index.ts';
export { jsonProvider } from '../providers/json.ts';
export { standardFold } from '../providers/standard-fold.ts';
export { folderSource } from './folder.ts';
export { nodeCodec } from './inflate.ts';
export { openProvider } from './provider.ts';
export { type SqliteProvider, type SqliteProviderOptions, sqliteProvider } from './sqlite-provider.ts';

/**
 * Opens a chunk set; one request.
 * @param location path or URL (file, http, https) of the set's folder or its `index.json`, or a source
 * @throws NotFoundError, CorruptError, VersionError, NetworkError, ArgumentError
 */
export async function openTileset(
  location: string | URL | Source,
  options: OpenOptions = {},
): Promise<Tileset> {
  const isPlace = typeof location === 'string' || location instanceof URL;
  const place = isPlace ? existingLocation(location) : location;
  const source = typeof place === 'string' ? folderSource(place) : place;
  return openAnywhere(source, { codec: nodeCodec, ...options });
}
