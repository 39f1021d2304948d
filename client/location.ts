/** One rule for locations of chunk sets and catalogues: what they mean in browsers, and as URLs in Node. */
import { ArgumentError } from './errors.ts';

/** `example.org/stars`, `localhost:8080`: a URL without its scheme. */
const HOST = /^(localhost|\d+(\.\d+){3}|([a-z\d-]+\.)+[a-z]{2,})(:\d+)?(\/|$)/i;

/** The ending of a file that holds a catalogue: more likely the name of a file than of a host. */
const FILE = /\.(json|ndjson|jsonl|geojson|csv|tsv|db|sqlite3?)(\.(gz|zst))?$/i;

/** What to say of a location that seems to lack its scheme; empty for any other. */
export function missingScheme(location: string): string {
  if (!HOST.test(location) || (FILE.test(location) && !/^[^/]+[:/]/.test(location))) return '';
  const scheme = /^(localhost|\d|[^/]*:\d)/i.test(location) ? 'http' : 'https';
  return `"${location}" looks like a web address: did you mean ${scheme}://${location}?`;
}

/**
 * The URL of a location on a server, without its fragment. In browsers it may be relative to the document.
 * @throws ArgumentError where it is not http or https, or has a user name or password
 */
export function httpUrl(location: string | URL): URL {
  const document = globalThis.document?.baseURI ?? globalThis.location?.href;
  if (!URL.canParse(location, document)) {
    const hint = missingScheme(`${location}`);
    throw new ArgumentError(hint || `"${location}" is no URL: expected https://host/path/of/set`);
  }
  const url = new URL(location, document);
  if (!/^https?:$/.test(url.protocol)) {
    throw new ArgumentError(
      missingScheme(`${location}`) ||
        `"${location}" is not http or https; local files are read by haven-chunks/node`,
    );
  }
  if (url.username || url.password) {
    throw new ArgumentError(`The URL of ${url.host} carries a user: send an Authorization header instead`);
  }
  url.hash = '';
  return url;
}

/** A path or URL path without the `index.json`, and without the slashes, at its end. */
export function withoutIndex(path: string): string {
  return path.replace(/(^|[\\/]+)(index\.json)?$/, '');
}
