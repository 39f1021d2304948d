/** The fold of a set, read when a string needs it. */
import type { QueryOptions } from '#client/query/types.ts';
import type { Fold } from '#format/fold/fold.ts';

const ASCII = /^[\0-\x7f]*$/;

/**
 * Folds strings of ASCII without a request: in every set their fold is their lower case. Before other strings are folded,
 * `ready` must have been awaited with them.
 */
export interface LazyFold extends Fold {
  /** Reads the fold of the set if one of the strings is not ASCII: at most one request for each query. */
  ready(texts: readonly string[], options: QueryOptions): Promise<void>;
}

/** @param read reads the fold of the set */
export function lazyFold(read: (options: QueryOptions) => Promise<Fold>): LazyFold {
  let reading: Promise<Fold> | undefined;
  let whole: Fold | undefined;
  const folding = (text: string): Fold => {
    if (whole) return whole;
    if (!ASCII.test(text)) throw new Error(`"${text}" is folded before the fold of the set is read`);
    return LOWER;
  };
  return Object.assign((text: string) => folding(text)(text), {
    search: (text: string) => folding(text).search(text),
    async ready(texts: readonly string[], options: QueryOptions): Promise<void> {
      if (whole || texts.every(text => ASCII.test(text))) return;
      reading ??= read(options);
      whole = await reading;
    },
  });
}

const lower = (text: string) => text.toLowerCase();
const LOWER: Fold = Object.assign(lower, { search: lower });
