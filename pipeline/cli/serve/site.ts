/** The site of a chunk set: its files, the map, and the REST API below `/api`. */
import type { Source } from '#client/index.ts';
import type { RestApi } from '#client/rest/index.ts';
import { type MapFiles, serveMapFile } from './map-files.ts';
import { plainPage } from './plain-page.ts';
import { serveSetFile } from './set-files.ts';

export interface Site {
  readonly source: Source;
  readonly api: RestApi;
  /** Without the map, `/` is a plain page. */
  readonly map: MapFiles | undefined;
  /** Name of the set, for the plain page. */
  readonly name: string;
  readonly onError: (error: unknown, request: Request) => void;
}

const METHODS = 'GET, HEAD, OPTIONS';

/** Answers a request; the promise never rejects. */
export async function answerOf(site: Site, request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (/^\/api(\/|$)/.test(pathname)) return site.api.fetch(request);
  const response = await fileOf(site, pathname, request);
  response.headers.set('Access-Control-Allow-Origin', '*');
  return request.method === 'HEAD' ? new Response(null, response) : response;
}

async function fileOf(site: Site, path: string, request: Request): Promise<Response> {
  if (request.method === 'OPTIONS') {
    const headers = {
      'Access-Control-Allow-Methods': METHODS,
      'Access-Control-Allow-Headers': request.headers.get('Access-Control-Request-Headers') ?? '',
    };
    return new Response(null, { status: 204, headers });
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return failure(405, 'This server only reads', { Allow: METHODS });
  }
  try {
    const file =
      (await serveSetFile(site.source, path, request)) ?? (site.map && (await serveMapFile(site.map, path)));
    if (file) return file;
  } catch (error) {
    site.onError(error, request);
    return failure(502, 'The chunk set cannot be read');
  }
  if (path === '/') return plainPage(site.name);
  return failure(404, 'Not found');
}

function failure(status: number, message: string, headers: Record<string, string> = {}): Response {
  return new Response(`${message}\n`, {
    status,
    headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store', ...headers },
  });
}
