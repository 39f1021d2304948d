import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

/** Content types that a browser insists on; all other files are bytes. */
const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
};

/**
 * Serves folders on a free port of this machine, like any static host: bytes and a status.
 * @param directories a file comes from the first of them that has it
 */
export async function serveFolder(
  ...directories: readonly string[]
): Promise<{ url: string; server: Server }> {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const inside = !path.includes('..');
    let bytes: Buffer | undefined;
    for (const directory of inside ? directories : [])
      bytes ??= await readFile(join(directory, path)).catch(() => undefined);
    response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream');
    response.writeHead(bytes ? 200 : 404, { 'content-length': bytes?.length ?? 0 }).end(bytes);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server };
}
