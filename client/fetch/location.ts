/** Locations of chunk sets and catalogues, in browsers and as URLs in Node. */
import { ArgumentError } from '#client/errors.ts';
import { invalid } from '#client/query/invalid.ts';

/**
 * The URL of a location on a server, without its fragment. In browsers it may be relative to the document.
 * @throws ArgumentError if it is not http or https, or has a user name or password
 */
export function httpUrl(location: string | URL): URL {
  const document = globalThis.document?.baseURI ?? globalThis.location?.href;
  const url = URL.canParse(location, document) ? new URL(location, document) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw invalid('the location', location, 'an http or https URL; haven-chunks/node reads local files');
  }
  if (url.username || url.password) {
    throw new ArgumentError(
      `the URL of ${url.host} has a user name or password: send an Authorization header instead`,
    );
  }
  url.hash = '';
  return url;
}

/** A path, or path of a URL, without `index.json` and slashes at its end. */
export function withoutIndex(path: string): string {
  return path.replace(/(^|[\\/]+)(index\.json)?$/, '');
}
