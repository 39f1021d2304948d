/** Counts the values of facets, and collects the systems of values that few systems have. */
import { mayBeRare, RARE_SYSTEMS } from '#format/btree/facet-schemas.ts';
import { type FacetValue, valueKey } from '#format/facets/facet-value.ts';
import { type Entries, endAt, HEADER, keyEndAt } from '#pipeline/spill/entries.ts';
import { keySpace } from '#pipeline/spill/key-bytes.ts';

/** Approximate memory of a value. */
const VALUE_BYTES = 200;

interface ValueTally {
  systems: number;
  /** Number of systems for which `isHeavy` is true. */
  heavy: number;
  /** Offsets of the systems in the entries of names; undefined if the value is not rare. */
  starts: number[] | undefined;
}

interface TalliedFacet {
  readonly field: string;
  /** Whether its rare values have rows. */
  readonly hasRare: boolean;
  /** Values that certainly are not rare. */
  readonly common: ReadonlySet<FacetValue>;
}

export class FacetTallies {
  readonly #fields: readonly TalliedFacet[];
  readonly #tallies: readonly Map<FacetValue, ValueTally>[];
  /** Approximate bytes in memory, with the entries that `take` adds. */
  bytes = 0;

  constructor(fields: readonly TalliedFacet[]) {
    this.#fields = fields;
    this.#tallies = fields.map(() => new Map());
  }

  /**
   * Counts the values of a system.
   * @param start offset of the system in the entries of names
   * @param bytes its bytes there
   * @param isHeavy whether its values are not rare because of it
   */
  add(values: readonly (readonly FacetValue[])[], start: number, bytes: number, isHeavy: boolean): void {
    this.#tallies.forEach((tallies, field) => {
      for (const value of values[field]!) {
        let tally = tallies.get(value);
        if (!tally) {
          const { hasRare, common } = this.#fields[field]!;
          const isCandidate = hasRare && !common.has(value) && mayBeRare(value);
          tally = { systems: 0, heavy: 0, starts: isCandidate ? [] : undefined };
          tallies.set(value, tally);
          this.bytes += VALUE_BYTES;
        }
        tally.systems++;
        if (isHeavy) tally.heavy++;
        if (!tally.starts) continue;
        if (tally.starts.length < RARE_SYSTEMS && !isHeavy) {
          tally.starts.push(start);
          this.bytes += bytes;
        } else {
          this.bytes -= bytes * tally.starts.length;
          tally.starts = undefined;
        }
      }
    });
    if (this.bytes < 0) this.bytes = 0;
  }

  /** Moves the counts and the systems to entries of runs. */
  take(names: Entries, facets: Entries, rare: Entries, fold: (text: string) => string): void {
    this.#tallies.forEach((tallies, i) => {
      const { field } = this.#fields[i]!;
      for (const [value, { systems, heavy, starts }] of tallies) {
        const key = valueKey(value);
        facets.add([field, fold(String(value)), key], [systems, heavy]);
        for (const start of starts ?? []) {
          const { arena } = names;
          const [keyEnd, end] = [keyEndAt(arena, start), endAt(arena, start)];
          rare.begin(keySpace(field) + keySpace(key) + end - start);
          rare
            .keyText(field)
            .keyText(key)
            .raw(arena, start + HEADER, keyEnd)
            .endKey();
          rare.raw(arena, keyEnd, end).end();
        }
      }
      tallies.clear();
    });
    this.bytes = 0;
  }
}
