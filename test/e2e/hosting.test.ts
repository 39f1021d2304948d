/** The pages on hosting: the settings that they print, with real servers. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { folderStore, publishTileset, s3Store } from '#pipeline/index.ts';
import { buckets } from '#test/support/buckets.ts';
import { pathsIn, versionIn, versions } from '#test/support/published-sets.ts';
import { call, killProcess, outputOf, pythonWith, startProcess } from '#test/support/run-command.ts';
import { freePorts, hasS3, NGINX, startNginx } from '#test/support/servers.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

const document = readFileSync(fileURLToPath(new URL('../../pipeline/README.md', import.meta.url)), 'utf8');
const block = (language: string) =>
  new RegExp(`## Hosting[^]*?\`\`\`${language}\\n([^]*?)\`\`\``).exec(document)![1]!;

/** The headers of each kind of file, as the table has them. */
const table = [...document.matchAll(/^\| `(Cache-Control|Content-Type)` \| `(.+)` \| `(.+)` \|$/gm)];

const { folders, generations } = versions(2);
const folder = temporaryFolder();
afterAll(folder.remove);

async function expectHeaders(url: string, paths: readonly string[]): Promise<void> {
  expect(table).toHaveLength(2);
  for (const path of paths.filter(path => !/^(generations|history)\//.test(path))) {
    const response = await fetch(url + path, { headers: { Origin: 'https://other.example' } });
    expect(response.status).toBe(200);
    for (const [, name, index, other] of table) {
      expect(response.headers.get(name!)).toBe(path === 'index.json' ? index : other);
    }
    expect(response.headers.get('content-encoding')).toBe(null);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
  }
}

describe.skipIf(!existsSync(NGINX))('nginx', () => {
  test('serves a folder that is published to while it runs', async () => {
    const own = join(folder.path, 'nginx');
    const set = join(folder.path, 'srv/catalogue');
    await mkdir(own);
    await publishTileset(folders[0]!, set);
    const nginx = await startNginx(own, block('nginx').replace('/srv', join(folder.path, 'srv')));
    try {
      const url = `${nginx.url}catalogue/`;
      await expectHeaders(url, await pathsIn(folderStore(set)));
      expect(await versionIn(url, generations)).toBe(0);
      const { headers } = await fetch(`${url}index.json`);
      const validate = { headers: { 'If-None-Match': headers.get('etag')! } };
      expect((await fetch(`${url}index.json`, validate)).status).toBe(304);
      await writeFile(join(set, '.haven-chunks-lock'), '');
      for (const path of ['.haven-chunks-lock', 'chunks/none.mpk']) {
        expect((await fetch(url + path)).status).toBe(404);
      }
      await publishTileset(folders[1]!, set);
      expect(await versionIn(url, generations)).toBe(1);
      expect((await fetch(`${url}index.json`, validate)).status).toBe(200);
      const [record] = await pathsIn(folderStore(set), 'history/');
      expect((await fetch(url + record)).headers.get('cache-control')).toBe('no-cache');
    } finally {
      nginx.stop();
    }
  });
});

describe.skipIf(!hasS3)('a bucket', () => {
  const server = buckets();

  test('is set up by the commands of the document', async () => {
    const [publish, ...settings] = block('sh')
      .trimEnd()
      .split(/\n(?! )/)
      .reverse();
    for (const command of settings) {
      const line = command.replaceAll('\\\n', '').replace(/^aws/, `aws --endpoint-url ${server.endpoint}`);
      await outputOf('sh', ['-c', line], { env: { HOME: folder.path, AWS_CA_BUNDLE: '' } });
    }
    const [name, command, , location] = publish!.split(' ');
    expect([name, command]).toEqual(['haven-chunks', 'publish']);
    const published = await call(['publish', folders[0]!, location!, '--endpoint', server.endpoint]);
    expect(published).toMatchObject({ code: 0, stderr: '' });
    const url = `${server.endpoint}${location!.slice('s3://'.length)}/`;
    await expectHeaders(url, await pathsIn(s3Store(location!, server.access)));
    expect(await versionIn(url, generations)).toBe(0);
  });
});

const python = pythonWith('http.server');

describe.skipIf(python === undefined)('a plain static server', () => {
  let url: string;
  const set = join(folder.path, 'plain');

  beforeAll(async () => {
    await publishTileset(folders[0]!, set);
    const [port] = (await freePorts(1)) as [number];
    const args = ['-m', 'http.server', `${port}`, '--bind', '127.0.0.1', '--directory', set];
    const child = startProcess(python!, args);
    child.stderr!.resume();
    afterAll(() => killProcess(child));
    url = `http://127.0.0.1:${port}/`;
    const isUp = () =>
      fetch(`${url}index.json`).then(
        response => response.ok,
        () => false,
      );
    while (!(await isUp())) await delay(20);
  });

  test('serves a folder that is published to while it runs', async () => {
    expect(await versionIn(url, generations)).toBe(0);
    await publishTileset(folders[1]!, set);
    expect(await versionIn(url, generations)).toBe(1);
    expect((await fetch(`${url}chunks/none.mpk`)).status).toBe(404);
  });
});
