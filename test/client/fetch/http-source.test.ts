import { beforeEach, describe, expect, test, vi } from 'vitest';
import { retryDelay } from '#client/fetch/http-source.ts';
import { httpSource, NetworkError } from '#client/index.ts';
import { HTML_PAGE, type Misbehaviour, type Plan, type TestServer } from '#test/support/file-server.ts';
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

const always =
  (wrong: Misbehaviour): Plan =>
  () =>
    wrong;
const first =
  (times: number, wrong: Misbehaviour): Plan =>
  ({ nth }) =>
    nth < times ? wrong : undefined;

async function networkFailure(promise: Promise<unknown>): Promise<NetworkError> {
  const error = await failure(promise);
  expect(error).toBeInstanceOf(NetworkError);
  return error as NetworkError;
}

describe('httpSource: failures', () => {
  test.each([404, 410])('status %i is a missing file, asked for once', async status => {
    const server = await serve(always({ kind: 'status', status }));
    expect(await httpSource(server.set).get(chunk.path)).toBeUndefined();
    expect(server.hits).toHaveLength(1);
  });

  test.each([400, 401, 403, 204, 206, 304])(
    'status %i is an error at once, with the status',
    async status => {
      const server = await serve(always({ kind: 'status', status }));
      const error = await networkFailure(httpSource(server.set).get(chunk.path));
      expect(error.status).toBe(status);
      expect(error.message).toContain(`${chunk.path} of ${server.url}set/: status ${status}`);
      expect(server.hits).toHaveLength(1);
    },
  );

  const passing: Misbehaviour[] = [
    ...[202, 408, 421, 425, 429, 500].map(status => ({ kind: 'status', status }) as const),
    { kind: 'status', status: 503, headers: { 'Retry-After': '0' } },
    { kind: 'truncate' },
    { kind: 'reset' },
  ];

  test.each(passing)('%o once: the right bytes from the second request', async wrong => {
    const server = await serve(first(1, wrong));
    expect(await httpSource(server.set).get(chunk.path)).toEqual(chunk.bytes);
    expect(server.hits).toHaveLength(2);
  });

  test.each(passing)('%o always: an error after the retries allowed', async wrong => {
    const server = await serve(always(wrong));
    const error = await networkFailure(httpSource(server.set, { retries: 2 }).get(chunk.path));
    // Node's own fetch asks once more after a 421.
    const isDoubled = wrong.kind === 'status' && wrong.status === 421;
    expect(server.hits).toHaveLength(isDoubled ? 6 : 3);
    expect(error.status).toBe(wrong.kind === 'status' ? wrong.status : undefined);
    expect(error).toMatchObject({ url: `${server.set}/${chunk.path}`, reason: expect.any(String) });
    expect(error.message).toContain('attempt 3 of 3');
    expect(error.message).toContain(chunk.path);
  });

  test('three retries by default, none if the options say so', async () => {
    const server = await serve(always({ kind: 'status', status: 500 }));
    await networkFailure(httpSource(server.set).get('a'));
    expect(server.hits).toHaveLength(4);
    await networkFailure(httpSource(server.set, { retries: 0 }).get('b'));
    expect(server.hits).toHaveLength(5);
  });

  test.each([false, true])('a stalled answer (half of it: %s) times out, and is tried again', async half => {
    const deadlines: AbortController[] = [];
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => {
      deadlines.push(new AbortController());
      return deadlines.at(-1)!.signal;
    });
    const server = await serve(first(1, { kind: 'stall', half }));
    const bytes = httpSource(server.set, { timeout: 300 }).get(chunk.path);
    await server.until(({ hits }) => hits.length === 1);
    expect(timeout.mock.calls).toEqual([[300]]);
    deadlines[0]!.abort(new DOMException('timed out', 'TimeoutError'));
    expect(await bytes).toEqual(chunk.bytes);
    expect(server.hits).toHaveLength(2);
    await server.until(({ dropped }) => dropped === 1);
  });

  test('answers that never end are an error that says so', async () => {
    const server = await serve(always({ kind: 'stall', half: true }));
    const error = await networkFailure(httpSource(server.set, { timeout: 100, retries: 1 }).get(chunk.path));
    expect(error.message).toContain('no complete response within 100 ms (attempt 2 of 2)');
  });

  test('a server that is not there is an error that says why', async () => {
    const server = await serve();
    await server.close();
    const error = await networkFailure(httpSource(server.set, { retries: 0 }).get(chunk.path));
    expect(error.message).toContain('ECONNREFUSED');
    expect(error.cause).toBeInstanceOf(TypeError);
  });

  test('https to a port of http is an error at once, and says what to try', async () => {
    const server = await serve();
    const url = server.set.replace('http:', 'https:');
    const error = await networkFailure(httpSource(url).get(chunk.path));
    const address = `${server.set}/${chunk.path}`.replace(/([^:])\/+/g, '$1/');
    expect(error.reason).toBe(`the server does not use TLS: try ${address}`);
    expect(error.message).toContain('(attempt 1 of 4)');
  });

  test('http to a port of https, which closes the connection or answers with 400, says what to try', async () => {
    const reset = await serve(always({ kind: 'reset' }));
    const closed = await networkFailure(httpSource(reset.set, { retries: 0 }).get(chunk.path));
    const address = `${reset.set}/${chunk.path}`.replace(/([^:])\/+/g, '$1/').replace('http:', 'https:');
    expect(closed.reason).toMatch(`; if the server expects https, try ${address}`);
    const cut = await serve(always({ kind: 'truncate' }));
    const error = await networkFailure(httpSource(cut.set, { retries: 0 }).get(chunk.path));
    expect(error.reason).not.toContain('https');
    const refusing = await serve(always({ kind: 'status', status: 400 }));
    const refused = await networkFailure(httpSource(refusing.set).get(chunk.path));
    expect(refused.reason).toBe('status 400; ports of https send this to http');
  });

  test('a redirect loop is an error at once', async () => {
    const server = await serve(({ path }) => ({
      kind: 'status',
      status: 302,
      headers: { Location: path },
    }));
    const error = await networkFailure(httpSource(server.set).get(chunk.path));
    expect(error.message).toMatch(/redirect.*attempt 1 of 4/);
  });

  test('a failure that may pass is tried again, whatever words the host and the path have', async () => {
    const server = await serve();
    const url = new URL('redirect/does not use TLS/', server.url);
    // As undici fails: the name is in the message.
    const cause = Object.assign(new Error('getaddrinfo EAI_AGAIN redirect'), { code: 'EAI_AGAIN' });
    const failing = vi.fn(async () => {
      throw new TypeError('fetch failed', { cause });
    });
    await networkFailure(httpSource(url, { fetch: failing, retries: 1 }).get(chunk.path));
    expect(failing).toHaveBeenCalledTimes(2);
    const reset = await serve(always({ kind: 'reset' }));
    await networkFailure(httpSource(new URL('redirects/', reset.url), { retries: 1 }).get(chunk.path));
    expect(reset.hits).toHaveLength(2);
  });

  test.each([
    'fetch failed, redirect count exceeded',
    'Fetch failed: Maximum number of redirects (20) reached',
    'The response redirected too many times. For more information, pass verbose',
    'Too many redirects.',
  ])('"%s", as a platform says it, is a redirect loop', async message => {
    const looping = vi.fn(async () => {
      throw new TypeError(message);
    });
    await networkFailure(httpSource('https://example.org/', { fetch: looping }).get(chunk.path));
    expect(looping).toHaveBeenCalledTimes(1);
  });

  test('a wait of minutes that the server asks for is left to the caller', async () => {
    const server = await serve(always({ kind: 'status', status: 503, headers: { 'Retry-After': '600' } }));
    const error = await networkFailure(httpSource(server.set).get(chunk.path));
    expect(error).toMatchObject({ status: 503, message: expect.stringContaining('Retry-After: 600') });
    expect(server.hits).toHaveLength(1);
  });

  test('an HTML page, a wrong ETag and a named encoding pass: only the content tells', async () => {
    const plan: Plan = ({ nth }) =>
      [{ kind: 'html' } as const, { kind: 'etag' } as const, { kind: 'encoding' } as const][nth];
    const source = httpSource((await serve(plan)).set);
    expect(new TextDecoder().decode(await source.get(chunk.path))).toBe(HTML_PAGE);
    expect(await source.get(chunk.path)).toEqual(chunk.bytes);
    expect(await source.get(chunk.path)).toEqual(chunk.content);
  });

  test.each([404, 403])('the body of status %i is not left hanging on its connection', async status => {
    const cancel = vi.fn();
    const fetch = async () => new Response(new ReadableStream({ cancel }), { status });
    await httpSource('https://host/set', { fetch })
      .get('a')
      .catch(() => {});
    expect(cancel).toHaveBeenCalledTimes(1);
  });

  test('stops reading a body beyond maxBytes', async () => {
    let pulled = 0;
    let cancelled = false;
    const endless = () =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          pulled++;
          controller.enqueue(new Uint8Array(1000));
        },
        cancel() {
          cancelled = true;
        },
      });
    const source = httpSource('https://host/set', { fetch: async () => new Response(endless()) });
    expect(await source.get('a', { maxBytes: 2500 })).toHaveLength(3000);
    expect(cancelled).toBe(true);
    expect(pulled).toBeLessThan(10);
  });
});

describe('httpSource: abort', () => {
  test.each<[string, Plan]>([
    ['before the answer', always({ kind: 'stall' })],
    ['in the body', always({ kind: 'stall', half: true })],
  ])('%s: rejects with the reason, closes the connection, never asks again', async (_, plan) => {
    const server = await serve(plan);
    const controller = new AbortController();
    const promise = httpSource(server.set).get(chunk.path, { signal: controller.signal });
    await server.until(({ hits }) => hits.length === 1);
    controller.abort('moved away');
    await expect(promise).rejects.toBe('moved away');
    await server.until(({ dropped }) => dropped === 1);
    expect(server.hits).toHaveLength(1);
  });

  test('while waiting to try again: rejects at once, never asks again', async () => {
    const server = await serve(always({ kind: 'status', status: 503, headers: { 'Retry-After': '20' } }));
    const controller = new AbortController();
    const promise = httpSource(server.set).get(chunk.path, { signal: controller.signal });
    await server.until(({ hits, open }) => hits.length === 1 && open === 0);
    controller.abort('a reason that is not an error');
    await expect(promise).rejects.toBe('a reason that is not an error');
    expect(server.hits).toHaveLength(1);
  });
});

describe('httpSource: between attempts', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));

  const busy = () => new Response('busy', { status: 503, headers: { 'Retry-After': '20' } });

  test('waits as long as the last answer asks, and no longer for a failure without an answer', async () => {
    const answers = [busy, () => Promise.reject(new TypeError('fetch failed')), () => new Response('abc')];
    const send = vi.fn(async () => answers[send.mock.calls.length - 1]!());
    const promise = httpSource('https://host/set', { fetch: send }).get('a');
    await vi.advanceTimersByTimeAsync(19_999);
    expect(send).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(2);
    expect(send).toHaveBeenCalledTimes(3);
    expect(await promise).toHaveLength(3);
  });

  test('an abort leaves no timer behind', async () => {
    const controller = new AbortController();
    const source = httpSource('https://host/set', { fetch: async () => busy() });
    const promise = failure(source.get('a', { signal: controller.signal }));
    await vi.advanceTimersByTimeAsync(1);
    expect(vi.getTimerCount()).toBe(1);
    controller.abort('enough');
    expect(await promise).toBe('enough');
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('retryDelay', () => {
  const now = Date.UTC(2025, 0, 1);

  test('full jitter over a doubling backoff, up to 8 s', () => {
    expect([0, 1, 2, 9].map(retry => retryDelay(retry, null, 1, now))).toEqual([250, 500, 1000, 8000]);
    expect(retryDelay(3, null, 0, now)).toBe(0);
  });

  test('never before the server allows: seconds or a date', () => {
    expect(retryDelay(0, '3', 0.5, now)).toBe(3125);
    expect(retryDelay(0, new Date(now + 5000).toUTCString(), 0, now)).toBe(5000);
    expect(retryDelay(0, new Date(now - 5000).toUTCString(), 0, now)).toBe(0);
    expect(retryDelay(0, 'soon', 1, now)).toBe(250);
    expect(retryDelay(0, '', 1, now)).toBe(250);
  });

  test('no retry where the server asks for more than 30 s', () => {
    expect(retryDelay(0, '30', 0, now)).toBe(30_000);
    expect(retryDelay(0, '31', 0, now)).toBeUndefined();
    expect(retryDelay(0, new Date(now + 86_400_000).toUTCString(), 0, now)).toBeUndefined();
  });
});
