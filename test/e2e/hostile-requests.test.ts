/** A server of a set, asked by 10,000 requests that no client should send. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build } from '#pipeline/index.ts';
import { PLAIN } from '#test/support/chunk-sets.ts';
import { type Serving, startServing } from '#test/support/run-command.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

const stars = fileURLToPath(new URL('../../data/nearby-stars.json', import.meta.url));
const folder = temporaryFolder();
const SECRET = 'a secret of this machine';
/** Requests at the same time. */
const BATCH = 50;
let served: Serving;

beforeAll(async () => {
  const set = join(folder.path, 'sets/stars');
  await build([stars], set, { ...PLAIN, search: { mode: 'infix' } });
  mkdirSync(join(set, 'chunks/.hidden'));
  for (const path of [
    '.secret',
    'secret.json',
    '../secret.json',
    '../../secret.json',
    'chunks/.hidden/secret.mpk',
  ])
    writeFileSync(join(set, path), SECRET);
  served = await startServing(['serve', set, '--port', '0']);
});
afterAll(folder.remove);

const oneOf = (...values: readonly string[]) => fc.constantFrom(...values);
const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;

/** Targets of other files, with every way to write a parent folder. */
const paths = fc
  .record({
    parts: fc.array(
      fc.oneof(
        { weight: 3, arbitrary: oneOf('..', '.', '%2e%2e', '.%2e', '%2E.', '%252e%252e', '..;', '...', '') },
        oneOf(
          'chunks',
          'tree',
          'details',
          'generations',
          'index.json',
          'api',
          'systems',
          'assets',
          '.hidden',
          '~',
        ),
        oneOf(
          '%00',
          '%c0%ae%c0%ae',
          '%ff',
          '%',
          '%zz',
          '%u002e',
          '\\..',
          '..\\',
          '%5c..',
          'C:',
          '*',
          '@',
          '%0d%0a',
        ),
        fc.string({ unit: 'binary-ascii', maxLength: 8 }).map(text => encodeURIComponent(text)),
      ),
      { maxLength: 8 },
    ),
    separator: oneOf('/', '//', '%2f', '%5c', '\\'),
    root: oneOf('/', '//', '/./', 'http://localhost/', 'http://other.example/../', '/chunks/../'),
    end: oneOf(
      '.secret',
      'secret.json',
      'secret.json%00.mpk',
      '.hidden/secret.mpk',
      'etc/passwd',
      'package.json',
    ),
    query: oneOf('', '?', '?index.json', '#index.json', '?/../.secret'),
  })
  .map(({ parts, separator, root, end, query }) => get(`${root}${[...parts, end].join(separator)}${query}`));

const NUMBERS = [
  '',
  'NaN',
  'Infinity',
  '-Infinity',
  '1e999',
  '0x10',
  '1,5',
  '--1',
  '1_0',
  '%',
  '%ff',
  '%00',
  '1%202',
];
const numbers = fc.oneof(
  oneOf(...NUMBERS, `-${'9'.repeat(4_000)}`, '$%7Bprocess.exit()%7D'),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).map(text => `x${encodeURIComponent(text)}`),
);

/** Requests to the API with a parameter that is not one. */
const parameters = fc
  .record({
    endpoint: oneOf('systems/visible', 'nearest', 'systems/visible?limit=5', 'nearest?fields=id'),
    bad: fc.oneof(
      fc.tuple(oneOf('cx', 'cy', 'cz', 'limit'), numbers).map(([name, value]) => `${name}=${value}`),
      oneOf(`cx=${'9'.repeat(400)}`, `cy=1${'0'.repeat(500)}e5`, 'cz=1e160'),
      fc
        .tuple(oneOf('__proto__', 'constructor', 'page', 'q', 'Where', '%00'), numbers)
        .map(([a, b]) => `${a}=${b}`),
      oneOf(
        'limit=-1',
        'limit=1.5',
        'limit=1e3',
        'cx=1&cx=1',
        'fields=,',
        'ignore_case=1',
        'limit=5&limit=5',
      ),
      oneOf(
        'where=',
        'where=none%3D1',
        'where=material',
        'where=material%3D',
        'where=%3D',
        'where=material%3E%3Dx',
      ),
      fc
        .integer({ min: 1_001, max: 8_000 })
        .map(length => `where=${'%20'.repeat(length / 3)}${'x'.repeat(1_001)}`),
      fc.integer({ min: 21, max: 400 }).map(count => 'where=material%3DIron&'.repeat(count)),
      fc.integer({ min: 1_001, max: 8_000 }).map(length => `fields=${'a'.repeat(length)}`),
    ),
  })
  .map(({ endpoint, bad }) => get(`/api/${endpoint}${endpoint.includes('?') ? '&' : '?'}${bad}`));

/** Names of systems and facets that no catalogue has. */
const names = fc
  .tuple(
    oneOf('systems/', 'systems/id/', 'facets/'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 3_000 }),
  )
  .map(([path, name]) => get(`/api/${path}%01${encodeURIComponent(name.toWellFormed())}`));

/** Methods, headers and bytes that are not HTTP, or not for reading. */
const messages = fc.oneof(
  fc
    .tuple(
      oneOf('POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'get', 'GETT', 'SEARCH', 'PURGE'),
      oneOf('/', '/index.json', '/api', '/api/systems/Sol', '/.secret'),
      oneOf(
        '',
        'Content-Length: 5\r\n',
        'Transfer-Encoding: chunked\r\n',
        'Expect: 100-continue\r\nContent-Length: 9\r\n',
      ),
    )
    .map(
      ([method, path, header]) =>
        `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${header}\r\nzz\r\n`,
    ),
  oneOf(
    'GET /.secret HTTP/1.1\r\n\r\n',
    'GET /.secret HTTP/9.9\r\nHost: x\r\n\r\n',
    'GET /.secret HTTP/1.1\r\nHost: x\r\nHost: y\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
    'GET /.secret HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
    'GET /.secret HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n',
    'GET /.secret HTTP/1.1\r\nHost: x\r\n: x\r\n\r\n',
    'GET /.secret HTTP/1.1\r\nHost: x\r\nA: \x01\r\n\r\n',
    'GET /.secret\r\n\r\n',
    'GET\r\n\r\n',
    'GET  /.secret  HTTP/1.1\r\nHost: x\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    `GET /.secret HTTP/1.1\r\nHost: x\r\nCookie: ${'x'.repeat(20_000)}\r\n\r\n`,
    `GET /.secret HTTP/1.1\r\nHost: x\r\n${'A: b\r\n'.repeat(5_000)}\r\n`,
    `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  ),
  oneOf('a b', '/../.secret', '@', '[', 'x:y', 'http://x/', '%', '\\', '?', '#', 'ü', ':99999').map(
    host => `GET /.secret HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
  ),
  oneOf(
    'If-None-Match',
    'Accept-Encoding',
    'Origin',
    'Range',
    'X-Forwarded-Host',
    'Upgrade',
    'Content-Type',
  ).chain(header =>
    fc
      .string({ unit: 'binary-ascii', maxLength: 200 })
      .map(value => value.replace(/[\r\n\0]/g, ''))
      .map(value => `GET /.secret HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${header}: ${value}\r\n\r\n`),
  ),
);

test('10,000 hostile requests get a status of 4xx, no other file, and nothing of the server', async () => {
  const requests = fc.sample(fc.oneof(paths, parameters, names, messages), 10_000);
  const failures: string[] = [];
  for (let at = 0; at < requests.length; at += BATCH) {
    const batch = requests.slice(at, at + BATCH);
    const answers = await Promise.all(batch.map(request => answerTo(request)));
    answers.forEach((answer, i) => {
      const final = answer.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '');
      const leaks = [SECRET, folder.path, 'node_modules', 'node:internal', '\n    at '].filter(text =>
        final.includes(text),
      );
      if (/^HTTP\/1\.1 4\d\d /.test(final) && leaks.length === 0) return;
      failures.push(`${JSON.stringify(batch[i]!.slice(0, 500))} got ${JSON.stringify(final.slice(0, 500))}`);
    });
  }
  expect(failures.slice(0, 5)).toEqual([]);
  expect((await fetch(`${served.url}api/systems/Sol`)).status).toBe(200);
});

test('clients that send slowly are disconnected, and delay no others', async () => {
  const sockets = await Promise.all(Array.from({ length: 30 }, () => opened()));
  const ends = sockets.map(socket => readAll(socket));
  sockets.forEach((socket, i) => {
    const requests = [
      '',
      'G',
      'GET /index.json HTTP/1.1\r\nHost:',
      'GET /index.json HTTP/1.1\r\nHost: x\r\nA: b\r\n',
    ];
    socket.write(requests[i % requests.length]!);
  });
  const bodies = await answerTo('POST /api HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nx');
  expect(bodies).toMatch(/^HTTP\/1\.1 405 /);
  for (let i = 0; i < 20; i++) expect((await fetch(`${served.url}index.json`)).status).toBe(200);
  for (const answer of await Promise.all(ends)) expect(answer).toMatch(/^(HTTP\/1\.1 408 [\s\S]*)?$/);
});

test('nothing of this is a fault of the server', async () => {
  expect(await served.end('SIGINT')).toEqual({ code: 130, stderr: 'haven-chunks: stopped by SIGINT\n' });
});

function opened(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(served.url).port), '127.0.0.1', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** The answer on a connection, until it is complete or the server closes the connection. */
function readAll(socket: Socket): Promise<string> {
  return new Promise(resolve => {
    let answer = '';
    socket.setEncoding('latin1').on('data', text => {
      answer += text;
      if (isComplete(answer)) socket.destroy();
    });
    // A server that answers before it has read all resets the connection.
    socket.on('error', () => {});
    socket.once('close', () => resolve(answer));
  });
}

function isComplete(answer: string): boolean {
  const length = /\r\ncontent-length: (\d+)\r\n/i.exec(answer)?.[1];
  const body = /^HTTP\/1\.1 [2-5][\s\S]*?\r\n\r\n([\s\S]*)$/m.exec(answer)?.[1];
  return length !== undefined && body !== undefined && body.length >= Number(length);
}

async function answerTo(request: string): Promise<string> {
  const socket = await opened();
  const answer = readAll(socket);
  socket.write(Buffer.from(request, 'latin1'));
  return answer;
}
