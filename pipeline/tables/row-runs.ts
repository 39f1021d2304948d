/** The runs of rows, and how their files are packed. */
import type { Engine } from '#pipeline/engine/engine-module.ts';
import { entrySort } from '#pipeline/spill/engine-sort.ts';
import { type RunOptions, sumEqualKeys } from '#pipeline/spill/key-runs.ts';
import type { SelectEntries } from '#pipeline/spill/sort-entries.ts';
import { firstOfValues, firstOfWords } from './first-rows.ts';

/**
 * `listings` has totals by listed value, `listed` the systems of each. `facets` has totals by the values of facets,
 * `rare` all systems of each value that may be rare, `common` the first systems of each value, `common-rows` those that
 * become rows. `values` has systems by the values of searched fields, and `words` names from their words on: of each
 * task those that can become rows, which `value-rows` and `word-rows` have. `value-counts` has the numbers of systems.
 */
export type RunName =
  | 'names'
  | 'folded'
  | 'ids'
  | 'listings'
  | 'listed'
  | 'ordered'
  | 'facets'
  | 'rare'
  | 'common'
  | 'common-rows'
  | 'facet-grams'
  | 'results'
  | 'values'
  | 'value-counts'
  | 'value-rows'
  | 'words'
  | 'word-rows'
  | 'grams';

const SELECT: Partial<Record<RunName, SelectEntries>> = {
  ...{ facets: sumEqualKeys, 'value-counts': sumEqualKeys },
  ...{ values: firstOfValues, words: firstOfWords },
};

/** How the file of a run is packed. */
export function runOptions(run: RunName, engine: Engine): RunOptions {
  return { select: SELECT[run], sort: entrySort(engine) };
}
