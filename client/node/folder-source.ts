import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ArgumentError, NetworkError } from '#client/errors.ts';
import { checkPath, type Source } from '#client/fetch/source.ts';
import { parseLocation, setFolder } from './node-location.ts';

/**
 * Returns the source of a chunk set in a folder.
 * @param location path or `file:` URL of the folder or of its `index.json`
 * @throws ArgumentError for another URL
 */
export function folderSource(location: string | URL): Source {
  const path = parseLocation(location);
  if (typeof path !== 'string') throw new ArgumentError(`"${location}" is on a server: use httpSource`);
  const directory = setFolder(path);
  return {
    location: directory,
    async get(path, { signal } = {}) {
      checkPath(path);
      try {
        const { buffer, byteOffset, length } = await readFile(
          join(directory, path),
          signal ? { signal } : {},
        );
        // Not the Buffer itself: its `slice` shares memory, that of Uint8Array copies.
        return new Uint8Array(buffer, byteOffset, length);
      } catch (cause) {
        signal?.throwIfAborted();
        const { code, message } = cause as NodeJS.ErrnoException;
        if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
        throw new NetworkError(`${path} of ${directory} cannot be read: ${message}`, {
          file: path,
          reason: message,
          cause,
        });
      }
    },
  };
}
