import type { Writable } from 'node:stream';
import { ReaderGoneError } from '../errors.ts';
import { storeError } from '../store/system-error.ts';

const PENDING_CHARS = 32_768;

/** A stream that can be a terminal of `columns` characters. */
export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** Standard output: writes soon, in large pieces, no faster than the reader reads. */
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

  /** Characters in a line of the terminal; undefined elsewhere. */
  get columns(): number | undefined {
    return this.isTTY ? this.stream.columns || 80 : undefined;
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
      this.stream.write(text, () => resolve());
    });
    if (this.#failure) throw this.#failure;
  }
}
