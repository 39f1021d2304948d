import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { Files } from '#client/fetch/files.ts';
import { CorruptError, type FilesOptions, httpSource, NetworkError, NotFoundError } from '#client/index.ts';
import { newUsage } from '#client/query/usage.ts';
import { type Misbehaviour, type Plan, seededPlan, type TestServer } from '#test/support/file-server.ts';
import { servedFolder } from '#test/support/served-folder.ts';
import { decodeText, failure, STORED, type StoredFile, textOf } from '#test/support/stored-files.ts';

const [chunk] = STORED as [StoredFile];

const folder = servedFolder(Object.fromEntries(STORED.map(file => [file.path, file.bytes])));

async function serve(plan?: Plan, options: FilesOptions = {}): Promise<{ server: TestServer; files: Files }> {
  const server = await folder.serve(plan);
  return { server, files: new Files(httpSource(server.url), options) };
}

/** Holds every answer back until `release`. */
function gate(): { plan: Plan; release: () => void } {
  let release = () => {};
  const opened = new Promise<undefined>(resolve => {
    release = () => resolve(undefined);
  });
  return { plan: () => opened, release };
}

describe('what servers do wrong', () => {
  test('failures are not kept: the next read asks again', async () => {
    const missing = { kind: 'status', status: 404 } as const;
    const wrongs: Misbehaviour[] = [
      { kind: 'status', status: 403 },
      ...[missing, missing],
      ...[{ kind: 'html' } as const, { kind: 'alter' } as const],
    ];
    const { files, server } = await serve(({ nth }) => wrongs[nth]);
    for (const type of [NetworkError, NotFoundError, CorruptError]) {
      expect(await failure(files.read(chunk.ref, decodeText))).toBeInstanceOf(type);
    }
    expect(await files.read(chunk.ref, decodeText)).toBe(textOf(chunk));
    expect(await files.read(chunk.ref, decodeText)).toBe(textOf(chunk));
    expect(server.hits).toHaveLength(6);
  });

  test('a failing server, whatever the order of its failures: right content or a typed error, then right content', async () => {
    const wrongs: Misbehaviour[] = [
      { kind: 'status', status: 503 },
      { kind: 'status', status: 403 },
      { kind: 'truncate' },
      { kind: 'reset' },
      { kind: 'html' },
      { kind: 'encoding' },
      { kind: 'etag' },
      { kind: 'alter' },
    ];
    let failed = 0;
    for (const seed of [1, 2, 3]) {
      const { files } = await serve(seededPlan(seed, 0.6, wrongs, 6));
      for (let round = 0; round < 6; round++) {
        const results = await Promise.all(
          STORED.map(file => files.read(file.ref, decodeText).catch(error => error)),
        );
        results.forEach((result, i) => {
          if (result instanceof CorruptError || result instanceof NetworkError) failed++;
          else expect(result).toBe(textOf(STORED[i]!));
        });
      }
      const texts = await Promise.all(STORED.map(file => files.read(file.ref, decodeText)));
      expect(texts).toEqual(STORED.map(textOf));
    }
    expect(failed).toBeGreaterThan(10);
  });
});

describe('requests under way', () => {
  test('ten reads of one file at once: one request, one decode, one value', async () => {
    const { plan, release } = gate();
    const { files, server } = await serve(plan);
    const usage = newUsage();
    const decode = vi.fn((content: Uint8Array) => ({ value: { content }, cost: content.length }));
    const reads = Array.from({ length: 10 }, () => files.read(chunk.ref, decode, { usage }));
    await server.until(({ hits }) => hits.length === 1);
    release();
    const values = await Promise.all(reads);
    expect(new Set(values).size).toBe(1);
    expect(await files.read(chunk.ref, decode, { usage })).toBe(values[0]);
    expect(decode).toHaveBeenCalledTimes(1);
    expect(server.hits).toHaveLength(1);
    expect(usage).toEqual({ requests: 1, bytes: chunk.bytes.length, cacheHits: 10, roundTrips: 0 });
  });

  test('the first of several callers pays', async () => {
    const { files } = await serve();
    const [first, second] = [newUsage(), newUsage()];
    await Promise.all([
      files.read(chunk.ref, decodeText, { usage: first }),
      files.read(chunk.ref, decodeText, { usage: second }),
    ]);
    expect([first.requests, first.cacheHits]).toEqual([1, 0]);
    expect([second.requests, second.cacheHits, second.bytes]).toEqual([0, 1, 0]);
  });

  test('all who wait for a request that fails get its error, and no one after', async () => {
    const { files, server } = await serve(({ nth }) => (nth < 2 ? { kind: 'html' } : undefined));
    const errors = await Promise.all([1, 2, 3].map(() => failure(files.read(chunk.ref, decodeText))));
    for (const error of errors) expect(error).toBeInstanceOf(CorruptError);
    expect(await files.read(chunk.ref, decodeText)).toBe(textOf(chunk));
    expect(server.hits).toHaveLength(3);
  });

  test('one of three aborts, even the first: it rejects at once, the others get the content', async () => {
    const { plan, release } = gate();
    const { files, server } = await serve(plan);
    const controller = new AbortController();
    const usage = newUsage();
    const aborted = files.read(chunk.ref, decodeText, { signal: controller.signal, usage });
    const others = [
      files.read(chunk.ref, decodeText, { signal: new AbortController().signal }),
      files.read(chunk.ref, decodeText),
    ];
    await server.until(({ hits }) => hits.length === 1);
    const reason = new Error('looked away');
    controller.abort(reason);
    expect(await failure(aborted)).toBe(reason);
    expect(server.open).toBe(1);
    release();
    expect(await Promise.all(others)).toEqual([textOf(chunk), textOf(chunk)]);
    expect(server.hits).toHaveLength(1);
    expect(server.dropped).toBe(0);
    expect(usage.bytes).toBe(chunk.bytes.length);
  });

  test('all abort: the connection is closed, and a later read sends a new request', async () => {
    const { files, server } = await serve(({ nth }) =>
      nth === 0 ? { kind: 'stall', half: true } : undefined,
    );
    const controllers = [new AbortController(), new AbortController()];
    const reads = controllers.map(({ signal }) => failure(files.read(chunk.ref, decodeText, { signal })));
    await server.until(({ hits }) => hits.length === 1);
    controllers[0]!.abort('one');
    expect(await reads[0]).toBe('one');
    await server.settle();
    expect(server.dropped).toBe(0);
    controllers[1]!.abort('two');
    const next = files.read(chunk.ref, decodeText);
    expect(await reads[1]).toBe('two');
    expect(await next).toBe(textOf(chunk));
    await server.until(({ dropped }) => dropped === 1);
    expect(server.hits).toHaveLength(2);
  });

  test('a read whose signal is aborted already requests nothing, not even a cached file', async () => {
    const { files, server } = await serve();
    const signal = AbortSignal.abort('gone');
    expect(await failure(files.read(chunk.ref, decodeText, { signal }))).toBe('gone');
    await files.read(chunk.ref, decodeText);
    expect(await failure(files.read(chunk.ref, decodeText, { signal }))).toBe('gone');
    expect(server.hits).toHaveLength(1);
  });

  test('abort after the answer changes nothing, and no listener stays on a signal', async () => {
    const { files } = await serve();
    const controller = new AbortController();
    const { signal } = controller;
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    await Promise.all(STORED.map(file => files.read(file.ref, decodeText, { signal })));
    await nextTurn();
    expect(added).toHaveBeenCalledTimes(STORED.length);
    expect(removed).toHaveBeenCalledTimes(STORED.length);
    controller.abort();
    expect(await files.read(chunk.ref, decodeText)).toBe(textOf(chunk));
  });
});

describe('concurrency', () => {
  test('never more requests at once than allowed, and as many', async () => {
    const held: Plan = () =>
      server.until(({ open, hits }) => open === 4 || hits.length === STORED.length).then(() => undefined);
    const { files, server } = await serve(held, { concurrency: 4 });
    await Promise.all(STORED.map(file => files.read(file.ref, decodeText)));
    expect(server.peak).toBe(4);
    expect(server.hits).toHaveLength(STORED.length);
  });

  test('a read that is aborted while it waits gives its place up', async () => {
    const { plan, release } = gate();
    const { files, server } = await serve(plan, { concurrency: 1 });
    const controller = new AbortController();
    const usage = newUsage();
    const first = files.read(STORED[0]!.ref, decodeText);
    const second = failure(files.read(STORED[1]!.ref, decodeText, { signal: controller.signal, usage }));
    const third = files.read(STORED[2]!.ref, decodeText);
    controller.abort('enough');
    expect(await second).toBe('enough');
    release();
    expect(await Promise.all([first, third])).toEqual([textOf(STORED[0]!), textOf(STORED[2]!)]);
    expect(server.hits.map(hit => hit.path)).toEqual([`/${STORED[0]!.path}`, `/${STORED[2]!.path}`]);
    expect(usage).toEqual(newUsage());
  });

  test('a request that fails or is aborted gives its place up', async () => {
    const { files, server } = await serve(
      ({ path }) =>
        path.includes(STORED[0]!.ref.hash) ? { kind: 'stall' } : { kind: 'status', status: 403 },
      { concurrency: 1 },
    );
    const controller = new AbortController();
    const stalled = failure(files.read(STORED[0]!.ref, decodeText, { signal: controller.signal }));
    const next = STORED.slice(1, 4).map(file => failure(files.read(file.ref, decodeText)));
    await server.until(({ hits }) => hits.length === 1);
    controller.abort('enough');
    expect(await stalled).toBe('enough');
    for (const error of await Promise.all(next)) expect(error).toBeInstanceOf(NetworkError);
  });
});
