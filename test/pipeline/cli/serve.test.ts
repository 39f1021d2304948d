/** `haven-chunks serve` and `demo`: real processes, asked over HTTP. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTileset } from '#client/node/index.ts';
import { build } from '#pipeline/index.ts';
import { PLAIN, readSet } from '#test/support/chunk-sets.ts';
import { call, serving, start, startServing, until } from '#test/support/run-command.ts';
import { freePorts } from '#test/support/servers.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

const stars = fileURLToPath(new URL('../../../data/nearby-stars.json', import.meta.url));
const folder = temporaryFolder();
const set = join(folder.path, 'set');
const SECRET = 'a secret';
let stored: ReadonlyMap<string, Uint8Array>;
/** The address at which the set is served. */
let url: string;

beforeAll(async () => {
  await build([stars], set, { chunkLimit: 16, flush: false });
  stored = readSet(set).stored;
  mkdirSync(join(folder.path, 'empty'));
  writeFileSync(join(set, '.secret'), SECRET);
  writeFileSync(join(set, 'notes.txt'), SECRET);
  mkdirSync(join(set, 'chunks/.more'));
  writeFileSync(join(set, 'chunks/.more/file.mpk'), SECRET);
  writeFileSync(join(folder.path, 'secret.json'), SECRET);
  ({ url } = await startServing(['serve', set, '--port', '0']));
});
afterAll(folder.remove);

const document = readFileSync(fileURLToPath(new URL('../../../pipeline/README.md', import.meta.url)), 'utf8');

describe('a folder', () => {
  test('has the headers that hosts of sets send', async () => {
    const headers = [...document.matchAll(/^\| `(Cache-Control|Content-Type)` \| `(.+)` \| `(.+)` \|$/gm)];
    expect(headers).toHaveLength(2);
    for (const [path, bytes] of stored) {
      const response = await fetch(url + path, { headers: { Origin: 'https://other.example' } });
      expect(response.status).toBe(200);
      for (const [, name, index, other] of headers) {
        expect(response.headers.get(name!)).toBe(path === 'index.json' ? index : other);
      }
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes);
      const known = { 'If-None-Match': response.headers.get('etag')! };
      expect((await fetch(url + path, { headers: known })).status).toBe(304);
      const head = await fetch(url + path, { method: 'HEAD' });
      expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([
        200,
        `${bytes.length}`,
        '',
      ]);
    }
  });

  test('can be queried by its address, and has the API and a page', async () => {
    const center = [0, 0, 0] as const;
    const remote = await (await openTileset(url)).nearest({ center, count: 5, details: true }).toArray();
    expect(remote).toEqual(
      await (await openTileset(set)).nearest({ center, count: 5, details: true }).toArray(),
    );
    const near = (await (await fetch(`${url}api/nearest?limit=5`)).json()) as { id: string }[];
    expect(near.map(({ id }) => id)).toEqual(remote.map(({ id }) => id));
    const page = await fetch(url);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect((await fetch(`${url}api/nearest`)).headers.get('content-encoding')).toBe('gzip');
  });

  test('gives no other file', async () => {
    const { port } = new URL(url);
    const paths = [
      ...[
        '/.secret',
        '/notes.txt',
        '/../secret.json',
        '/%2e%2e/secret.json',
        '/..%2fsecret.json',
        '/..\\secret.json',
      ],
      ...[
        '/chunks/../.secret',
        '/chunks/.more/file.mpk',
        '/chunks/',
        '/chunks',
        '//.secret',
        '/./.secret',
        '/%2esecret',
      ],
      ...[
        '/chunks/../../secret.json',
        '/index.json/../.secret',
        '/index.json%00',
        '/.secret?index.json',
        '/index.json/',
      ],
      ...[
        '/api/../.secret',
        '/api/%2e%2e/.secret',
        '/generations/../.secret',
        `/etc/passwd`,
        'http://x/.secret',
        '*',
      ],
    ];
    for (const path of paths) {
      const answer = await raw(
        Number(port),
        `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
      );
      expect(answer, path).toMatch(/^HTTP\/1\.1 4\d\d /);
      expect(answer).not.toContain(SECRET);
    }
    const post = await fetch(`${url}index.json`, { method: 'POST', body: 'x' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
    const preflight = await fetch(`${url}index.json`, {
      method: 'OPTIONS',
      headers: { 'Access-Control-Request-Headers': 'x-own' },
    });
    expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([204, 'x-own']);
  });

  test('is served with another page than the map', async () => {
    const own = join(folder.path, 'own');
    mkdirSync(join(own, 'assets/.more'), { recursive: true });
    writeFileSync(join(own, 'index.html'), '<title>Own</title>');
    writeFileSync(join(own, 'assets/own.css'), 'p {}');
    writeFileSync(join(own, 'a star.txt'), 'Ω');
    writeFileSync(join(own, 'Ω.txt'), 'omega');
    for (const path of ['.env', 'assets/.env', 'assets/.more/a.js']) writeFileSync(join(own, path), SECRET);
    const { url } = await startServing(['serve', set, '--port', '0', '--viewer', own]);
    expect(await (await fetch(url)).text()).toBe('<title>Own</title>');
    const style = await fetch(`${url}assets/own.css`);
    expect([style.headers.get('content-type'), await style.text()]).toEqual([
      'text/css; charset=utf-8',
      'p {}',
    ]);
    for (const path of ['.env', 'assets/.env', 'assets/.more/a.js', 'assets', '../secret.json']) {
      expect((await fetch(url + path)).status, path).toBe(404);
    }
    expect(await (await fetch(`${url}a star.txt`)).text()).toBe('Ω');
    expect(await (await fetch(`${url}Ω.txt`)).text()).toBe('omega');
    expect((await fetch(`${url}%ff.txt`)).status).toBe(404);
    // Before a catalogue is built.
    const { code, stdout, stderr } = await call(['serve', stars, '--viewer', join(folder.path, 'empty')]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('which has no index.html: give the folder of a map or a page');
    expect(stderr).not.toContain('building');
    expect((await call(['serve', stars, '--map', 'name=id'])).stderr).toContain('build has it');
  });

  test('that is built again is served in its new generation', async () => {
    const again = join(folder.path, 'again');
    await build([stars], again, { ...PLAIN, chunkLimit: 16 });
    const { url } = await startServing(['serve', again, '--port', '0']);
    const generations = async () => {
      const [index, api] = await Promise.all(
        ['index.json', 'api'].map(async path => (await fetch(url + path)).json()),
      );
      return [index, api].map(answer => (answer as { generation: string }).generation);
    };
    const [before, ...others] = await generations();
    expect(others).toEqual([before]);
    const { generation } = await build([stars], again, { ...PLAIN, chunkLimit: 32 });
    expect((await generations())[0]).toBe(generation);
    for (let seen = before; seen !== generation; ) seen = (await generations())[1];
  });

  test('that cannot be read is an error of the server, without its place, and a line for its user', async () => {
    const broken = join(folder.path, 'broken');
    await build([stars], broken, PLAIN);
    const served = await startServing(['serve', broken, '--port', '0']);
    const [chunk] = readdirSync(join(broken, 'chunks'));
    writeFileSync(join(broken, 'chunks', chunk!), 'no chunk');
    const response = await fetch(`${served.url}api/nearest`);
    expect([response.status, await response.json()]).toEqual([
      502,
      { error: 'The chunk set cannot be read' },
    ]);
    const { stderr } = await served.end('SIGTERM');
    expect(stderr).toMatch(/^haven-chunks: GET \/api\/nearest: chunks\/[\da-f]{40}\.mpk of .* is corrupt/);
  });
});

test('a set on a server is served with the API and the files', async () => {
  const second = await startServing(['serve', url, '--port', '0']);
  expect(await (await fetch(`${second.url}index.json`)).text()).toBe(
    readFileSync(join(set, 'index.json'), 'utf8'),
  );
  expect((await fetch(`${second.url}api/systems/Sol`)).status).toBe(200);
});

describe('a catalogue', () => {
  const temporary = join(folder.path, 'tmp');
  beforeAll(() => mkdirSync(temporary));

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('is built into a temporary set, which is gone after %s', async (signal, code) => {
    const served = await startServing(['serve', stars, '--port', '0'], { TMPDIR: temporary });
    expect(readdirSync(temporary)).toHaveLength(1);
    expect(await (await fetch(`${served.url}api/systems/Sol`)).json()).toMatchObject({ id: 'SYS_SOL' });
    expect(await served.end(signal)).toEqual({ code, stderr: `haven-chunks: stopped by ${signal}\n` });
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('comes from standard input, too', async () => {
    const child = start(['serve', '-', '--port', '0'], { TMPDIR: temporary });
    child.stdin!.end(readFileSync(stars));
    const { url } = await serving(child);
    expect((await fetch(`${url}api/systems/Sol`)).status).toBe(200);
  });

  test('that is bad data ends with its error, and leaves nothing', async () => {
    const bad = join(folder.path, 'bad.json');
    writeFileSync(bad, '[{"name": "no position"}]');
    const { code, stdout, stderr } = await call(['serve', bad, '--port', '0']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('bad.json');
  });
});

test('demo serves the bundled stars', async () => {
  const served = await startServing(['demo', '--port', '0']);
  expect(await (await fetch(`${served.url}api`)).json()).toMatchObject({ systems: 317 });
  expect((await served.end('SIGINT')).code).toBe(130);
});

describe('ports and hosts', () => {
  test('one address is printed, on loopback; a port in use is an error if it was named, else the next one is taken', async () => {
    const [port] = await freePorts(1);
    const first = await startServing(['serve', set, '--port', `${port}`]);
    expect(first.url).toBe(`http://127.0.0.1:${port}/`);
    const { code, stdout, stderr } = await call(['serve', set, '--port', `${port}`]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toBe(
      `haven-chunks: port ${port} of 127.0.0.1 is in use by another program: give another --port, or none for the next free one\n`,
    );
    const [second, third] = [await startServing(['serve', set]), await startServing(['serve', set])];
    expect(new Set([first.url, second.url, third.url]).size).toBe(3);
    expect((await fetch(`${third.url}index.json`)).status).toBe(200);
  });

  test.each([
    [['--port', '65536'], 2, '--port is "65536", expected an integer up to 65535'],
    [['--port', 'x'], 2, '--port is "x", expected an integer'],
    [['--host', '203.0.113.9'], 2, '--host is "203.0.113.9", which is not an address of this machine'],
  ])('%j is refused', async (options, expected, message) => {
    const { code, stderr } = await call(['serve', set, ...options]);
    expect(code).toBe(expected);
    expect(stderr).toContain(message);
  });

  test('--open opens the address', async () => {
    const [program, seen] = [join(folder.path, 'browser'), join(folder.path, 'seen')];
    writeFileSync(program, `#!/bin/sh\necho "$1" > '${seen}.part' && mv '${seen}.part' '${seen}'\n`, {
      mode: 0o755,
    });
    const { url } = await startServing(['serve', set, '--port', '0', '--open'], { BROWSER: program });
    await until(() => existsSync(seen));
    expect(readFileSync(seen, 'utf8')).toBe(`${url}\n`);
    const without = await startServing(['serve', set, '--port', '0', '--open'], { BROWSER: '/none' });
    expect((await without.end('SIGINT')).stderr).toBe(
      'haven-chunks: no browser can be opened here\nhaven-chunks: stopped by SIGINT\n',
    );
  });
});

test.each([
  [['serve', '/none/set'], 3, '"/none/set" does not exist'],
  [['serve', join(folder.path, 'empty')], 3, 'is not a chunk set'],
  [['serve'], 2, 'SET|INPUT is missing'],
])('%j fails', async (args, expected, message) => {
  const { code, stderr } = await call(args);
  expect(code).toBe(expected);
  expect(stderr).toContain(message);
});

/** The answer to bytes that no HTTP client would send. */
function raw(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.end(request));
    socket.setEncoding('latin1').on('data', text => {
      answer += text;
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(answer));
  });
}
