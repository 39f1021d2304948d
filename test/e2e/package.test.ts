import { existsSync } from 'node:fs';
import { cp, lstat, readdir, readFile, symlink } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { build } from '#pipeline/index.ts';
import { hasChromium, launchBrowser, pageHtml } from '#test/support/browser.ts';
import { startServer, type TestServer } from '#test/support/file-server.ts';
import { runProcess, runProcessSync, serving, startProcess } from '#test/support/run-command.ts';
import { temporaryFolder } from '#test/support/temporary.ts';
import { freshProject, installTools, packPackage, run } from './consumers.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const stars = join(root, 'data/nearby-stars.json');
const unreachable = await installTools();

/** The program of each bundled page: it asks for the nearest systems, and leaves their names as its text. */
const APP = `import { openTileset } from 'haven-chunks';
const stars = await openTileset(new URL('set/', location.origin));
const rows = await stars.sphere({ center: [0, 0, 0], limit: 3 }).toArray();
const sirius = await stars.system('Sirius');
document.body.textContent = [...rows.map(row => row.name), sirius.id].join(', ');
`;
const ANSWER = 'Sol, Proxima Centauri, Alpha Centauri, SYS_SIRIUS';
const HTML =
  '<!doctype html><meta charset="utf-8"><body><script type="module" src="./app.js"></script></body>';

/** The command in a project. */
const BIN = 'node_modules/.bin/haven-chunks';

/** A Node on the path that is older than the package asks for; of versions that lack `getBuiltinModule`, none. */
const OLD_NODE = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map(folder => join(folder, 'node'))
  .find(path => existsSync(path) && /^v2[01]\./.test(runProcessSync(path, ['--version']).stdout));

describe('the package', () => {
  const { path: folder, remove } = temporaryFolder();
  let tarball: string;
  let server: TestServer;
  let browser: Browser | undefined;

  beforeAll(async () => {
    tarball = await packPackage(folder);
    await build([stars], join(folder, 'set'), { chunkLimit: 16 });
    server = await startServer(folder);
    if (hasChromium) browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await server.close();
    remove();
  });

  test('is one package, without native code, of at most 3.2 MB', async () => {
    const project = await freshProject(folder, tarball, {});
    const installed = (await readdir(join(project, 'node_modules'))).filter(name => !name.startsWith('.'));
    expect(installed).toEqual(['haven-chunks']);
    const files = await readdir(join(project, 'node_modules'), { recursive: true });
    expect(files.filter(file => /\.(node|gyp|so|dll|dylib)$/.test(file))).toEqual([]);
    const sizes = await Promise.all(
      files.map(async file => {
        const stats = await lstat(join(project, 'node_modules', file));
        return stats.isFile() ? stats.size : 0;
      }),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(3_200_000);
  });

  test('has the licence of every package that is bundled', async () => {
    const notices = await readFile(join(root, 'dist/THIRD-PARTY-NOTICES.txt'), 'utf8');
    for (const name of ['@noble/hashes', 'csv-parse', 'fast-glob', 'msgpackr', 'p-limit', 'stream-json'])
      expect(notices).toMatch(new RegExp(`^${name} \\d`, 'm'));
    expect(notices).not.toContain('msgpackr-extract');
  });

  test('has a command that runs', async () => {
    const project = await freshProject(folder, tarball, {});
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    expect(await run(project, 'npx', '--offline', 'haven-chunks', '--version')).toBe(`${version}\n`);
    const command = join(project, BIN);
    await run(project, command, 'build', stars, '--out', 'stars', '--viewer');
    const found = await run(project, command, 'query', 'system', 'stars', '--name', 'Sirius');
    expect(found).toContain('SYS_SIRIUS');
    expect(existsSync(join(project, 'stars/index.json'))).toBe(true);
    expect(await readFile(join(project, 'stars/index.html'), 'utf8')).toMatch(/src="\.\/map\/[\w-]+\.js"/);
    expect(await run(project, command, 'verify', 'stars')).toContain('317 systems');
    const served = await serving(startProcess(command, ['demo', '--port', '0']));
    const response = await fetch(`${served.url}api/systems/Sirius`);
    expect(await response.json()).toMatchObject({ id: 'SYS_SIRIUS' });
    expect(await (await fetch(served.url)).text()).toContain('src="./map/');
    expect((await served.end('SIGINT')).code).toBe(130);
  });

  test('publishes to a folder as it is, and names the package that a bucket needs', async () => {
    const project = await freshProject(folder, tarball, {});
    const set = join(folder, 'set');
    const command = join(project, BIN);
    expect(await run(project, command, 'publish', set, 'public/stars')).toContain('Published public/stars');
    for (const args of [
      ['publish', set, 's3://my-bucket/stars'],
      ['query', 'names', 's3://my-bucket/stars'],
    ]) {
      const { code, stderr } = await runProcess(command, args, { cwd: project });
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: expect.stringContaining('not installed: npm install @aws-sdk/client-s3\n'),
      });
    }
  });

  test.skipIf(OLD_NODE === undefined)('says which Node it needs, where that is too old', async () => {
    const { code, stderr } = await runProcess(OLD_NODE!, [join(root, 'dist/cli.js'), '--version']);
    expect(stderr).toMatch(
      /^haven-chunks needs Node 22\.18 or later, and this is Node [\d.]+: install a newer one/,
    );
    expect(code).toBe(2);
  });

  test('gives every entry in Node, with one class for each error', async () => {
    const project = await freshProject(folder, tarball, {
      'app.js': `import { isHavenError, NotFoundError } from 'haven-chunks';
import { openTileset } from 'haven-chunks/node';
import { build } from 'haven-chunks/pipeline';
import { restApi } from 'haven-chunks/rest';
import { FORMAT_NAME } from 'haven-chunks/format';
await build([${JSON.stringify(stars)}], 'set');
const set = await openTileset('set');
const system = await set.system('Sirius');
const error = await openTileset('nowhere').catch(error => error);
const refused = await build(['nothing.json'], 'set').catch(error => error);
const api = await restApi(set).fetch(new Request('http://localhost/api/openapi.json'));
console.log(api.status, FORMAT_NAME, system.id, error instanceof NotFoundError, isHavenError(refused, 'UsageError'));
`,
    });
    expect(await run(project, process.execPath, 'app.js')).toBe('200 haven-chunks SYS_SIRIUS true true\n');
  });

  const DOM = 'es2024,dom,dom.iterable,dom.asynciterable';
  const IN_NODE = [
    ...['haven-chunks', 'haven-chunks/node', 'haven-chunks/cache', 'haven-chunks/track', 'haven-chunks/rest'],
    ...['haven-chunks/format', 'haven-chunks/pipeline'],
    ...['haven-chunks/browser', 'haven-chunks/browser/cache', 'haven-chunks/browser/track'],
  ];
  const IN_PAGES = ['haven-chunks', 'haven-chunks/track', 'haven-chunks/rest', 'haven-chunks/format'];
  test.each([
    ['nodenext', 'nodenext', DOM, IN_NODE],
    ['nodenext', 'nodenext', 'es2024', IN_NODE],
    ['esnext', 'bundler', DOM, IN_PAGES],
  ])('has types for module %s, resolution %s, libraries %s', async (module, resolution, lib, entries) => {
    const imports = entries.map((entry, i) => `import * as entry${i} from '${entry}';\nvoid entry${i};`);
    const project = await freshProject(folder, tarball, {
      'app.ts': `${imports.join('\n')}
import { httpSource, isHavenError, openTileset, type OpenOptions, type SystemRow } from 'haven-chunks';
type Undefined<T> = { [Name in keyof Required<T>]: undefined };
const none: Undefined<OpenOptions> & OpenOptions = {
  ...{ signal: undefined, usage: undefined, preload: undefined, http: undefined },
  ...{ cacheBytes: undefined, concurrency: undefined, codec: undefined, maxFileBytes: undefined },
};
void httpSource('/', { fetch: undefined, headers: undefined, timeout: undefined, retries: undefined });
void httpSource('/', { headers: { Authorization: 'Bearer' } });
// @ts-expect-error headers have a type
void httpSource('/', { headers: 5 });
const error: unknown = await openTileset('/', none).catch((error: unknown) => error);
if (isHavenError(error, 'GenerationGoneError')) error.found satisfies string;
if (isHavenError(error, 'AmbiguousNameError')) error.ids satisfies readonly string[];
const rows: SystemRow[] = await (await openTileset('/')).sphere({ center: [0, 0, 0], radius: 3 }).toArray();
// @ts-expect-error a sphere has a centre
void (await openTileset('/')).sphere({ radius: 3 });
void rows;
`,
    });
    const usesNode = entries.includes('haven-chunks/node');
    if (usesNode) await symlink(join(root, 'node_modules/@types'), join(project, 'node_modules/@types'));
    const options = [
      '--strict',
      '--exactOptionalPropertyTypes',
      '--noEmit',
      '--target',
      'es2023',
      '--lib',
      lib,
      ...(usesNode ? ['--types', 'node'] : []),
    ];
    await run(project, 'tsc', ...options, '--module', module, '--moduleResolution', resolution, 'app.ts');
  });

  describe.skipIf(!hasChromium)('in a page', () => {
    /** A page whose site is a folder below the server's. */
    async function expectAnswer(site: string): Promise<void> {
      const url = `${server.url}${site.slice(folder.length + 1)}/`;
      expect(await pageHtml(browser!, `${url}index.html`, /SYS_SIRIUS/)).toContain(ANSWER);
    }

    test('runs without a bundler, as a folder to copy', async () => {
      const project = await freshProject(folder, tarball, {
        'index.html': HTML,
        'app.js': APP.replace("'haven-chunks'", "'./browser/haven-chunks.min.js'"),
      });
      await cp(join(project, 'node_modules/haven-chunks/dist/browser'), join(project, 'browser'), {
        recursive: true,
      });
      await expectAnswer(project);
    });

    test.skipIf(unreachable).each([
      ['vite', ['vite', 'build', '--base=./', '--logLevel=error', '--target=esnext'], 'dist'],
      [
        'webpack',
        ['webpack', '--mode=production', '--entry=./app.js', '--output-path=out', '--output-filename=app.js'],
        'out',
      ],
      [
        'esbuild',
        ['esbuild', 'app.js', '--bundle', '--format=esm', '--splitting', '--outdir=out', '--log-level=error'],
        'out',
      ],
    ])('runs when bundled by %s', async (_bundler, [command, ...args], out) => {
      const project = await freshProject(folder, tarball, { 'index.html': HTML, 'app.js': APP });
      await run(project, command!, ...args);
      const site = join(project, out);
      if (!existsSync(join(site, 'index.html')))
        await cp(join(project, 'index.html'), join(site, 'index.html'));
      await expectAnswer(site);
    });
  });

  test.skipIf(unreachable)('has nothing that publint or are-the-types-wrong finds', async () => {
    await run(folder, 'publint', tarball, '--strict');
    await run(folder, 'attw', tarball, '--profile', 'esm-only');
  });
});
