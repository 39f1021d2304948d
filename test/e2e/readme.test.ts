import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as bundle } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTileset } from '#client/node/index.ts';
import { build } from '#pipeline/index.ts';
import { CHROMIUM, pageText } from '#test/support/browser.ts';
import { startServer } from '#test/support/file-server.ts';
import { outputOf, runProcess } from '#test/support/run-command.ts';
import { hasS3, NGINX, S3_CREDENTIALS, startNginx, startS3 } from '#test/support/servers.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const stars = join(root, 'data/nearby-stars.json');

/** The code blocks of the README in a language that hold a text. */
function block(language: string, holding: string): string {
  const blocks = [...readme.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, name, code]) => name === language && code!.includes(holding))
    .map(([, , code]) => code!);
  expect(blocks, `blocks of ${language} with ${holding}`).toHaveLength(1);
  return blocks[0]!;
}

/** Commands of a block of shell code, without comments; a line may go on after a backslash. */
function commandsOf(code: string): string[] {
  return code
    .replaceAll('\\\n', '')
    .split(/\n(?! )/)
    .map(line => line.replace(/\s+#.*$/, ''))
    .filter(line => line !== '');
}

describe('what README.md says', () => {
  const { path: folder, remove } = temporaryFolder();
  const set = join(folder, 'public/stars');

  beforeAll(async () => {
    await build([stars], set, { chunkLimit: 16 });
  });

  afterAll(remove);

  test('the commands of "Build and query" run, in this order', async () => {
    const work = join(folder, 'work');
    await mkdir(work);
    await copyFile(stars, join(work, 'data.json'));
    const commands = commandsOf(block('sh', 'haven-chunks build data.json'));
    expect(commands.length).toBeGreaterThan(5);
    const cli = join(root, 'pipeline/cli.ts');
    for (const command of commands) {
      const run = command.replace('npx haven-chunks', `"${process.execPath}" "${cli}"`);
      expect(await outputOf('sh', ['-c', run], { cwd: work }), command).toBeDefined();
    }
    expect(existsSync(join(work, 'public/stars/index.json'))).toBe(true);
  });

  test('the program of "Use in Node" runs, and its types are right', async () => {
    const server = await startServer(join(folder, 'public'));
    try {
      const code = block('ts', 'stars.overview()')
        .replace("'haven-chunks'", JSON.stringify(join(root, 'client/index.ts')))
        .replace('https://example.org/', server.url);
      const program = join(folder, 'program.ts');
      await writeFile(program, `${code}export {};\n`);
      const stdout = await outputOf(process.execPath, [program]);
      expect(stdout).toContain('Alpha Centauri');
      expect(stdout).toContain('Sirius');
      await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
      const config = join(folder, 'tsconfig.json');
      const typeRoots = [join(root, 'node_modules/@types')];
      await writeFile(
        config,
        JSON.stringify({
          extends: join(root, 'tsconfig.json'),
          compilerOptions: { typeRoots },
          files: [program],
        }),
      );
      const tsc = join(root, 'node_modules/.bin/tsc');
      expect(await outputOf(tsc, ['--noEmit', '-p', config])).toBe('');
    } finally {
      await server.close();
    }
  });

  describe.skipIf(!existsSync(NGINX))('the nginx configuration', () => {
    test('serves a set as the table of headers says, to pages of other origins', async () => {
      const own = join(folder, 'nginx');
      await mkdir(own);
      const code = block('nginx', 'location /stars/').replace('/srv', join(folder, 'public'));
      const nginx = await startNginx(own, code);
      try {
        await expectHeaders(`${nginx.url}stars/`, set);
        const index = await fetch(`${nginx.url}stars/index.json`);
        const etag = index.headers.get('etag')!;
        await index.arrayBuffer();
        const again = await fetch(`${nginx.url}stars/index.json`, { headers: { 'If-None-Match': etag } });
        expect(again.status).toBe(304);
        await expectPage(`${nginx.url}stars/`);
      } finally {
        nginx.stop();
      }
    });
  });

  describe.skipIf(!hasS3)('the commands for a bucket', () => {
    test('publish a set with the headers of the table, to pages of other origins', async () => {
      const own = join(folder, 's3');
      await mkdir(own);
      const s3 = await startS3(own);
      const env = { HOME: own, AWS_CA_BUNDLE: '', ...S3_CREDENTIALS };
      const run = async (command: string) => {
        const line = command.replace(/^aws/, `aws --endpoint-url ${s3.url}`);
        const { code, stderr } = await runProcess('sh', ['-c', line], { cwd: folder, env });
        expect(code, `${command}\n${stderr}`).toBe(0);
      };
      try {
        await run('aws s3 mb s3://my-bucket');
        for (const command of commandsOf(block('sh', 'aws s3 sync'))) await run(command);
        await expectHeaders(`${s3.url}my-bucket/stars/`, set);
        await expectPage(`${s3.url}my-bucket/stars/`);
      } finally {
        s3.stop();
      }
    });
  });

  /** The headers of each kind of file, as the table under "Publish" has them. */
  async function expectHeaders(url: string, directory: string): Promise<void> {
    const { tree } = (await openTileset(directory)).index;
    const rows = [...readme.matchAll(/^\| (`index\.json`|all others) \| `(.+)` \| `(.+)` \|$/gm)];
    expect(rows).toHaveLength(2);
    for (const [, file, cacheControl, type] of rows) {
      const path = file === '`index.json`' ? 'index.json' : `tree/${tree!.hash}.mpk`;
      const response = await fetch(url + path, { headers: { Origin: 'https://other.example' } });
      const body = new Uint8Array(await response.arrayBuffer());
      expect(response.status).toBe(200);
      expect(response.headers.get('cache-control')).toBe(cacheControl);
      expect(response.headers.get('content-type')).toBe(type);
      expect(response.headers.get('content-encoding')).toBe(null);
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      expect(Buffer.compare(body, readFileSync(join(directory, path)))).toBe(0);
    }
  }

  /** The page of "Use in a page", of an origin of its own, gives the nearest systems of the set at `url`. */
  async function expectPage(url: string): Promise<void> {
    if (!existsSync(CHROMIUM)) return;
    const site = await mkdtemp(join(folder, 'site-'));
    const code = block('html', 'haven-chunks.min.js').replace('https://example.org/stars/', url);
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
    try {
      const text = await pageText(`${server.url}index.html`, site, /ly<\/li>/);
      const nearest = await (await openTileset(set)).sphere({ center: [0, 0, 0], limit: 10 }).toArray();
      const expected = nearest.map(({ name, distance }) => `<li>${name}, ${distance.toFixed(2)} ly</li>`);
      expect(text).toContain(expected.join(''));
    } finally {
      await server.close();
    }
  }
});
