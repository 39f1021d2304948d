/** The files of the map over HTTP. All are listed before the first request: no path leads to another file. */
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join, relative, resolve, sep } from 'node:path';
import { UsageError } from '#pipeline/errors.ts';
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

/** Paths of the files of a map, by path in a URL. */
export type MapFiles = ReadonlyMap<string, string>;

/**
 * Lists the files of a map, or of the one that is shipped with the command: undefined if it is not built, as in a fresh
 * clone. Names that begin with a dot are left out.
 * @throws UsageError if a given folder has no index.html
 */
export function findMap(given: string | undefined): MapFiles | undefined {
  const folder = resolve(given ?? packagePath('dist/viewer'));
  if (!existsSync(join(folder, 'index.html'))) {
    if (given === undefined) return undefined;
    throw new UsageError(
      `--viewer is "${given}", which has no index.html: give the folder of a map or a page`,
    );
  }
  const files = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const url = `/${relative(folder, path).split(sep).join('/')}`;
    if (entry.isFile() && !url.includes('/.')) files.set(url, path);
  }
  return files.set('/', join(folder, 'index.html'));
}

/** Answers a request for a file of a map; undefined if there is no such file. */
export async function serveMapFile(files: MapFiles, path: string): Promise<Response | undefined> {
  const file = files.get(decoded(path));
  if (file === undefined) return undefined;
  let content: Buffer<ArrayBuffer>;
  try {
    content = await readFile(file);
  } catch {
    // Removed since the files were listed.
    return undefined;
  }
  return new Response(content, {
    headers: {
      'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
      // Another version of the map has the same address.
      'Cache-Control': 'no-cache',
      'X-Content-Type-Options': 'nosniff',
    },
  });
}

/** A path of a URL as the name of a file has it. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
