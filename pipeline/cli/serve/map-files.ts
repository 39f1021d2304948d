/** The files of the map over HTTP. All are listed before the first request: no path leads to another file. */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, sep } from 'node:path';
import { packagePath } from './package-path.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

/** Files of the map, by path in a URL. */
export type MapFiles = ReadonlyMap<string, string>;

/** Lists the files of the map; undefined if the map is not built, as in a fresh clone. */
export function findMap(folder = packagePath('dist/viewer')): MapFiles | undefined {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter(entry => entry.isFile());
    const paths = files.map(({ parentPath, name }) => join(parentPath, name));
    const map = new Map(paths.map(path => [path.slice(folder.length).split(sep).join('/'), path]));
    const page = map.get('/index.html');
    return page === undefined ? undefined : map.set('/', page);
  } catch {
    return undefined;
  }
}

/** Answers a request for a file of the map; undefined if there is no such file. */
export function serveMapFile(files: MapFiles, path: string): Response | undefined {
  const file = files.get(path);
  if (file === undefined) return undefined;
  return new Response(readFileSync(file), {
    headers: {
      'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
      // The map of another version of the package has the same address.
      'Cache-Control': 'no-cache',
      'X-Content-Type-Options': 'nosniff',
    },
  });
}
