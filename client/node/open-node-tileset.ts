import type { Source } from '#client/fetch/source.ts';
import { type OpenOptions, openTileset as openAnywhere } from '#client/open-tileset.ts';
import type { Tileset } from '#client/tileset.ts';
import { folderSource } from './folder-source.ts';
import { nodeCodec } from './node-codec.ts';
import { existingLocation } from './node-location.ts';

/**
 * Opens a chunk set with one request, for `index.json`; with `preload` a second one.
 * @param location path or URL (file, http, https) of the set's folder or of its `index.json`, or a source
 * @throws NotFoundError, CorruptError, VersionError, NetworkError, ArgumentError
 */
export async function openTileset(
  location: string | URL | Source,
  options: OpenOptions = {},
): Promise<Tileset> {
  const isPath = typeof location === 'string' || location instanceof URL;
  const existing = isPath ? existingLocation(location) : location;
  const source = typeof existing === 'string' ? folderSource(existing) : existing;
  return openAnywhere(source, { codec: nodeCodec, ...options });
}
