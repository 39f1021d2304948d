import {
  folderSource,
  httpSource,
  openTileset,
  type Source,
  type Tileset,
  type TilesetOptions,
} from '../../client/node/index.ts';

/** True for the address of a set on a server. */
export function isAddress(location: string): boolean {
  return /^https?:\/\//i.test(location);
}

/** Where the files of a set are: at an address, or in a folder, which its `index.json` names as well. */
export function sourceOf(location: string): Source {
  if (isAddress(location)) return httpSource(location);
  return folderSource(location.replace(/(^|[\\/])index\.json$/, '') || '.');
}

/** @throws NotFoundError, CorruptError, VersionError, NetworkError, ArgumentError */
export function openSet(location: string, options: TilesetOptions): Promise<Tileset> {
  return openTileset(sourceOf(location), options);
}
