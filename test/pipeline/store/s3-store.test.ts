import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { NetworkError } from '#client/index.ts';
import {
  ConflictError,
  type Store,
  type StoredFile,
  StoreError,
  s3Store,
  UsageError,
} from '#pipeline/index.ts';
import { buckets } from '#test/support/buckets.ts';
import { hasS3 } from '#test/support/servers.ts';
import { failure } from '#test/support/stored-files.ts';
import { inFolder } from '#test/support/temporary.ts';
import { storeConformance } from './store-conformance.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);

async function listed(store: Store): Promise<StoredFile[]> {
  const files: StoredFile[] = [];
  for await (const file of store.list('')) files.push(file);
  return files;
}

describe.skipIf(!hasS3)('a bucket of Ceph', () => {
  const server = buckets();
  const newStore = () => s3Store(server.newSet().location, server.access);

  storeConformance(use => use(newStore()));

  test('gives the headers of a file to those who read it by HTTP', async () => {
    const { location, url } = server.newSet();
    const store = s3Store(location, server.access);
    const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache' };
    await store.put('index.json', bytesOf('{}'), { headers });
    const response = await fetch(`${url}index.json`);
    expect(await response.text()).toBe('{}');
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('cache-control')).toBe('no-cache');
  });

  test('renews a file without its bytes, if its content is the same, with new headers', async () => {
    const { location, url } = server.newSet();
    const store = s3Store(location, server.access);
    const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache' };
    await store.put('a', bytesOf('old'));
    const [old] = await listed(store);
    await store.put('a', bytesOf('old'), { renew: old!.etag, headers });
    const [renewed] = await listed(store);
    expect(renewed).toEqual({ ...old!, modified: renewed!.modified });
    expect(renewed!.modified).toBeGreaterThan(old!.modified);
    expect((await fetch(`${url}a`)).headers.get('cache-control')).toBe('no-cache');
    await store.put('a', bytesOf('new'), { renew: old!.etag });
    expect(textOf(await store.get('a'))).toBe('new');
    // Deleted, or replaced, since it was listed.
    await store.delete('a');
    await store.put('a', bytesOf('old'), { renew: old!.etag });
    expect(textOf(await store.get('a'))).toBe('old');
    await store.put('a', bytesOf('new'));
    await store.put('a', bytesOf('old'), { renew: old!.etag });
    expect(textOf(await store.get('a'))).toBe('old');
  });

  test('lists more files than one page has, and no names that begin with a dot', async () => {
    const store = newStore();
    await store.put('first', bytesOf('1'), { ifNoneMatch: '*' });
    const names = Array.from({ length: 1001 }, (_, i) => `file-${i}`);
    for (let at = 0; at < names.length; at += 64) {
      await Promise.all(names.slice(at, at + 64).map(name => store.put(name, new Uint8Array())));
    }
    expect((await listed(store)).map(({ path }) => path).sort()).toEqual([...names, 'first'].sort());
  });

  test('says that a bucket does not exist, or that access is denied', async () => {
    const missing = s3Store('s3://no-bucket/set', server.access);
    await expect(missing.get('a')).rejects.toThrow(NetworkError);
    await expect(missing.get('a')).rejects.toThrow('the bucket "no-bucket" does not exist');
    await expect(missing.put('a', bytesOf('x'))).rejects.toThrow(StoreError);
    await expect(listed(missing)).rejects.toThrow('the bucket "no-bucket" does not exist');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'wrong');
    const denied = newStore();
    await expect(denied.put('a', bytesOf('x'))).rejects.toThrow('access is denied (SignatureDoesNotMatch)');
    await expect(denied.get('a')).rejects.toMatchObject({ name: 'NetworkError', status: 403, file: 'a' });
  });

  test.each([
    ['s3://bucket', 's3://bucket'],
    ['s3://bucket/', 's3://bucket'],
    ['s3://bucket/a/b//', 's3://bucket/a/b'],
    ['S3://bucket/a/index.json', 's3://bucket/a'],
    ['s3://bucket/index.json', 's3://bucket'],
  ])('%s is %s', (location, expected) => {
    expect(s3Store(location).location).toBe(expected);
  });

  test.each(['s3://', 's3:///a', 's3://bucket/a?b', 'http://bucket', 'bucket/a'])(
    '%s is refused',
    location => {
      expect(() => s3Store(location)).toThrow(UsageError);
    },
  );

  test('an endpoint that is not a URL, or an invalid timeout, is refused', () => {
    for (const timeout of [0, -1, Number.NaN, 2 ** 31])
      expect(() => s3Store('s3://bucket', { timeout })).toThrow(UsageError);
    for (const endpoint of ['', 'localhost:9000', 'ftp://example.org'])
      expect(() => s3Store('s3://bucket', { endpoint })).toThrow(UsageError);
  });
});

/** The answer of the simplest of servers to a request, which it does not carry out. */
type Fault =
  | 'fail'
  | 'fail after it'
  | 'reset'
  | 'reset after it'
  | 'stall'
  | 'stall in the body'
  | undefined;

/** A server that knows only files, and faults; conditions are carried out as `conditions` says. */
async function simpleServer(
  conditions: 'kept' | 'bare' | 'ignored' | 'refused',
  fault: (request: IncomingMessage, nth: number) => Fault = () => undefined,
) {
  const files = new Map<string, Uint8Array>();
  const etagOf = (body: Uint8Array) => `${body.length}-${Buffer.from(body).toString('hex')}`;
  let requests = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const wrong = fault(request, requests++);
    const body = await buffer(request);
    const fail = () =>
      wrong?.startsWith('reset') ? request.socket.destroy() : response.writeHead(503).end();
    if (wrong === 'fail' || wrong === 'reset') return fail();
    if (wrong === 'stall in the body') response.writeHead(200, { 'Content-Length': 9 }).write('some');
    if (wrong?.startsWith('stall')) return undefined;
    const { pathname } = new URL(request.url!, 'http://localhost');
    const { 'if-match': match, 'if-none-match': noneMatch } = request.headers;
    const file = files.get(pathname);
    if (request.method === 'GET') return file ? response.end(file) : response.writeHead(404).end();
    if (request.method === 'DELETE') {
      files.delete(pathname);
      return response.writeHead(204).end();
    }
    if ((match ?? noneMatch) !== undefined) {
      if (conditions === 'refused') return response.writeHead(501).end();
      const etag = file && (conditions === 'bare' ? etagOf(file) : `"${etagOf(file)}"`);
      const holds = match === undefined ? !file : match === etag;
      if (conditions !== 'ignored' && !holds) return response.writeHead(412).end();
    }
    files.set(pathname, body);
    if (wrong) return fail();
    return response.writeHead(200, { ETag: `"${etagOf(body)}"` }).end();
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    files,
    etagOf,
    endpoint,
    store: s3Store('s3://bucket/set', { endpoint }),
    [Symbol.asyncDispose]: () =>
      new Promise<void>(closed => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

describe('a server', () => {
  beforeEach(() => {
    // Repeated requests do not wait: `retryDelay` has a test of its own.
    vi.spyOn(Math, 'random').mockReturnValue(0);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  });

  test.each(['ignored', 'refused'] as const)(
    'where conditions are %s is found out before it harms',
    async kind => {
      await using server = await simpleServer(kind);
      const { store, files } = server;
      for (const condition of [{ ifNoneMatch: '*' }, { ifMatch: 'x' }] as const) {
        const put = store.put('index.json', bytesOf('new'), condition);
        await expect(put).rejects.toThrow(StoreError);
        await expect(put).rejects.toThrow('does not support conditional writes');
      }
      expect([...files]).toEqual([]);
      await store.put('chunks/a', bytesOf('a'));
      expect(textOf(await store.get('chunks/a'))).toBe('a');
    },
  );

  test.each(['kept', 'bare'] as const)(
    'where ETags are compared in another form (%s) serves as well',
    async kind => {
      await using server = await simpleServer(kind);
      const { store, files, etagOf } = server;
      await store.put('index.json', bytesOf('one'), { ifNoneMatch: '*' });
      await store.put('index.json', bytesOf('two'), { ifMatch: etagOf(bytesOf('one')) });
      const late = store.put('index.json', bytesOf('six'), { ifMatch: etagOf(bytesOf('one')) });
      await expect(late).rejects.toThrow(ConflictError);
      expect([...files.values()].map(textOf)).toEqual(['two']);
    },
  );

  test.each(['fail', 'fail after it', 'reset', 'reset after it'] as const)(
    'that fails (%s) is asked again, and a conditional write that was carried out is not a conflict',
    async wrong => {
      const seen = new Set<string>();
      await using server = await simpleServer('kept', ({ method, url, headers }) => {
        const key = JSON.stringify([method, url, headers['if-match'], headers['if-none-match']]);
        if (seen.has(key)) return undefined;
        seen.add(key);
        return wrong;
      });
      const { store, files, etagOf } = server;
      await store.put('a', bytesOf('a'));
      expect(textOf(await store.get('a'))).toBe('a');
      await store.put('index.json', bytesOf('one'), { ifNoneMatch: '*' });
      await store.put('index.json', bytesOf('two'), { ifMatch: etagOf(bytesOf('one')) });
      await expect(store.put('index.json', bytesOf('six'), { ifNoneMatch: '*' })).rejects.toThrow(
        ConflictError,
      );
      await store.delete('a');
      expect([...files.values()].map(textOf)).toEqual(['two']);
    },
  );

  test.each(['stall', 'stall in the body'] as const)(
    'that does not go on (%s) is given up after the timeout, and asked again',
    async wrong => {
      await using server = await simpleServer('kept', (_, nth) => (nth === 0 ? wrong : undefined));
      server.files.set('/bucket/set/a', bytesOf('all of it'));
      const store = s3Store('s3://bucket/set', { endpoint: server.endpoint, timeout: 1_000 });
      expect(textOf(await store.get('a'))).toBe('all of it');
    },
  );

  test.each(['stall', 'stall in the body'] as const)(
    'that does not answer a listing (%s) is not waited for after an abort',
    async wrong => {
      const controller = new AbortController();
      await using server = await simpleServer('kept', () => {
        setTimeout(() => controller.abort(new Error('no longer wanted')), 50);
        return wrong;
      });
      const listing = server.store.list('', { signal: controller.signal })[Symbol.asyncIterator]();
      await expect(listing.next()).rejects.toThrow('no longer wanted');
    },
  );

  test('that always fails is asked six times, and an abort ends that', async () => {
    let requests = 0;
    const controller = new AbortController();
    await using server = await simpleServer('kept', () => {
      if (++requests === 9) controller.abort(new Error('no longer wanted'));
      return 'fail';
    });
    await expect(server.store.get('a')).rejects.toMatchObject({ name: 'NetworkError', status: 503 });
    expect(requests).toBe(6);
    await expect(server.store.get('a', { signal: controller.signal })).rejects.toThrow('no longer wanted');
    expect(requests).toBe(9);
  });

  test('without credentials says which variables to set', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', '');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', '');
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere');
    vi.stubEnv('AWS_CONFIG_FILE', '/nowhere');
    await using server = await simpleServer('kept');
    await expect(server.store.get('a')).rejects.toThrow('set AWS_ACCESS_KEY_ID');
  });

  test('says why the credentials that are configured cannot be used', async () => {
    await inFolder(async folder => {
      const profile = ['[profile sso]', 'sso_session = mine', 'sso_account_id = 1', 'sso_role_name = role'];
      const session = ['[sso-session mine]', 'sso_start_url = https://example.org', 'sso_region = eu-west-1'];
      const config = join(folder, 'config');
      writeFileSync(config, [...profile, ...session, ''].join('\n'));
      vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
      vi.stubEnv('AWS_PROFILE', 'sso');
      vi.stubEnv('AWS_CONFIG_FILE', config);
      vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', config);
      await using server = await simpleServer('kept');
      const error = await failure(server.store.get('a'));
      expect(error).toMatchObject({ name: 'NetworkError' });
      expect(error.message).toMatch(/the credentials cannot be used: .*aws sso login/);
    });
  });
});
