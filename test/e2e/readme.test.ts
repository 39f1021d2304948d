import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as bundle } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTileset } from '#client/node/index.ts';
import { build, publishTileset } from '#pipeline/index.ts';
import { hasChromium, launchBrowser, pageHtml } from '#test/support/browser.ts';
import { startServer, type TestServer } from '#test/support/file-server.ts';
import { COMMAND, type Outcome, outputOf, runProcess } from '#test/support/run-command.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const stars = join(root, 'data/nearby-stars.json');

/** Fenced blocks of the documents, with their languages. */
const blocks = ['README.md', 'client/README.md', 'client/FROM-PYTHON.md', 'pipeline/README.md'].flatMap(
  file =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(
      ([, language, code]) => ({ file, language, code: code! }),
    ),
);

/** The blocks that tests below run: language, and a string that only this block holds. */
const RUN = {
  commands: ['sh', 'haven-chunks build data.json'],
  changing: ['sh', 'haven-chunks update public/stars'],
  publishing: ['sh', 'haven-chunks publish public/stars'],
  page: ['html', "'./browser/haven-chunks.min.js'"],
  program: ['ts', 'stars.overview()'],
  errors: ['ts', "isHavenError(error, 'CorruptError')"],
  columns: ['ts', 'sphere.toColumns()'],
  planes: ['ts', 'planes, radius: 50'],
  cache: ['ts', 'cachedSource('],
  track: ['ts', 'track(stars,'],
  filters: ['ts', "where: { material: 'Iron' }"],
  refresh: ['ts', 'stars.refresh()'],
  since: ['ts', 'newSince('],
  provider: ['ts', 'await openProvider('],
  writing: ['ts', 'haven.addSystem('],
} as const;

/** The blocks that no test can run as they are. */
const NOT_RUN = {
  'installs packages, and runs all tests; test/build/start.test.ts runs `npm start`': ['sh', 'npm start'],
  'test/e2e/hosting.test.ts serves a published folder with it': ['nginx', 'location /catalogue/'],
  'test/e2e/hosting.test.ts runs them against a real server': ['sh', 's3://my-bucket/catalogue'],
  'is for GitHub; test/build/regenerate.test.ts runs its command': ['yaml', 'runs-on: ubuntu-latest'],
  'is for GitLab; test/build/regenerate.test.ts runs its command': ['yaml', 'CI_PIPELINE_SOURCE'],
  'test/e2e/runtimes.test.ts runs it as a Cloudflare Worker': ['ts', 'export default restApi('],
  'test/e2e/track-page.test.ts runs it': ['html', 'unpkg.com/three'],
  'needs a registry; test/e2e/package.test.ts installs the tarball': ['sh', 'npm pack'],
} as const;

/** The sources of the entries of the package that programs import. */
const SOURCES = Object.fromEntries(
  Object.entries({
    '': 'client/index',
    '/cache': 'client/cache',
    '/track': 'client/track',
    '/pipeline': 'pipeline/index',
  }).map(([entry, source]) => [`haven-chunks${entry}`, [join(root, `${source}.ts`)]]),
);

type Mark = readonly [language: string, holding: string];
const isMarked = ({ language, code }: { language?: string; code: string }, [name, holding]: Mark) =>
  language === name && code.includes(holding);

/** The code of a block. */
function block(name: keyof typeof RUN): string {
  return blocks.find(of => isMarked(of, RUN[name]))!.code;
}

test('each fenced block of the documents is run here, or listed with the reason why not', () => {
  const marks: Mark[] = [...Object.values(RUN), ...Object.values(NOT_RUN)];
  const count = (code: (typeof blocks)[0]) => marks.filter(mark => isMarked(code, mark)).length;
  expect(blocks.filter(code => count(code) !== 1)).toEqual([]);
  expect(marks.filter(mark => blocks.filter(code => isMarked(code, mark)).length !== 1)).toEqual([]);
});

/** Commands of a block of shell code, without comments; a line may go on after a backslash. */
function commandsOf(code: string): string[] {
  return code
    .replaceAll('\\\n', '')
    .split(/\n(?! )/)
    .map(line => line.replace(/\s+#.*$/, ''))
    .filter(line => line !== '');
}

/** The output of a line of shell code, with the command as it is in the package. */
function outputOfShell(line: string, cwd: string): Promise<string> {
  const code = line.replaceAll('npx haven-chunks', `"${process.execPath}" "${COMMAND}"`);
  return outputOf('sh', ['-c', code], { cwd });
}

describe('what the documents say', () => {
  const { path: folder, remove } = temporaryFolder();
  const set = join(folder, 'public/stars');

  beforeAll(async () => {
    await build([stars], set, { chunkLimit: 16 });
  });

  afterAll(remove);

  test('the commands of "Build and query" and of "Change" run, in this order', async () => {
    const work = join(folder, 'work');
    await mkdir(work);
    await copyFile(stars, join(work, 'data.json'));
    await writeFile(join(work, 'new.ndjson'), '{"id": "NEW", "name": "New", "x": 1, "y": 2, "z": 3}\n');
    await writeFile(join(work, 'fixes.ndjson'), '{"name": "Sirius", "notes": "bright"}\n');
    await writeFile(join(work, 'gone.txt'), 'Vega\n');
    const commands = [...commandsOf(block('commands')), ...commandsOf(block('changing'))];
    expect(commands.length).toBeGreaterThan(9);
    for (const command of commands) expect(await outputOfShell(command, work), command).toBeDefined();
    const [changed, copy] = ['public/stars', 'yesterday'].map(set =>
      readFileSync(join(work, set, 'index.json'), 'utf8'),
    );
    expect(JSON.parse(changed!).counts.systems).toBe(317);
    expect(copy).toBe(changed);
  });

  test('the commands of "Publish" run, in this order', async () => {
    // Neither the root of a web server nor a bucket is at hand: the plan of a publish to a folder stands for the bucket.
    const commands = commandsOf(
      block('publishing').replaceAll('/srv/www', 'www').replace('s3://my-bucket', 'bucket'),
    );
    expect(commands).toHaveLength(4);
    for (const command of commands) expect(await outputOfShell(command, folder), command).toBeDefined();
    expect(existsSync(join(folder, 'www/stars/index.json'))).toBe(true);
  });

  describe('programs', () => {
    let server: TestServer;

    beforeAll(async () => {
      server = await startServer(join(folder, 'public'));
      // The package, without its types.
      await mkdir(join(folder, 'node_modules'));
      await symlink(join(COMMAND, '../..'), join(folder, 'node_modules/haven-chunks'));
    });

    afterAll(() => server.close());

    /** The program of a block, with `more` at its end and a set at another address, in a folder of its own. */
    async function programOf(
      name: keyof typeof RUN,
      more = '',
      set = `${server.url}stars/`,
    ): Promise<string> {
      const code = block(name)
        .replace("'data/data.json'", JSON.stringify(join(folder, 'edited.json')))
        .replace('https://example.org/stars/', set);
      const own = await mkdtemp(join(folder, 'program-'));
      await writeFile(join(own, 'package.json'), '{ "type": "module" }');
      const program = join(own, 'program.ts');
      await writeFile(program, `${code}${more}\nexport {};\n`);
      return program;
    }

    /** Uses what the block of the provider only opens. */
    const USE = "console.log((await haven.system('Sirius'))?.name);";

    const runProgram = async (...block: Parameters<typeof programOf>): Promise<Outcome> =>
      runProcess(process.execPath, [await programOf(...block)]);

    test('the types of all are right', async () => {
      const config = {
        extends: join(root, 'tsconfig.json'),
        compilerOptions: { typeRoots: [join(root, 'node_modules/@types')], paths: SOURCES },
        files: await Promise.all([
          ...(
            [
              'program',
              'errors',
              'columns',
              'planes',
              'track',
              'cache',
              'filters',
              'refresh',
              'since',
              'writing',
            ] as const
          ).map(name => programOf(name)),
          programOf('provider', USE),
        ]),
        include: [],
      };
      const path = join(folder, 'tsconfig.json');
      await writeFile(path, JSON.stringify(config));
      expect(await outputOf(join(root, 'node_modules/.bin/tsc'), ['--noEmit', '-p', path])).toBe('');
    });

    test('"Use in Node"', async () => {
      const { code, stdout, stderr } = await runProgram('program');
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toContain('Alpha Centauri');
      expect(stdout).toContain('Sirius');
    });

    test('"Errors" of the client', async () => {
      expect(await runProgram('errors')).toEqual({ code: 0, stdout: '', stderr: '' });
      // It rethrows what it does not know.
      const { code, stderr } = await runProgram('errors', '', `${server.url}nowhere/`);
      expect(code).toBe(1);
      expect(stderr).toContain('NotFoundError');
    });

    test('"Columns" of the client', async () => {
      const { code, stdout, stderr } = await runProgram('columns');
      expect([code, stderr]).toEqual([0, '']);
      const [first] = stdout.split('\n');
      expect(first).toMatch(/^\S.* 0 0 0 0$/);
    });

    test('"Frustums" of the client', async () => {
      const { code, stdout, stderr } = await runProgram('planes');
      expect([code, stderr]).toEqual([0, '']);
      const rows = stdout.trim().split('\n');
      expect(rows.length).toBeGreaterThan(20);
      for (const row of rows) expect(row).toMatch(/ [\d.e-]+ [\d.e-]+$/);
    });

    test('"Caches that last" of the client, which needs IndexedDB', async () => {
      // test/e2e/offline.test.ts runs it in a browser.
      const { code, stderr } = await runProgram('cache');
      expect(code).toBe(1);
      expect(stderr).toContain('folderCache(path)');
    });

    test('"Moving viewers" of the client', async () => {
      const { code, stdout, stderr } = await runProgram('track');
      expect([code, stderr]).toEqual([0, '']);
      const near = await (await openTileset(set)).sphere({ center: [0, 0, 0], radius: 10 }).toArray();
      const shown = stdout.split('\n');
      for (const { name, x, y, z } of near) expect(shown).toContain(`+ ${name} ${x} ${y} ${z}`);
    });

    test('"Filters" of the client', async () => {
      const { code, stdout, stderr } = await runProgram('filters');
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/^Sol [1-9]\d* [1-9]\d*\n$/);
    });

    test('"Sets that are published again" of the client', async () => {
      const { code, stdout, stderr } = await runProgram('refresh', 'console.log((await nearby())[0]?.name);');
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/^S/);
    });

    test('"What is new since the last visit" of the client', async () => {
      const { _meta, Sirius, ...systems } = JSON.parse(readFileSync(stars, 'utf8'));
      const older = join(folder, 'older.json');
      await writeFile(older, JSON.stringify({ _meta, ...systems }));
      const { generation } = await build([older], join(folder, 'older'), { chunkLimit: 16 });
      const place = join(folder, 'public/published');
      for (const version of [join(folder, 'older'), set]) await publishTileset(version, place);
      const last = (seen: string) =>
        `\nfor (const { kind, id } of (await newSince('${seen}')).changes) console.log(kind, id);`;
      const address = `${server.url}published/`;
      const expected = { code: 0, stdout: `added ${Sirius.id}\n`, stderr: '' };
      expect(await runProgram('since', last(generation), address)).toEqual(expected);
      const gone = await runProgram('since', last('0'.repeat(64)), address);
      expect(gone).toEqual({ code: 0, stdout: '', stderr: '' });
    });

    test('"Use in a page"', async () => expectPage(`${server.url}stars/`));

    test("the writes instead of the guide's", async () => {
      await copyFile(stars, join(folder, 'edited.json'));
      const last = '\nconsole.log(await haven.systemById(id), haven.counts.systems);';
      const { systems } = (await openTileset(set)).counts;
      const expected = { code: 0, stdout: `undefined ${systems}\n`, stderr: '' };
      expect(await runProgram('writing', last)).toEqual(expected);
      expect(readFileSync(join(folder, 'edited.json'), 'utf8')).toBe(readFileSync(stars, 'utf8'));
    });

    test("the provider instead of the guide's", async () => {
      expect(await runProgram('provider', USE)).toEqual({ code: 0, stdout: 'Sirius\n', stderr: '' });
    });
  });

  /** The page of "Use in a page", of an origin of its own, gives the nearest systems of the set at `url`. */
  async function expectPage(url: string): Promise<void> {
    if (!hasChromium) return;
    const site = await mkdtemp(join(folder, 'site-'));
    const code = block('page').replace('https://example.org/stars/', url);
    await writeFile(join(site, 'index.html'), code);
    await bundle({
      entryPoints: [join(root, 'client/index.ts')],
      outfile: join(site, 'browser/haven-chunks.min.js'),
      bundle: true,
      minify: true,
      format: 'esm',
      logLevel: 'silent',
    });
    const server = await startServer(site);
    const browser = await launchBrowser();
    try {
      const text = await pageHtml(browser, `${server.url}index.html`, /ly<\/li>/);
      const nearest = await (await openTileset(set)).sphere({ center: [0, 0, 0], limit: 10 }).toArray();
      const expected = nearest.map(({ name, distance }) => `<li>${name}, ${distance.toFixed(2)} ly</li>`);
      expect(text).toContain(expected.join(''));
    } finally {
      await browser.close();
      await server.close();
    }
  }
});
