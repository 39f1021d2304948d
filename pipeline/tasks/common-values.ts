/**
 * Finds values of facets that certainly more systems have than a rare value, before any row is written: `map` counts the
 * values of some of its records, `group` adds the counts up, and `cells` writes no rows of these values for the table
 * `rare`. The table is the same without that: `ranges` leaves out the rows of all common values.
 */
import { RARE_SYSTEMS } from '#format/btree/facet-schemas.ts';
import type { FacetRow } from '#format/facets/facet-extractor.ts';
import type { FacetValue } from '#format/facets/facet-value.ts';
import { listingOf } from '#format/facets/listing.ts';
import type { SetOptions } from '#format/index-json.ts';
import { engineExtractor, type ValueSource } from '#pipeline/engine/record-values.ts';

/** For each facet of a set: values, with numbers of records that have them. None for facets without rare rows. */
export type ValueCounts = readonly (readonly (readonly [FacetValue, number])[])[];

/** For each facet of a set: values that are certainly not rare. */
export type CommonValues = readonly (readonly FacetValue[])[];

/** Step between the records whose values are counted, in a large build. */
const MAX_STEP = 8;
/** Of the only split of a build, so many records are counted one by one. */
const FIRST_RECORDS = 16_384;
/** Maximum number of different values of a facet that are counted: the first ones. */
const MAX_VALUES = 4_096;
/** A value that fewer records have than one in this number is left out of the counts of a split. */
const LEAST_SHARE = 256;

/**
 * Whether the values of a record are counted: of a few splits, more records are.
 * @param position number of the record in its split
 * @param splits number of splits of the build
 */
export function isCounted(position: number, splits: number): boolean {
  const step = splits === 1 && position >= FIRST_RECORDS ? MAX_STEP : Math.min(MAX_STEP, splits);
  return position % step === 0;
}

/** Counts the facet values of records of a split. */
export class ValueSample {
  readonly #counts: readonly Map<FacetValue, number>[];
  readonly #extract: (system: ValueSource) => FacetRow;
  /** True if there are values to count. */
  readonly isNeeded: boolean;
  #counted = 0;

  constructor({ facets, listings }: Pick<SetOptions, 'facets' | 'listings'>) {
    this.#counts = facets.map(() => new Map());
    // A facet with a listing has no rows of rare values.
    const counted = facets.map(facet => (listingOf(facet, listings) ? { ...facet, paths: [] } : facet));
    this.isNeeded = counted.some(({ paths }) => paths.length > 0);
    this.#extract = engineExtractor(counted);
  }

  add(system: ValueSource): void {
    this.#counted++;
    this.#extract(system).forEach((values, facet) => {
      const counts = this.#counts[facet]!;
      for (const value of values) {
        const count = counts.get(value);
        if (count !== undefined || counts.size < MAX_VALUES) counts.set(value, (count ?? 0) + 1);
      }
    });
  }

  counts(): ValueCounts {
    return this.#counts.map(counts =>
      [...counts].filter(([, count]) => count * LEAST_SHARE >= this.#counted),
    );
  }
}

/**
 * Returns the values that too many systems have to be rare.
 * @param counts of all splits
 * @param dropped number of records that are not in the set
 */
export function commonValues(counts: readonly ValueCounts[], dropped: number): CommonValues {
  return (counts[0] ?? []).map((_, facet) => {
    const sums = new Map<FacetValue, number>();
    for (const [value, count] of counts.flatMap(own => own[facet]!))
      sums.set(value, (sums.get(value) ?? 0) + count);
    return [...sums].filter(([, count]) => count - dropped > RARE_SYSTEMS).map(([value]) => value);
  });
}
