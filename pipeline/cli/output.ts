import type { Writable } from 'node:stream';

/** Whoever reads the output has had enough, as `head` does: no failure. */
export class ReaderGoneError extends Error {
  override name = 'ReaderGoneError';
}

const PENDING_CHARS = 32_768;

/** Standard output: what is written leaves soon, in larger pieces, no faster than it is read. */
export class Output {
  readonly #stream: Writable;
  #pending = '';
  #scheduled = false;
  #failure: Error | undefined;

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.#failure ??=
        error.code === 'EPIPE' ? new ReaderGoneError('the output was closed', { cause: error }) : error;
    });
  }

  /**
   * @throws ReaderGoneError where nobody reads any more, else what the stream fails with
   */
  async write(text: string): Promise<void> {
    if (this.#failure) throw this.#failure;
    this.#pending += text;
    if (this.#pending.length >= PENDING_CHARS) await this.flush();
    else if (!this.#scheduled) {
      // Before the next wait for a file or a server, so that nobody waits for a full piece.
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.flush().catch(() => {});
      });
    }
  }

  /** Waits until all that was written has left. @throws as `write` does */
  async flush(): Promise<void> {
    const text = this.#pending;
    this.#pending = '';
    await new Promise<void>(resolve => {
      this.#stream.write(text, () => resolve());
    });
    if (this.#failure) throw this.#failure;
  }
}
