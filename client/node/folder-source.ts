import { readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ArgumentError, NetworkError } from '#client/errors.ts';
import { checkPath, type Source } from '#client/fetch/source.ts';
import { parseLocation, setFolder } from './node-location.ts';

/**
 * Maximum number of files that are read synchronously in one turn of the event loop: reading a small file that is in
 * memory takes less time than handing it to a thread. Signals, timers and other requests are handled between the turns.
 */
const READS_A_TURN = 32;
/** Maximum size of these files, in bytes. */
const SMALL = 1 << 20;
/** A file that takes more milliseconds was not in memory: the others of the turn are read in parallel. */
const SLOW = 2;

/**
 * Returns the source of a chunk set in a folder.
 * @param location path or `file:` URL of the folder or of its `index.json`
 * @throws ArgumentError for another URL
 */
export function folderSource(location: string | URL): Source {
  const path = parseLocation(location);
  if (typeof path !== 'string') throw new ArgumentError(`"${location}" is on a server: use httpSource`);
  const directory = setFolder(path);
  let reads = 0;

  /** Reads a small file on this thread; undefined if the reads of this turn are used up, or for any other file. */
  function readNow(path: string): Buffer | undefined {
    if (reads >= READS_A_TURN) return undefined;
    if (reads++ === 0) {
      setImmediate(() => {
        reads = 0;
      });
    }
    const start = performance.now();
    const file = statSync(path, { throwIfNoEntry: false });
    // A pipe, for example, could block the thread.
    if (!file?.isFile() || file.size > SMALL) return undefined;
    const bytes = readFileSync(path);
    if (performance.now() - start > SLOW) reads = READS_A_TURN;
    return bytes;
  }

  return {
    location: directory,
    async get(path, { signal, fresh } = {}) {
      checkPath(path);
      signal?.throwIfAborted();
      const file = join(directory, path);
      try {
        // A fresh read is the first of a set: of a disk that does not answer, it can be aborted.
        const now = fresh ? undefined : readNow(file);
        const { buffer, byteOffset, length } = now ?? (await readFile(file, signal ? { signal } : {}));
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
