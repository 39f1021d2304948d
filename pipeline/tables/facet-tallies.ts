/** Counts the values of facets, and collects the systems of values that few systems have, or the first ones of others. */
import { COMMON_ROWS, mayBeRare, RARE_SYSTEMS } from '#format/btree/facet-schemas.ts';
import type { FacetValue } from '#format/facets/facet-value.ts';
import { compareKeys, type Entries } from '#pipeline/spill/entries.ts';

/** Approximate memory of a value. */
const VALUE_BYTES = 200;

interface ValueTally {
  systems: number;
  /** Number of systems for which `isHeavy` is true. */
  heavy: number;
  /** Offsets of systems in the entries of names: all of them, or those among which the first ones are. */
  starts: number[];
  /** Whether the value is not rare: it has a heavy system or too many others. */
  isCommon: boolean;
}

/** A value, and systems that have it. */
export interface TalliedValue {
  readonly field: string;
  readonly value: FacetValue;
  readonly systems: number;
  readonly heavy: number;
  /** Offsets of all systems in the entries of names, if the value may be rare. */
  readonly starts: readonly number[];
  /** Offsets of the first systems by (name, id) that are not heavy, if the value can have rows. */
  readonly first: readonly number[];
}

interface TalliedFacet {
  readonly field: string;
  /** Whether its values have rows in `rare` or `common`. */
  readonly hasRows: boolean;
  /** Values that certainly are not rare. */
  readonly common: ReadonlySet<FacetValue>;
}

export class FacetTallies {
  readonly #fields: readonly TalliedFacet[];
  readonly #tallies: readonly Map<FacetValue, ValueTally>[];
  /** Approximate bytes in memory, with the entries that `take` leads to. */
  bytes = 0;

  constructor(fields: readonly TalliedFacet[]) {
    this.#fields = fields;
    this.#tallies = fields.map(() => new Map());
  }

  /**
   * Counts the values of a system.
   * @param names entries whose last is the system
   * @param start offset of the system there
   * @param bytes its bytes there
   * @param isHeavy whether its values are not rare because of it
   */
  add(
    values: readonly (readonly FacetValue[])[],
    names: Entries,
    start: number,
    bytes: number,
    isHeavy: boolean,
  ): void {
    this.#tallies.forEach((tallies, field) => {
      const { hasRows, common } = this.#fields[field]!;
      for (const value of values[field]!) {
        let tally = tallies.get(value);
        if (!tally) {
          tally = { systems: 0, heavy: 0, starts: [], isCommon: common.has(value) };
          tallies.set(value, tally);
          this.bytes += VALUE_BYTES;
        }
        tally.systems++;
        if (isHeavy) tally.heavy++;
        if (!hasRows || !mayBeRare(value)) continue;
        if (isHeavy) tally.isCommon = true;
        else {
          tally.starts.push(start);
          this.bytes += bytes;
        }
        if (tally.starts.length > (tally.isCommon ? 2 * COMMON_ROWS : RARE_SYSTEMS)) {
          tally.isCommon = true;
          this.bytes = Math.max(0, this.bytes - bytes * (tally.starts.length - COMMON_ROWS));
          tally.starts = firstSystems(names, tally.starts);
        }
      }
    });
  }

  /** Yields all values and forgets them. */
  *take(names: Entries): Generator<TalliedValue, void, undefined> {
    for (const [i, tallies] of this.#tallies.entries()) {
      const { field } = this.#fields[i]!;
      for (const [value, { systems, heavy, starts, isCommon }] of tallies) {
        const first = firstSystems(names, starts);
        yield { field, value, systems, heavy, starts: isCommon ? [] : starts, first };
      }
      tallies.clear();
    }
    this.bytes = 0;
  }
}

function firstSystems({ arena }: Entries, starts: readonly number[]): number[] {
  return starts.toSorted((a, b) => compareKeys(arena, a, arena, b)).slice(0, COMMON_ROWS);
}
