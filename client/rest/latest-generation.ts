import { checkOptions, type OptionNames } from '#client/query/options.ts';
import { checkNumber } from '#client/query/validate.ts';
import type { Tileset } from '#client/tileset.ts';

/** Options of `latestGeneration`. */
export interface LatestOptions {
  /** Milliseconds that a generation counts as live without a request for `index.json`; 60,000 by default. */
  readonly maxAge?: number | undefined;
}

const LATEST_OPTIONS: OptionNames<LatestOptions> = { maxAge: 1 };

/**
 * Returns a function that returns the live generation of a set, for servers that answer from it: it opens the set at the
 * first call, and refreshes it in calls that come at least `maxAge` after the last refresh. It sets no timer, so that it
 * works where code runs only during requests. If a refresh fails, the generation before stays.
 *
 * Each call that comes before the set is open opens it, because on edge workers no request may wait for another one. All
 * get the tileset that was there first, with one cache.
 * @param open opens the set; called again after a failure
 * @throws ArgumentError; the returned function with the errors of `open`
 */
export function latestGeneration(
  open: () => Promise<Tileset>,
  options: LatestOptions = {},
): () => Promise<Tileset> {
  checkOptions(options, LATEST_OPTIONS);
  const { maxAge = 60_000 } = options;
  checkNumber('maxAge', maxAge, 0);
  let current: { readonly tileset: Tileset; readonly time: number } | undefined;
  return async () => {
    const time = Date.now();
    if (!current) {
      const tileset = await open();
      current ??= { tileset, time };
    } else if (Math.abs(time - current.time) >= maxAge) {
      const { tileset } = current;
      // Until it is there, other requests are answered from the generation before.
      const begun = { tileset, time };
      current = begun;
      const live = await tileset.refresh().catch(() => tileset);
      // A refresh that began later is newer, also if it has ended sooner.
      if (current === begun) current = { tileset: live, time };
    }
    return current.tileset;
  };
}
