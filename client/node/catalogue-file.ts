/** Reads files of catalogues in JSON. */
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { CorruptError, NetworkError, NotFoundError } from '#client/errors.ts';

/** The content of a file. */
export interface CatalogueFile {
  /** Decompressed. */
  readonly content: Uint8Array;
  readonly isZipped: boolean;
}

/** @throws NotFoundError, NetworkError, CorruptError for damaged gzip data; the signal's reason */
export async function readCatalogueFile(path: string, signal?: AbortSignal): Promise<CatalogueFile> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path, signal ? { signal } : {});
  } catch (cause) {
    signal?.throwIfAborted();
    throw unreadableFile(path, cause);
  }
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return { content: bytes, isZipped: false };
  try {
    return { content: gunzipSync(bytes), isZipped: true };
  } catch (cause) {
    const { message } = cause as Error;
    throw new CorruptError(`${path} is corrupt gzip data (${message}): fetch it again`, {
      file: path,
      reason: message,
      cause,
    });
  }
}

/** The error for a file that cannot be read. */
export function unreadableFile(path: string, cause: unknown): Error {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new NotFoundError(`${path} does not exist: check the path`, { file: path, cause });
  return new NetworkError(`${path} cannot be read: ${message}`, { file: path, reason: message, cause });
}
