import { type ErrorFields, NetworkError } from '#client/errors.ts';
import { checkOptions, type OptionNames } from '#client/query/options.ts';
import { checkInteger } from '#client/query/validate.ts';
import { httpUrl, withoutIndex } from './location.ts';
import { sleep } from './sleep.ts';
import { checkPath, type GetOptions, type Source } from './source.ts';

/** How requests are sent. */
export interface HttpOptions {
  /** Used instead of the platform's `fetch`. */
  readonly fetch?: typeof fetch | undefined;
  /** Headers of every request, such as `Authorization`. */
  readonly headers?: RequestInit['headers'];
  /** Time for one attempt, body included, in milliseconds; 30,000 by default. */
  readonly timeout?: number | undefined;
  /** Number of retries after a failure that may be temporary; 3 by default. */
  readonly retries?: number | undefined;
}

const HTTP_OPTIONS: OptionNames<HttpOptions> = { fetch: 1, headers: 1, timeout: 1, retries: 1 };

const BACKOFF = 250;
const MAX_BACKOFF = 8_000;
const MAX_RETRY_AFTER = 30_000;
/** The longest time of a timer: one with a longer time ends at once. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/**
 * Returns the source of a chunk set on a server of static files; it sends no request yet. Requests are retried after
 * status 202, 408, 421, 425, 429 and 5xx, a lost connection, a time-out and a truncated body; not before the time
 * that the server's `Retry-After` gives.
 * @param url URL of the set's folder or of its `index.json`; a query string is sent with every request. In a browser
 *   it may be relative to the document
 * @throws ArgumentError if the URL is not http or https or has a user name, or if an option is out of range
 */
export function httpSource(url: string | URL, options: HttpOptions = {}): Source {
  const base = httpUrl(url);
  base.pathname = `${withoutIndex(base.pathname)}/`;
  const location = base.origin + base.pathname;
  const get = httpGetter(options);
  return {
    location,
    async get(path, options = {}) {
      checkPath(path);
      const file = new URL(path, base);
      file.search = base.search;
      return get(file, `${path} of ${location}`, options);
    },
  };
}

/**
 * Returns the bytes at a URL, or undefined if there is no such file.
 * @param name name for messages
 * @throws NetworkError
 */
export type HttpGetter = (address: URL, name: string, options: GetOptions) => Promise<Uint8Array | undefined>;

/** Statuses below 500 that are temporary. */
const MAY_PASS = [202, 408, 421, 425, 429];

/**
 * Creates a function that gets files from servers.
 *
 * Status 404 and 410 mean that there is no such file. Status 202, 408, 421, 425, 429 and 5xx, failed connections,
 * time-outs and truncated bodies are retried, with full jitter (M. Brooker, "Exponential Backoff And Jitter", 2015)
 * and not before the server's `Retry-After`. Any other status is an immediate error, and so is a redirect loop if the
 * platform reports it.
 * @throws ArgumentError for options out of range
 */
export function httpGetter(options: HttpOptions): HttpGetter {
  checkOptions(options, HTTP_OPTIONS);
  const { fetch: send = globalThis.fetch, timeout = 30_000, retries = 3 } = options;
  const headers = new Headers(options.headers);
  checkInteger('timeout', timeout, 1);
  checkInteger('retries', retries, 0);
  /** The last file that was read with `revalidate`, if its ETag identifies its content. */
  let copy: { readonly href: string; readonly etag: string; readonly bytes: Uint8Array } | undefined;

  return async (file, name, { signal, fresh, revalidate, maxBytes }) => {
    const url = file.origin + file.pathname;
    let retryAfter: string | null = null;
    let mayPass = true;

    async function attempt(count: number): Promise<Uint8Array | undefined> {
      const deadline = AbortSignal.timeout(Math.min(timeout, MAX_TIMEOUT));
      const fail = (reason: string, fields: ErrorOptions & ErrorFields) =>
        new NetworkError(`${name}: ${reason} (attempt ${count} of ${retries + 1})`, {
          reason,
          url,
          ...fields,
        });
      retryAfter = null;
      mayPass = true;
      let isAnswered = false;
      try {
        // Pages have a cache that revalidates by itself; a header of ours would cost them a preflight request.
        const known = revalidate && copy?.href === file.href && !globalThis.location ? copy : undefined;
        const response = await send(file, {
          headers: known ? [...headers, ['If-None-Match', known.etag]] : headers,
          ...(fresh && accepted(revalidate ? CONFIRMED : PAST_CACHES)),
          signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
        });
        isAnswered = true;
        const { status } = response;
        if (status === 200) {
          const bytes = await readBody(response, maxBytes);
          const etag = revalidate && etagOf(response.headers);
          if (etag) copy = { href: file.href, etag, bytes };
          return bytes;
        }
        discard(response.body);
        if (status === 304 && known) return known.bytes;
        if (status === 404 || status === 410) return undefined;
        mayPass = status >= 500 || MAY_PASS.includes(status);
        retryAfter = response.headers.get('Retry-After');
        throw fail(describe(status, url, retryAfter), { status });
      } catch (cause) {
        if (cause instanceof NetworkError) throw cause;
        const reason = deadline.aborted
          ? `no complete response within ${timeout} ms`
          : unreachable(cause, isAnswered ? '' : url);
        // No TLS, and redirect loops in the words of Node, Deno, Bun and Workers, which give no code. Each part has a
        // space, as no host or file has that a reason names.
        mayPass = !/redirect\w* |many redirects|use TLS:/.test(reason);
        throw fail(reason, { cause });
      }
    }

    for (let failed = 0; ; failed++) {
      signal?.throwIfAborted();
      try {
        return await attempt(failed + 1);
      } catch (error) {
        signal?.throwIfAborted();
        const delay = mayPass && failed < retries ? retryDelay(failed, retryAfter) : undefined;
        if (delay === undefined) throw error;
        await sleep(delay, signal);
      }
    }
  };
}

/**
 * Options that make `fetch` bypass caches, in order of preference: `reload` also replaces the file in a browser's cache.
 */
const PAST_CACHES: readonly RequestInit[] = [{ cache: 'reload' }, { cache: 'no-store' }, {}];
/** Options that make caches ask the origin whether their copy is current. */
const CONFIRMED: readonly RequestInit[] = [{ cache: 'no-cache' }, ...PAST_CACHES];

/**
 * The first options that a Request accepts. Cloudflare Workers reject some values of `cache`, or the option itself,
 * depending on the compatibility date.
 */
function accepted(preferred: readonly RequestInit[]): RequestInit {
  return preferred.find(init => {
    try {
      return new Request('http://localhost', init);
    } catch {
      return false;
    }
  })!;
}

/**
 * The ETag of a response, if no other content can have it. Servers that make it from the time in seconds and the size
 * give two contents of one second the same (RFC 9110, 8.8.2.2).
 */
function etagOf(headers: Headers): string | null {
  const age = Date.parse(headers.get('Date')!) - Date.parse(headers.get('Last-Modified')!);
  return age < 2000 ? null : headers.get('ETag');
}

/**
 * Milliseconds to wait before a retry; undefined if the server asks for more than 30 s, which is left to the caller.
 * @param retry 0 for the first
 * @param retryAfter the header: seconds or a date
 * @param random in [0, 1)
 * @param now milliseconds since 1970
 */
export function retryDelay(
  retry: number,
  retryAfter: string | null,
  random = Math.random(),
  now = Date.now(),
): number | undefined {
  const backoff = random * Math.min(MAX_BACKOFF, BACKOFF * 2 ** retry);
  const asked = retryAfter?.trim() ?? '';
  const wait = /^\d+$/.test(asked) ? Number(asked) * 1000 : Math.max(0, Date.parse(asked) - now);
  if (wait > MAX_RETRY_AFTER) return undefined;
  return (wait || 0) + backoff;
}

function describe(status: number, url: string, retryAfter: string | null): string {
  const hints: Record<number, string> = {
    400: url.startsWith('http:') ? '; ports of https send this to http' : '',
    403: '; some buckets send this for a missing file',
  };
  return `status ${status}${hints[status] ?? ''}${retryAfter ? `, Retry-After: ${retryAfter}` : ''}`;
}

/** Codes of Node if a server does not answer https with TLS, but with http, for example. */
const LACKS_TLS = /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)$/;
/** Codes of Node if a server closes the connection; without a response, it may expect TLS. */
const CLOSED = /^(UND_ERR_SOCKET|ECONNRESET)$/;

/**
 * Reason of a failed connection. Node's fetch has it in the cause; a browser's hides it, even for CORS.
 * @param url empty if there was a response
 */
function unreachable(cause: unknown, url: string): string {
  const { message, cause: inner } = cause instanceof Error ? cause : new Error(String(cause));
  if (!(inner instanceof Error)) return `${message}; no connection, or CORS not allowed by the server`;
  const { code = '' } = inner as { code?: string };
  if (LACKS_TLS.test(code)) return `the server does not use TLS: try http${url.slice(5)}`;
  const isPlain = url.startsWith('http:') && CLOSED.test(code);
  return `${message}, ${inner.message}${isPlain ? `; if the server expects https, try https${url.slice(4)}` : ''}`;
}

/** The body, or its beginning if it is longer than `maxBytes`. */
async function readBody(response: Response, maxBytes = Infinity): Promise<Uint8Array> {
  const reader = response.body?.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  while (reader && length <= maxBytes) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    length += value.length;
  }
  if (length > maxBytes) discard(reader);
  if (parts.length === 1) return parts[0]!;
  const body = new Uint8Array(length);
  let filled = 0;
  for (const part of parts) {
    body.set(part, filled);
    filled += part.length;
  }
  return body;
}

/** Frees the connection; errors are ignored. */
function discard(body: ReadableStream | ReadableStreamDefaultReader | null | undefined): void {
  body?.cancel().catch(() => {});
}
