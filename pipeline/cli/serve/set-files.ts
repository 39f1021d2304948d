/** The files of a chunk set over HTTP, with the headers that a host of it sends. */
import { hash } from 'node:crypto';
import type { Source } from '#client/index.ts';
import { FILE_KINDS } from '#format/file-ref.ts';
import { HEADERS } from '#pipeline/publish/make-live.ts';

/** A file of a set by its path in a URL. No other file of the folder or bucket has such a path. */
const FILE = new RegExp(`^/((?:${FILE_KINDS.join('|')})/[\\da-f]{40}\\.mpk)$`);
const GENERATION = /^\/(generations\/[\da-f]{64}\.json)$/;
const INDEX = /^\/(index\.json)$/;

const FORMS = [
  { pattern: FILE, headers: HEADERS.file },
  { pattern: GENERATION, headers: HEADERS.generation },
  { pattern: INDEX, headers: HEADERS.index },
];

/**
 * Answers a request for a file of a set; undefined if the path is none of a file of a set.
 * @throws NetworkError if the set cannot be read
 */
export async function serveSetFile(
  source: Source,
  path: string,
  request: Request,
): Promise<Response | undefined> {
  for (const { pattern, headers } of FORMS) {
    const file = pattern.exec(path)?.[1];
    if (file === undefined) continue;
    const fresh = headers === HEADERS.index;
    const bytes = await source.get(file, { fresh, revalidate: fresh, signal: request.signal });
    if (!bytes) return undefined;
    const etag = `"${hash('sha256', bytes)}"`;
    const all = { ...headers, ETag: etag, 'Content-Length': `${bytes.length}` };
    if (request.headers.get('If-None-Match')?.includes(etag)) {
      return new Response(null, { status: 304, headers: { ...headers, ETag: etag } });
    }
    return new Response(bytes as Uint8Array<ArrayBuffer>, { headers: all });
  }
  return undefined;
}
