import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { HTML_PAGE, seededPlan, startServer, type TestServer } from '#test/support/file-server.ts';
import { writeFolder } from '#test/support/stored-files.ts';

let directory: string;
let remove: () => void;
let server: TestServer;

beforeAll(async () => {
  ({ directory, remove } = await writeFolder({ a: Buffer.from('abc'), 'b/c': Buffer.from('defgh') }));
});
afterAll(() => remove());
afterEach(() => server.close());

/** The test server, on which the tests of clients rest. */
describe('the test server', () => {
  test('serves files and counts what it sent', async () => {
    server = await startServer(directory);
    expect(await (await fetch(`${server.url}a`)).text()).toBe('abc');
    expect(await (await fetch(`${server.url}b/c?x=1`)).text()).toBe('defgh');
    expect((await fetch(`${server.url}none`)).status).toBe(404);
    expect((await fetch(`${server.url}..%2f..%2fetc/passwd`)).status).toBe(404);
    expect(server.hits.map(({ path, query }) => path + query).slice(0, 3)).toEqual([
      '/a',
      '/b/c?x=1',
      '/none',
    ]);
    expect(server.bytes).toBe('abc'.length + 'defgh'.length + 2 * 'not found'.length);
  });

  test('answers 304 to the ETag it gave, and never to a wrong one', async () => {
    server = await startServer(directory, { plan: ({ nth }) => (nth === 0 ? { kind: 'etag' } : undefined) });
    const ask = (etag: string) => fetch(`${server.url}a`, { headers: { 'If-None-Match': etag } });
    const wrong = (await ask('')).headers.get('ETag')!;
    const right = (await ask(wrong)).headers.get('ETag')!;
    expect(right).not.toBe(wrong);
    expect((await ask(right)).status).toBe(304);
  });

  test('counts round trips: concurrent requests are one, each request after an answer is one more', async () => {
    server = await startServer(directory, { rounds: true });
    const get = async (path: string) => (await fetch(server.url + path)).text();
    await Promise.all([get('a'), get('b/c'), get('none')]);
    expect(server.waves).toBe(1);
    await get('a');
    await Promise.all([get('a'), get('b/c')]);
    expect(server.waves).toBe(3);
    expect(server.hits.map(hit => hit.wave)).toEqual([1, 1, 1, 2, 3, 3]);
    expect(server.peak).toBe(3);
  });

  test('a seeded plan goes wrong at its rate, and in the same way each time', async () => {
    server = await startServer(directory);
    const wrongs = [{ kind: 'html' }, { kind: 'reset' }] as const;
    const hits = Array.from({ length: 1000 }, (_, i) => ({
      ...{ method: 'GET', path: `/${i >> 1}`, query: '', headers: {}, nth: i & 1, wave: 1 },
    }));
    const once = hits.map(seededPlan(7, 0.3, wrongs));
    expect(hits.map(seededPlan(7, 0.3, wrongs))).toEqual(once);
    expect(hits.map(seededPlan(8, 0.3, wrongs))).not.toEqual(once);
    const wrong = once.filter(Boolean).length;
    expect(wrong).toBeGreaterThan(240);
    expect(wrong).toBeLessThan(360);
    expect(hits.map(seededPlan(7, 1, wrongs, 1)).map(Boolean)).toEqual(hits.map(({ nth }) => nth === 0));
  });

  test('gives a page instead of a file if its plan says so', async () => {
    server = await startServer(directory, { plan: () => ({ kind: 'html' }) });
    const response = await fetch(`${server.url}a`);
    expect([response.status, await response.text()]).toEqual([200, HTML_PAGE]);
  });
});
