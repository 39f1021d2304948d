/** Watches a set for new generations. */
import { ArgumentError } from './errors.ts';
import { sleep } from './fetch/sleep.ts';
import { checkOptions, type OptionNames, QUERY_OPTIONS } from './query/options.ts';
import type { QueryOptions } from './query/types.ts';

/** Options of `Tileset.watch`. `signal` ends the watch; `usage` counts its requests. */
export interface WatchOptions extends QueryOptions {
  /** Time between two requests in milliseconds; 60,000 by default. */
  readonly interval?: number | undefined;
  /**
   * Called with the error of a failed request; the next one follows after the interval. Without it, or if it throws,
   * the error ends the watch.
   */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Whether the watch keeps a Node process alive; true by default. */
  readonly persistent?: boolean | undefined;
}

/** A new generation of a set, and the one before. */
export interface GenerationChange<T> {
  readonly before: T;
  readonly after: T;
}

/** A set that can be watched: `refresh` returns the object itself if nothing has changed. */
interface Refreshable<T> {
  refresh(options: QueryOptions): Promise<T>;
}

const WATCH_OPTIONS: OptionNames<WatchOptions> = { ...QUERY_OPTIONS, interval: 1, onError: 1, persistent: 1 };

/** Yields each new state of a set after it has been seen. */
export async function* watchGenerations<T extends Refreshable<T>>(
  first: T,
  options: WatchOptions,
): AsyncGenerator<GenerationChange<T>, void, undefined> {
  checkOptions(options, WATCH_OPTIONS);
  const { interval = 60_000, onError, persistent, signal, usage } = options;
  if (!(interval >= 1 && interval < 2 ** 31)) {
    throw new ArgumentError(`interval is ${interval}: expected milliseconds from 1 to 2^31 - 1`, {
      found: interval,
    });
  }
  for (let before = first; ; ) {
    signal?.throwIfAborted();
    await sleep(interval, signal, persistent);
    let after: T;
    try {
      after = await before.refresh({ signal, usage });
    } catch (error) {
      signal?.throwIfAborted();
      if (!onError) throw error;
      onError(error);
      continue;
    }
    if (after !== before) yield { before, after };
    before = after;
  }
}
