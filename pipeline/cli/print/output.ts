import type { Writable } from 'node:stream';
import { ReaderGoneError } from '#pipeline/errors.ts';
import { storeError } from '#pipeline/store/system-error.ts';

const PENDING_CHARS = 32_768;

/** A stream that can be a terminal of `columns` characters. */
export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** Buffered standard output: flushes before each wait, in large pieces, no faster than the reader reads. */
export class Output {
  readonly stream: OutputStream;
  #pending = '';
  #scheduled = false;
  #failure: unknown;

  constructor(stream: OutputStream) {
    this.stream = stream;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.#failure ??=
        error.code === 'EPIPE'
          ? new ReaderGoneError('the output was closed', { cause: error })
          : storeError('cannot write', 'standard output', error);
    });
  }

  /** True for a terminal. */
  get isTTY(): boolean {
    return this.stream.isTTY === true;
  }

  /** Width of the terminal in characters; undefined if the output is not a terminal. */
  get columns(): number | undefined {
    return this.isTTY ? this.stream.columns || 80 : undefined;
  }

  /** @throws ReaderGoneError if the reader closed the stream; otherwise the error of the stream */
  async write(text: string): Promise<void> {
    if (this.#failure) throw this.#failure;
    this.#pending += text;
    if (this.#pending.length >= PENDING_CHARS) await this.flush();
    else if (!this.#scheduled) {
      // Flush before the next wait for a file or a server: the reader does not wait for a full piece.
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.flush().catch(() => {});
      });
    }
  }

  /** Waits until all output is written. @throws as `write` does */
  async flush(): Promise<void> {
    const text = this.#pending;
    this.#pending = '';
    await new Promise<void>(resolve => {
      this.stream.write(text, () => resolve());
    });
    if (this.#failure) throw this.#failure;
  }
}
