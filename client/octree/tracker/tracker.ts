/** The common part of the trackers of pieces and of rows. */
import { ArgumentError } from '#client/errors.ts';
import type { Files } from '#client/fetch/files.ts';
import type { OptionNames } from '#client/query/options.ts';
import type { FilterOptions, QueryOptions } from '#client/query/types.ts';
import { checkInteger } from '#client/query/validate.ts';
import type { SetIndex } from '#format/index-json.ts';
import { Feed } from './feed.ts';
import { HeldTree } from './held-tree.ts';
import { type CoreOptions, TrackerCore, type TrackerStatus } from './tracker-core.ts';

/** Options of both kinds of tracker. `signal` ends the tracker; `usage` counts its requests, but no round trips. */
export interface TrackerOptions extends QueryOptions, FilterOptions {
  /** Maximum memory of the pieces that are shown, in bytes; 128 MiB by default. It adds to the cache of the tileset. */
  readonly maxBytes?: number | undefined;
  /** Whether files that the motion will need are read ahead, after all others; true by default. */
  readonly prefetch?: boolean | undefined;
  /** Maximum number of files that are read at once; 16 by default. */
  readonly concurrency?: number | undefined;
  /**
   * Called with the error of a file that cannot be read. The tracker goes on without it, and asks for it again 5 s later,
   * if it is still needed at an update then. Without it, or if it throws, the error ends the iteration.
   */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** The names of the options that both kinds have. */
export const TRACKER_OPTIONS: OptionNames<TrackerOptions> = {
  ...{ signal: 1, usage: 1, where: 1, fold: 1 },
  ...{ maxBytes: 1, prefetch: 1, concurrency: 1, onError: 1 },
};

const MIB = 1 << 20;

/** The set that a tracker reads. */
export interface TrackedSet {
  readonly files: Files;
  readonly index: SetIndex;
}

/** The properties of one kind of tracker. */
export interface TrackerKind<State, Change>
  extends Pick<CoreOptions, 'radius' | 'limit' | 'spacing' | 'hysteresis'> {
  /** Maximum number of rows that are shown. */
  readonly rows: number;
  readonly facets: boolean;
  start(): State;
  /** As in `FeedOptions`. */
  next(core: TrackerCore, state: State): Change | undefined;
}

/** A tracker: it follows a viewer, and each loop over it gets all changes since its last one together. */
export interface Tracker<Change> extends AsyncIterable<Change> {
  readonly status: TrackerStatus;
  /**
   * Resolves when all that the last update wants is shown, except files that failed, and all loops have handled it.
   * @throws the error that ended the tracker
   */
  settled(): Promise<void>;
  /** Asks at once for files that failed. */
  retry(): void;
  /** Ends all loops, and aborts reads. */
  close(): void;
}

/** The common implementation of trackers. */
export abstract class Tracking<State, Change> implements Tracker<Change> {
  protected readonly core: TrackerCore;
  readonly #feed: Feed<State, Change>;
  readonly #signal: AbortSignal | undefined;
  readonly #abort = () => this.#end({ error: this.#signal?.reason });

  constructor(
    { files, index }: TrackedSet,
    options: TrackerOptions,
    { facets, rows, start, next, ...view }: TrackerKind<State, Change>,
  ) {
    const { maxBytes = 128 * MIB, prefetch = true, concurrency = 16 } = options;
    const { where, fold, signal, usage, onError } = options;
    checkInteger('maxBytes', maxBytes, 1);
    checkInteger('concurrency', concurrency, 1);
    this.core = new TrackerCore({
      ...view,
      budget: { rows, bytes: maxBytes },
      hasPrefetch: prefetch,
      concurrency,
      usage,
      open: ({ pixelsPerRadian }, query) =>
        HeldTree.open(
          files,
          index,
          { where, fold, facets, hasSamples: pixelsPerRadian !== undefined },
          query,
        ),
      onChange: () => this.#feed.notify(),
      onError: error => {
        try {
          if (!onError) throw error;
          onError(error);
        } catch (error) {
          this.#end({ error });
        }
        this.#feed.notify();
      },
    });
    this.#feed = new Feed({
      start,
      next: state => next(this.core, state),
      isSettled: () => this.core.isSettled,
    });
    this.#signal = signal;
    if (signal?.aborted) this.#abort();
    else signal?.addEventListener('abort', this.#abort);
  }

  get status(): TrackerStatus {
    return this.core.status;
  }

  settled(): Promise<void> {
    return this.#feed.settled();
  }

  retry(): void {
    this.core.retry();
  }

  close(): void {
    this.#end({});
  }

  [Symbol.asyncIterator](): AsyncGenerator<Change, void, undefined> {
    return this.#feed.changes();
  }

  /** Tells the loops to look for changes. */
  protected notify(): void {
    this.#feed.notify();
  }

  #end(end: { readonly error?: unknown }): void {
    this.#signal?.removeEventListener('abort', this.#abort);
    this.core.close();
    this.#feed.end(end);
  }
}

/** @throws ArgumentError unless an option is in its range */
export function checkRange(option: string, value: number, isInRange: boolean, range: string): void {
  if (typeof value !== 'number' || !isInRange)
    throw new ArgumentError(`${option} is ${value}; give ${range}`, { found: value });
}
