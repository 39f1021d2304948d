import { Turns } from './turns.ts';

/** Bytes that a thread reads or writes itself, at most. */
const SMALL = 1 << 20;
/** A quick disk takes at most so many milliseconds for them. */
const QUICK_MS = 4;
/** Slow calls in a row that make a slow disk: on a busy machine, any single call may be slow. */
const SLOW_CALLS = 3;
/** Calls that are left to the pool then. After them a single one shows whether the disk still is slow. */
const POOLED_CALLS = 64;

/**
 * Decides which thread calls the file system. While the disk is quick, the thread that needs a call makes it: to hand it
 * to a thread of Node's pool takes several times its CPU. With a slow disk, such as a network mount, and for many
 * bytes, the pool makes it, and many at once. The event loop gets turns between the calls.
 */
export class DiskPace {
  readonly #turns = new Turns(undefined);
  #slow = 0;
  #pooled = 0;

  /**
   * Makes a call in one of two ways.
   * @param bytes that it reads or writes
   */
  async call<T>(bytes: number, here: () => T, pooled: () => Promise<T>): Promise<T> {
    if (bytes > SMALL) return pooled();
    if (this.#pooled > 0) {
      this.#pooled--;
      return pooled();
    }
    const start = performance.now();
    const result = here();
    this.#slow = performance.now() - start > QUICK_MS ? Math.min(this.#slow + 1, SLOW_CALLS) : 0;
    if (this.#slow === SLOW_CALLS) this.#pooled = POOLED_CALLS;
    if (this.#turns.areDue) await this.#turns.take();
    return result;
  }
}
