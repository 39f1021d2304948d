const MOST_GROWTH = 1 << 24;

/** First bytes in memory: a small input needs no more. */
const FIRST_BYTES = 1 << 14;

/**
 * A section of a byte stream in memory: `view` has the bytes from offset `base` on; `pos` is the first byte still
 * needed.
 */
export class Window {
  view: Buffer;
  /** Offset of `view[0]` in the stream. */
  base = 0;
  /** Index in `view` of the first byte still needed; set by the reader. */
  pos = 0;
  /** The stream has no bytes after `view`. */
  ended = false;
  readonly #size: number;
  readonly #chunks: AsyncIterator<Buffer>;
  #store: Buffer;
  #rest: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Buffer>, size: number) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#size = size;
    this.#store = Buffer.alloc(0);
    this.view = this.#store;
  }

  /**
   * Drops the bytes before `pos` and reads at least one more, unless the stream ends. Earlier views become invalid.
   */
  async fill(): Promise<void> {
    const dropped = this.pos;
    const kept = this.view.length - dropped;
    const wanted =
      kept <= this.#size / 2
        ? Math.min(this.#size, Math.max(FIRST_BYTES, 4 * this.#store.length))
        : kept + Math.min(kept, MOST_GROWTH);
    const store = wanted === this.#store.length ? this.#store : Buffer.allocUnsafeSlow(wanted);
    this.view.copy(store, 0, dropped);
    this.#store = store;
    this.base += dropped;
    this.pos = 0;
    let end = kept;
    while (end < store.length) {
      if (this.#rest.length === 0) {
        const next = await this.#chunks.next();
        if (next.done) {
          this.ended = true;
          break;
        }
        this.#rest = next.value;
      }
      const copied = this.#rest.copy(store, end);
      this.#rest = this.#rest.subarray(copied);
      end += copied;
    }
    this.view = store.subarray(0, end);
  }

  /** Closes the stream. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}
