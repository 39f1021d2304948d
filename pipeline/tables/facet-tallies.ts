/** Counts the values of facets, and finds the systems of values that few systems have, or the first ones of others. */
import { COMMON_ROWS, mayBeRare, RARE_SYSTEMS } from '#format/btree/facet-schemas.ts';
import type { FacetRow } from '#format/facets/facet-extractor.ts';
import type { FacetValue } from '#format/facets/facet-value.ts';
import { type Entries, Offsets } from '#pipeline/spill/entries.ts';
import { sortEntries } from '#pipeline/spill/sort-entries.ts';

/** Approximate memory of a value, and of a value of a system. */
const TALLY_BYTES = 200;
const VALUE_BYTES = 8;

interface ValueTally {
  readonly field: string;
  readonly value: FacetValue;
  /** Whether it can have rows in `rare` or `common`. */
  readonly hasRows: boolean;
  systems: number;
  /** Number of systems for which `isHeavy` is true. */
  heavy: number;
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
  /** By field: the index of each value in `#tallies`. */
  readonly #indices: readonly Map<FacetValue, number>[];
  #tallies: ValueTally[] = [];
  /** Indices of the values with rows of all systems, and where those of each system end. */
  readonly #values = new Offsets();
  readonly #ends = new Offsets();
  /** Approximate bytes in memory, with the entries that `take` leads to. */
  bytes = 0;

  constructor(fields: readonly TalliedFacet[]) {
    this.#fields = fields;
    this.#indices = fields.map(() => new Map());
  }

  /**
   * Counts the values of a system.
   * @param values its values of each field
   * @param bytes bytes of its entry of names
   * @param isHeavy whether its values are not rare because of it
   */
  add(values: FacetRow, bytes: number, isHeavy: boolean): void {
    for (let field = 0; field < values.length; field++) {
      const indices = this.#indices[field]!;
      const own = values[field]!;
      for (let i = 0; i < own.length; i++) {
        const index = indices.get(own[i]!) ?? this.#open(field, own[i]!);
        const tally = this.#tallies[index]!;
        tally.systems++;
        if (isHeavy) {
          tally.heavy++;
          tally.isCommon = true;
        } else if (tally.hasRows) {
          this.#values.push(index);
          this.bytes += VALUE_BYTES;
          this.#countRow(tally, bytes);
        }
      }
    }
    this.#ends.push(this.#values.length);
  }

  #open(field: number, value: FacetValue): number {
    const { field: name, hasRows, common } = this.#fields[field]!;
    const index = this.#tallies.length;
    this.#tallies.push({
      ...{ field: name, value, hasRows: hasRows && mayBeRare(value) },
      ...{ systems: 0, heavy: 0, isCommon: common.has(value) },
    });
    this.#indices[field]!.set(value, index);
    this.bytes += TALLY_BYTES;
    return index;
  }

  #countRow(tally: ValueTally, bytes: number): void {
    const rows = tally.systems - tally.heavy;
    if (rows <= (tally.isCommon ? COMMON_ROWS : RARE_SYSTEMS)) this.bytes += bytes;
    else if (!tally.isCommon) {
      tally.isCommon = true;
      this.bytes = Math.max(0, this.bytes - bytes * (RARE_SYSTEMS - COMMON_ROWS));
    }
  }

  /**
   * Yields all values and forgets them.
   * @param names entries of the systems in the order in which they were added
   */
  *take({ arena, starts }: Entries): Generator<TalliedValue, void, undefined> {
    const found: number[][] = this.#tallies.map(() => []);
    /** Number of rows that a value can still have. */
    const room = Uint32Array.from(this.#tallies, ({ isCommon, systems }) =>
      isCommon ? COMMON_ROWS : systems,
    );
    const order = sortEntries(arena, starts);
    for (let i = 0; i < order.length; i++) {
      const start = order[i]!;
      const system = numberOf(starts, start);
      const end = this.#ends.at(system);
      for (let at = system === 0 ? 0 : this.#ends.at(system - 1); at < end; at++) {
        const index = this.#values.at(at);
        if (room[index] === 0) continue;
        room[index]!--;
        found[index]!.push(start);
      }
    }
    for (const [i, { field, value, systems, heavy, isCommon }] of this.#tallies.entries()) {
      const own = found[i]!;
      yield {
        ...{ field, value, systems, heavy },
        ...{ starts: isCommon ? [] : own, first: own.slice(0, COMMON_ROWS) },
      };
    }
    this.#tallies = [];
    this.#values.release();
    this.#ends.release();
    for (const indices of this.#indices) indices.clear();
    this.bytes = 0;
  }
}

/** The number of the entry at `start`: a binary search. */
function numberOf(starts: Uint32Array, start: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (starts[middle]! < start) low = middle + 1;
    else high = middle;
  }
  return low;
}
