import type { IncomingMessage } from 'node:http';

const HEADER = 'x-test-request';

/**
 * Lets a server answer in rounds: all requests that a client sends before it needs an answer are answered together.
 * Nothing is timed. The client is in this process and works in one thread, so that its requests can be followed: a
 * round is over when each of them has come and the client has taken all answers before.
 */
export class Rounds {
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
