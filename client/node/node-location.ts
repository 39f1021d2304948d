import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ArgumentError, NotFoundError } from '#client/errors.ts';
import { httpUrl, withoutIndex } from '#client/fetch/location.ts';

/** `example.org/stars`, `localhost:8080`: a URL without its scheme. */
const HOST = /^(localhost|\d+(\.\d+){3}|([a-z\d-]+\.)+[a-z]{2,})(:\d+)?(\/|$)/i;

/** The ending of a file that holds a catalogue: more likely the name of a file than of a host. */
const FILE = /\.(json|ndjson|jsonl|geojson|csv|tsv|db|sqlite3?)(\.(gz|zst))?$/i;

/** A hint for a location that seems to lack its scheme; otherwise empty. */
export function missingScheme(location: string): string {
  if (!HOST.test(location) || (FILE.test(location) && !/^[^/]+[:/]/.test(location))) return '';
  const scheme = /^(localhost|\d|[^/]*:\d)/i.test(location) ? 'http' : 'https';
  return `"${location}" does not exist. Did you mean ${scheme}://${location}?`;
}

/** Whether a location is a URL, of any scheme. A scheme of one letter is a drive of Windows. */
export function isUrl(location: string): boolean {
  return /^[a-z][a-z\d+.-]+:\/\//i.test(location);
}

/**
 * Parses a location: returns a URL for one on a server, or a path for one on this machine.
 * @param location a path (of a folder, an `index.json`, a file), a `file:` URL, or an http(s) URL; URLs as strings or
 *   objects
 * @throws ArgumentError for a URL of another scheme, or of a file on another machine
 */
export function parseLocation(location: string | URL): URL | string {
  const text = `${location}`;
  if (/^file:/i.test(text)) {
    try {
      const path = fileURLToPath(text);
      if (path.includes('\0')) throw new Error('it has a NUL character');
      return path;
    } catch (cause) {
      throw new ArgumentError(`"${text}" is not a file on this machine: ${(cause as Error).message}`, {
        cause,
      });
    }
  }
  if (/^https?:\/\//i.test(text)) return httpUrl(location);
  if (location instanceof URL || isUrl(text)) {
    // Messages are logged: that of a database has no password.
    const shown = text.replace(/^([^/]*\/\/[^/:]*):.*@/, '$1@');
    throw new ArgumentError(`"${shown}" is neither a path nor a URL of file, http or https`);
  }
  if (text === '') throw new ArgumentError('the location is empty: give a path or a URL');
  return text;
}

/**
 * Like `parseLocation`, for a location that must exist.
 * @throws ArgumentError, NotFoundError for a URL without its scheme
 */
export function existingLocation(location: string | URL): URL | string {
  const parsed = parseLocation(location);
  const hint = typeof parsed === 'string' && missingScheme(parsed);
  if (hint && !existsSync(parsed)) throw new NotFoundError(hint);
  return parsed;
}

/** The folder of a chunk set; `path` is the folder or its `index.json`. */
export function setFolder(path: string): string {
  return withoutIndex(path) || (/^[\\/]/.test(path) ? path.slice(0, 1) : '.');
}
