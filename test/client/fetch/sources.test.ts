import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { ArgumentError, httpSource, memorySource, NetworkError, type Source } from '#client/index.ts';
import { folderSource } from '#client/node/index.ts';
import type { Plan, TestServer } from '#test/support/file-server.ts';
import { outputOf } from '#test/support/run-command.ts';
import { servedFolder } from '#test/support/served-folder.ts';
import { failure, storedFile } from '#test/support/stored-files.ts';

const chunk = storedFile('a chunk, so to say '.repeat(500));
const index = new TextEncoder().encode('{"format":"haven-chunks"}');
const files = { 'set/index.json': index, [`set/${chunk.path}`]: chunk.bytes, 'secret.txt': index };

const folder = servedFolder(files);

async function serve(plan?: Plan): Promise<TestServer & { set: string }> {
  const server = await folder.serve(plan);
  return Object.assign(server, { set: `${server.url}set` });
}

async function networkFailure(promise: Promise<unknown>): Promise<NetworkError> {
  const error = await failure(promise);
  expect(error).toBeInstanceOf(NetworkError);
  return error as NetworkError;
}

describe.each<[string, () => Promise<Source>]>([
  ['memory', async () => memorySource({ 'index.json': index, [chunk.path]: chunk.bytes })],
  [
    'memory of a Map',
    async () => memorySource(new Map(Object.entries({ 'index.json': index, [chunk.path]: chunk.bytes }))),
  ],
  ['folder', async () => folderSource(join(folder.directory, 'set'))],
  ['http', async () => httpSource((await serve()).set)],
])('every source: %s', (_, make) => {
  test('gives the bytes of a file, as a plain Uint8Array', async () => {
    const source = await make();
    const bytes = await source.get(chunk.path);
    expect(bytes).toEqual(chunk.bytes);
    expect(bytes!.constructor).toBe(Uint8Array);
    expect(await source.get('index.json', { fresh: true })).toEqual(index);
  });

  test('gives undefined for a file that is not there', async () => {
    const source = await make();
    expect(await source.get('chunks/none.mpk')).toBeUndefined();
    expect(await source.get('none/none.mpk')).toBeUndefined();
    expect(await source.get('index.json/below')).toBeUndefined();
    expect(await source.get('constructor')).toBeUndefined();
  });

  test.each([
    '../secret.txt',
    'chunks/../../secret.txt',
    '/etc/passwd',
    './index.json',
    'a//b',
    '',
    'c:\\x',
    'http://x/',
    'x?y',
    'x#y',
    '%2e%2e/secret.txt',
  ])('refuses the path "%s"', async path => {
    const source = await make();
    await expect(source.get(path)).rejects.toThrow(ArgumentError);
  });

  test('rejects with the reason of a signal that is aborted already', async () => {
    const source = await make();
    const reason = new Error('no longer wanted');
    await expect(source.get(chunk.path, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('folderSource', () => {
  test('a file that cannot be read is a NetworkError that names it, not a missing file', async () => {
    await symlink('loop', join(folder.directory, 'set', 'loop'));
    const error = await networkFailure(folderSource(join(folder.directory, 'set')).get('loop'));
    expect(error.message).toContain(`loop of ${join(folder.directory, 'set')} cannot be read: ELOOP`);
    expect(error.status).toBeUndefined();
    await networkFailure(folderSource(join(folder.directory, 'set')).get('chunks'));
  });

  test.each([1, 100])('a long series of reads, %i at a time, lets the event loop turn', async parallel => {
    const source = folderSource(join(folder.directory, 'set'));
    let turns = 0;
    let isOver = false;
    const turn = () => {
      turns++;
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);
    for (let reads = 0; reads < 1_000; reads += parallel) {
      const files = Array.from({ length: parallel }, () => source.get(chunk.path));
      for (const bytes of await Promise.all(files)) expect(bytes).toEqual(chunk.bytes);
    }
    isOver = true;
    // Each turn reads 32 files at once, and one more that waits.
    expect(turns).toBeGreaterThan(8);
  });

  test('a large file is not read on the thread of the caller', async () => {
    await writeFile(join(folder.directory, 'set', 'large'), Buffer.alloc(2 << 20));
    let hasTurned = false;
    setImmediate(() => {
      hasTurned = true;
    });
    expect(await folderSource(join(folder.directory, 'set')).get('large')).toHaveLength(2 << 20);
    expect(hasTurned).toBe(true);
  });

  test.skipIf(process.platform === 'win32')('a pipe does not block the thread', async () => {
    const pipe = join(folder.directory, 'set', 'pipe');
    await outputOf('mkfifo', [pipe]);
    const read = folderSource(join(folder.directory, 'set')).get('pipe');
    await writeFile(pipe, chunk.bytes);
    expect(await read).toEqual(chunk.bytes);
  });

  test('the first reads of a turn need no turn of the event loop', async () => {
    const source = folderSource(join(folder.directory, 'set'));
    let hasTurned = false;
    setImmediate(() => {
      hasTurned = true;
    });
    // The first read could take long on a busy machine: the others of its turn would wait then.
    expect(await source.get(chunk.path)).toEqual(chunk.bytes);
    expect(hasTurned).toBe(false);
  });
});

describe('httpSource: addresses', () => {
  test.each(['set', 'set/', 'set/index.json', 'set/#top'])('reads the set at .../%s', async path => {
    const server = await serve();
    const source = httpSource(server.url + path);
    expect(source.location).toBe(`${server.url}set/`);
    expect(await source.get(chunk.path)).toEqual(chunk.bytes);
    expect(server.hits.map(hit => hit.path)).toEqual([`/set/${chunk.path}`]);
  });

  test('reads a set at the root of a host', async () => {
    const server = await serve();
    expect(await httpSource(server.url).get('secret.txt')).toEqual(index);
    expect(await httpSource(new URL(`${server.url}index.json`)).get('secret.txt')).toEqual(index);
  });

  test('sends the query with every file, and keeps it out of messages', async () => {
    const server = await serve(({ path }) =>
      path.endsWith('x') ? { kind: 'status', status: 403 } : undefined,
    );
    const source = httpSource(`${server.set}/index.json?token=s3cret&e=1`);
    expect(await source.get(chunk.path)).toEqual(chunk.bytes);
    expect(server.hits[0]).toMatchObject({ path: `/set/${chunk.path}`, query: '?token=s3cret&e=1' });
    expect(source.location).not.toContain('s3cret');
    expect((await networkFailure(source.get('x'))).message).not.toContain('s3cret');
  });

  test('resolves a relative address against the document', async () => {
    const server = await serve();
    vi.stubGlobal('document', { baseURI: `${server.url}app/page.html` });
    expect(await httpSource('../set').get('index.json')).toEqual(index);
    expect(await httpSource('/set/').get('index.json')).toEqual(index);
  });

  test.each([['set'], ['file:///data/set'], ['ftp://host/set'], ['https://me:pw@host/set']])(
    'refuses %s',
    url => {
      expect(() => httpSource(url)).toThrow(ArgumentError);
    },
  );

  test.each([{ timeout: 0 }, { timeout: Infinity }, { retries: -1 }, { retries: 1.5 }])(
    'refuses %o',
    options => {
      expect(() => httpSource('https://host/set', options)).toThrow(ArgumentError);
    },
  );

  test('asks by GET, sends the headers given, and passes by caches for a fresh file only', async () => {
    const server = await serve();
    const source = httpSource(server.set, { headers: { Authorization: 'Bearer x' } });
    await source.get('index.json', { fresh: true });
    await source.get(chunk.path);
    const [fresh, plain] = server.hits;
    expect(server.hits.map(hit => [hit.method, hit.headers['authorization']])).toEqual([
      ['GET', 'Bearer x'],
      ['GET', 'Bearer x'],
    ]);
    expect(fresh!.headers['cache-control']).toBe('no-cache');
    expect(plain!.headers['cache-control']).toBeUndefined();
  });

  test('uses the fetch it is given', async () => {
    const asked: [string, RequestCache | undefined][] = [];
    const source = httpSource('https://host/set', {
      fetch: async (url, init) => {
        asked.push([String(url), init?.cache]);
        return new Response('abc');
      },
    });
    expect(new TextDecoder().decode(await source.get('index.json', { fresh: true }))).toBe('abc');
    await source.get('a/b.mpk');
    expect(asked).toEqual([
      ['https://host/set/index.json', 'reload'],
      ['https://host/set/a/b.mpk', undefined],
    ]);
  });
});
