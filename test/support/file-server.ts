/** A static file server that tests make misbehave, and that counts requests and round trips. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  createServer,
  get,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, resolve, sep } from 'node:path';
import { text } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Content types that a browser needs; all other files are bytes. */
const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
};

/** A request that the server saw. */
export interface Hit {
  readonly method: string;
  readonly path: string;
  /** With its `?`, or empty. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  /** Earlier requests of the same path. */
  readonly nth: number;
  /**
   * 1 for a request that came before any answer had been sent, else 1 more than the latest wave already answered.
   * The highest is the number of round trips, where answers come in `rounds`.
   */
  readonly wave: number;
}

/** Faults of a server in the answer to one request. */
export type Misbehaviour =
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Record<string, string> }
  /** Half of the body under the Content-Length of the whole, then the end of the connection. */
  | { readonly kind: 'truncate' }
  /** No answer, or half of one, until the client goes away. */
  | { readonly kind: 'stall'; readonly half?: boolean }
  /** The connection is reset before any answer. */
  | { readonly kind: 'reset' }
  /** Status 200 and a page, as single-page-app hosting answers for whatever is missing. */
  | { readonly kind: 'html' }
  /** `Content-Encoding: gzip` on what is stored compressed, so that the transport inflates it. */
  | { readonly kind: 'encoding' }
  /** The body with one byte changed, under the headers of the right one, to be cached for ever. */
  | { readonly kind: 'alter' }
  /** An ETag that never was the file's. */
  | { readonly kind: 'etag' };

/** Decides the fault of a request; a promise holds the answer back. */
export type Plan = (hit: Hit) => Misbehaviour | undefined | Promise<Misbehaviour | undefined>;

export interface ServerOptions {
  readonly plan?: Plan;
  /** Takes the body of each POST request; none is counted as a hit. */
  readonly onPost?: (body: string) => void;
  /** Answers only once a client in this process can ask for nothing more before an answer. */
  readonly rounds?: boolean;
}

/** A static file server on a free port of this machine, and what it has seen. */
export interface TestServer {
  /** Address of the folder, with a `/` at its end. */
  readonly url: string;
  readonly hits: Hit[];
  /** Bytes of bodies handed to the connection. */
  bytes: number;
  /** Requests being answered now, and the most at any time. */
  open: number;
  peak: number;
  /** Requests whose connection the client closed before the whole answer. */
  dropped: number;
  /** Round trips so far: the highest wave. */
  readonly waves: number;
  /** Waits until something is so of the server, for as long as it takes. */
  until(ready: (server: TestServer) => boolean): Promise<void>;
  /** Waits until the server has seen all that this process has sent. */
  settle(): Promise<void>;
  close: () => Promise<void>;
}

/** A header of answers that stall after their half: tests need not wait for a time-out. */
export const STALLS = 'X-Stalls';

/** Paths that the server answers at once, and does not count. */
const SETTLE = 'settle';

/** Files that are named by the hash of their content. */
const IMMUTABLE = /\/[0-9a-f]{40}\.mpk$/;

export const HTML_PAGE = '<!doctype html>\n<html><body><div id="app"></div></body></html>\n';

/** Serves a folder, well but for what the plan says. */
export async function startServer(directory: string, options: ServerOptions = {}): Promise<TestServer> {
  const root = resolve(directory);
  const counts = new Map<string, number>();
  let answered = 0;
  const waiting = new Set<() => void>();
  const changed = () => {
    for (const check of waiting) check();
  };
  let rounds: Rounds | undefined;
  /** Answers that the server itself broke off. */
  const cut = new WeakSet<ServerResponse>();

  const server = createServer((request, response) => {
    if (request.method === 'POST' && options.onPost) {
      text(request).then(
        body => {
          response.writeHead(204).end();
          options.onPost?.(body);
        },
        // The client went away.
        () => response.destroy(),
      );
      return;
    }
    const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === `/${SETTLE}`) {
      response.end();
      return;
    }
    const nth = counts.get(pathname) ?? 0;
    counts.set(pathname, nth + 1);
    const { method = '', headers } = request;
    const hit: Hit = { method, path: pathname, query: search, headers, nth, wave: answered + 1 };
    seen.hits.push(hit);
    seen.open++;
    seen.peak = Math.max(seen.peak, seen.open);
    response.on('close', () => {
      seen.open--;
      if (!response.writableFinished && !cut.has(response)) seen.dropped++;
      changed();
    });
    changed();
    answer(request, response, hit).catch(error => response.destroy(error));
  });

  async function answer(request: IncomingMessage, response: ServerResponse, hit: Hit): Promise<void> {
    const [wrong, body] = await Promise.all([options.plan?.(hit), load(root, hit.path)]);
    await rounds?.hold(request);
    if (wrong?.kind === 'stall' && !wrong.half) return;
    if (wrong?.kind === 'reset') {
      cut.add(response);
      request.socket.resetAndDestroy();
      return;
    }
    response.setHeader('Access-Control-Allow-Origin', '*');
    if (wrong?.kind === 'status') return send(response, hit, wrong.status, 'no', wrong.headers);
    if (wrong?.kind === 'html') return send(response, hit, 200, HTML_PAGE, { 'Content-Type': 'text/html' });
    if (!body) return send(response, hit, 404, 'not found');
    const etag = `"${createHash('sha1')
      .update(wrong?.kind === 'etag' ? `${Math.random()}` : body)
      .digest('hex')}"`;
    response.setHeader('ETag', etag);
    if (request.headers['if-none-match'] === etag) return send(response, hit, 304, '');
    response.setHeader('Content-Type', TYPES[extname(hit.path)] ?? 'application/octet-stream');
    response.setHeader('Content-Length', body.length);
    if (IMMUTABLE.test(hit.path)) response.setHeader('Cache-Control', 'public, max-age=31536000, immutable');
    if (wrong?.kind === 'alter') {
      const at = body.length >> 1;
      return send(response, hit, 200, body.with(at, body[at]! ^ 1));
    }
    if (wrong?.kind === 'encoding') response.setHeader('Content-Encoding', 'gzip');
    if (wrong?.kind === 'truncate' || wrong?.kind === 'stall') {
      const half = body.subarray(0, body.length >> 1);
      seen.bytes += half.length;
      if (wrong.kind === 'stall') response.setHeader(STALLS, 'yes');
      response.write(half, () => {
        if (wrong.kind === 'stall') return;
        cut.add(response);
        response.destroy();
      });
      return;
    }
    send(response, hit, 200, body);
  }

  /** Counts the answer as given before it leaves, so that what depends on it is seen to come later. */
  function send(
    response: ServerResponse,
    hit: Hit,
    status: number,
    body: Uint8Array | string,
    headers: Record<string, string> = {},
  ): void {
    answered = Math.max(answered, hit.wave);
    seen.bytes += body.length;
    response.writeHead(status, headers).end(body);
  }

  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening));
  const seen: TestServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    hits: [] as Hit[],
    bytes: 0,
    open: 0,
    peak: 0,
    dropped: 0,
    get waves() {
      return Math.max(0, ...this.hits.map(hit => hit.wave));
    },
    async until(ready: (server: TestServer) => boolean): Promise<void> {
      await new Promise<void>(resolve => {
        const check = () => {
          if (!ready(seen)) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      });
    },
    async settle(): Promise<void> {
      await nextTurn();
      // A connection of its own, so that nothing that waits is in its way.
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      get(seen.url + SETTLE, { agent: false }, response => response.resume().on('end', resolve)).on(
        'error',
        reject,
      );
      await promise;
    },
    close: () =>
      new Promise<void>((closed, failed) => {
        rounds?.close();
        server.close(error => (error ? failed(error) : closed()));
        server.closeAllConnections();
      }),
  };
  if (options.rounds) rounds = new Rounds(seen.url);
  return seen;
}

/**
 * A plan that misbehaves at a rate, always in the same way for the same seed, path and number of the request.
 * @param times first requests of each path that may go wrong; the ones after are answered well
 */
export function seededPlan(
  seed: number,
  rate: number,
  wrongs: readonly Misbehaviour[],
  times = Infinity,
): Plan {
  return ({ path, nth }) => {
    const digest = createHash('sha256').update(`${seed} ${nth} ${path}`).digest();
    if (nth >= times || digest.readUInt32BE(0) >= rate * 2 ** 32) return undefined;
    return wrongs[digest.readUInt32BE(4) % wrongs.length];
  };
}

async function load(root: string, path: string): Promise<Uint8Array | undefined> {
  const file = resolve(root, `.${decodeURIComponent(path)}`);
  if (!file.startsWith(root + sep)) return undefined;
  return readFile(file).then(
    bytes => new Uint8Array(bytes),
    () => undefined,
  );
}

const HEADER = 'x-test-request';

/**
 * Lets a server answer in rounds: all requests that a client sends before it needs an answer are answered together.
 * Nothing is timed. The client is in this process and works in one thread, so that its requests can be followed: a
 * round is over when each of them has come and the client has taken all answers before.
 */
class Rounds {
  readonly #fetch = globalThis.fetch;
  /** Requests under way: sent, held by the server, or answered and not wholly read. */
  readonly #open = new Map<string, 'sent' | 'held' | 'answered'>();
  readonly #release = new Map<string, () => void>();
  #sent = 0;

  /** Watches `fetch` for requests to a server. */
  constructor(url: string) {
    globalThis.fetch = async (input, init = {}) => {
      if (!String(input).startsWith(url)) return this.#fetch(input, init);
      const number = String(this.#sent++);
      const headers = new Headers(init.headers);
      headers.set(HEADER, number);
      this.#open.set(number, 'sent');
      try {
        return this.#watched(await this.#fetch(input, { ...init, headers }), number);
      } catch (error) {
        this.#end(number);
        throw error;
      }
    };
  }

  /** Holds a request until its round is over. */
  hold(request: IncomingMessage): Promise<void> | undefined {
    const number = request.headers[HEADER];
    if (typeof number !== 'string' || !this.#open.has(number)) return undefined;
    this.#open.set(number, 'held');
    const held = new Promise<void>(resolve => this.#release.set(number, resolve));
    this.#check();
    return held;
  }

  close(): void {
    globalThis.fetch = this.#fetch;
    for (const release of this.#release.values()) release();
  }

  #watched(response: Response, number: string): Response {
    if (!response.body) {
      this.#end(number);
      return response;
    }
    const end = () => this.#end(number);
    const { status, headers } = response;
    const body = response.body.pipeThrough(new TransformStream({ flush: end, cancel: end } as Transformer));
    const watched = new Response(body, { status, headers });
    return Object.defineProperty(watched, 'url', { value: response.url });
  }

  #end(number: string): void {
    this.#open.delete(number);
    this.#check();
  }

  /** Ends the round if the client does nothing more, once it has had its turn. */
  #check(): void {
    setImmediate(() =>
      setImmediate(() => {
        if ([...this.#open.values()].some(state => state !== 'held')) return;
        for (const [number, release] of this.#release) {
          this.#open.set(number, 'answered');
          release();
        }
        this.#release.clear();
      }),
    );
  }
}
