import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build as bundle } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { edgeWorker } from '#build/edge-worker.ts';
import { openTileset } from '#client/node/index.ts';
import { restApi } from '#client/rest/index.ts';
import { build } from '#pipeline/index.ts';
import { startServer, type TestServer } from '#test/support/file-server.ts';
import { outputOf } from '#test/support/run-command.ts';
import { temporaryFolder } from '#test/support/temporary.ts';
import { installTools } from './consumers.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const runtimes = join(root, 'test/runtimes');
const unreachable = await installTools(runtimes);
if (unreachable) console.warn(`the runtimes are not tested, they cannot be installed: ${unreachable}`);

/** Queries of every kind, by whatever `openTileset` is imported. */
const ASK = `
  async function ask(location) {
    const usage = { requests: 0, bytes: 0, cacheHits: 0, roundTrips: 0 };
    const stars = await openTileset(location, { usage });
    const rows = await stars.sphere({ center: [0, 0, 0], radius: 12, details: true, usage }).toArray();
    const near = await stars.nearest({ center: [1, 2, 3], count: 7, usage }).toArray();
    const system = await stars.system('SIRIUS', { ignoreCase: true, usage });
    const page = await stars.page({ page: 2, perPage: 50, usage });
    const found = await stars.search('centauri', { usage });
    const missing = await openTileset(location + 'no-set/').catch(error => error.name);
    return { rows, near, system, page, found, missing, generation: stars.generation };
  }`;

describe.skipIf(unreachable !== undefined)('the client gives the answers that it gives in Node', () => {
  const folder = temporaryFolder();
  const directory = join(folder.path, 'set');
  let server: TestServer;
  let tree: string;
  let expected: object;

  beforeAll(async () => {
    await build([join(root, 'data/nearby-stars.json')], directory, { chunkLimit: 16 });
    const set = await openTileset(directory);
    tree = `/set/tree/${set.index.tree!.hash}.mpk`;
    const answers = {
      rows: await set.sphere({ center: [0, 0, 0], radius: 12, details: true }).toArray(),
      near: await set.nearest({ center: [1, 2, 3], count: 7 }).toArray(),
      system: await set.system('SIRIUS', { ignoreCase: true }),
      page: await set.page({ page: 2, perPage: 50 }),
      found: await set.search('centauri'),
      missing: 'NotFoundError',
      generation: set.generation,
    };
    expected = JSON.parse(JSON.stringify(answers));
  });
  afterAll(folder.remove);

  /** Runs with a server that damages the first response of one file, and fails others once. */
  async function withServer<T>(use: (url: string) => Promise<T>): Promise<T> {
    server = await startServer(folder.path, {
      plan: ({ path, nth }) => {
        if (nth > 0) return undefined;
        if (path === tree) return { kind: 'alter' };
        return path.includes('/chunks/') ? { kind: 'status', status: 503 } : undefined;
      },
    });
    try {
      return await use(`${server.url}set/`);
    } finally {
      await server.close();
    }
  }

  /** Bundles a program with an entry of the client. */
  async function program(name: string, entry: string, code: string): Promise<string> {
    const outfile = join(folder.path, name);
    await bundle({
      stdin: {
        contents: `import { openTileset } from ${JSON.stringify(join(root, entry))};${ASK}${code}`,
        resolveDir: root,
      },
      outfile,
      bundle: true,
      format: 'esm',
      platform: entry.includes('/node/') ? 'node' : 'browser',
      logLevel: 'silent',
    });
    return outfile;
  }

  /** The binary of a package for this machine; its install script is not run. */
  function binary(scope: string, ...path: string[]): string {
    const [name] = readdirSync(join(runtimes, 'node_modules', scope));
    return join(runtimes, 'node_modules', scope, name!, ...path);
  }

  const commands: Record<string, () => string[]> = {
    Deno: () => [binary('@deno', 'deno'), 'run', '--allow-all', '--no-lock'],
    Bun: () => [binary('@oven', 'bin', 'bun'), 'run'],
  };
  describe.each(Object.entries(commands))('in %s', (name, command) => {
    const run = async (file: string, location: string) => {
      const [runtime, ...args] = command();
      return JSON.parse(await outputOf(runtime!, [...args, file, location]));
    };
    const PRINT =
      'console.log(JSON.stringify(await ask((globalThis.Deno?.args ?? process.argv.slice(2)).at(-1))));';

    test('from a server that damages one file and fails others once', async () => {
      const file = await program(`${name}-http.mjs`, 'client/index.ts', PRINT);
      expect(await withServer(url => run(file, url))).toEqual(expected);
      expect(server.hits.filter(({ path }) => path === tree)).toHaveLength(2);
    });

    test('from a folder', async () => {
      const file = await program(`${name}-folder.mjs`, 'client/node/index.ts', PRINT);
      expect(await run(file, `${directory}/`)).toEqual(expected);
    });
  });

  // Before 2024-11-11 `cache` is refused altogether; later some of its values are.
  test.each(['2024-01-01', '2025-01-01', '2026-07-01'])(
    'in Cloudflare Workers of %s',
    async compatibilityDate => {
      const worker = `export default {
      async fetch(request) {
        const answer = await ask(new URL(request.url).searchParams.get('set')).catch(error => ({ error: error.stack }));
        return Response.json(answer);
      },
    };`;
      const file = await program('worker.mjs', 'client/index.ts', worker);
      const answer = await withServer(url =>
        inWorker(file, compatibilityDate, async ask =>
          (await ask(`/?set=${encodeURIComponent(url)}`)).json(),
        ),
      );
      expect(answer).toEqual(expected);
      expect(server.hits.filter(({ path }) => path === tree)).toHaveLength(2);
    },
  );

  test.each(['2024-01-01', '2026-07-01'])(
    'the edge worker of client/README.md answers requests at the same time as Node does, in Workers of %s',
    async compatibilityDate => {
      const own = restApi(await openTileset(directory));
      const paths = [
        '/api/systems/visible?radius=20&where=region!%3DAra',
        ...['/api/systems/visible?radius=20', '/api/systems/Sirius', '/api/systems/search?q=centauri'],
        ...['/api/systems?page=2', '/api/nearest', '/api/regions', '/api/systems/region/Centaurus'],
        ...['/api/facets/material', '/api', '/api/openapi.json', '/api/systems/none', '/api/nearest?limit=x'],
      ];
      const server = await startServer(folder.path);
      try {
        const file = join(folder.path, `edge-${compatibilityDate}.mjs`);
        await writeFile(file, await edgeWorker(`${server.url}set/`));
        await inWorker(file, compatibilityDate, async ask => {
          // Each path several times, so that requests need the same files at the same time.
          const answers = await Promise.all(
            [...paths, ...paths, ...paths].map(async path => {
              const response = await ask(path);
              return { path, status: response.status, body: await response.text() };
            }),
          );
          for (const { path, ...answer } of answers) {
            const response = await own.fetch(new Request(`http://worker${path}`));
            expect(answer, path).toEqual({ status: response.status, body: await response.text() });
          }
        });
      } finally {
        await server.close();
      }
    },
  );
});

/** Runs a worker, and gives `use` a function that asks it. */
async function inWorker<T>(
  file: string,
  compatibilityDate: string,
  use: (ask: (path: string) => Promise<Response>) => Promise<T>,
): Promise<T> {
  const library = join(runtimes, 'node_modules/miniflare/dist/src/index.js');
  const { Miniflare } = await import(pathToFileURL(library).href);
  // Its files are removed with the folder.
  vi.stubEnv('TMPDIR', dirname(file));
  const miniflare = new Miniflare({ modules: true, script: readFileSync(file, 'utf8'), compatibilityDate });
  try {
    return await use(path => miniflare.dispatchFetch(`http://worker${path}`));
  } finally {
    await miniflare.dispose();
    vi.unstubAllEnvs();
  }
}
