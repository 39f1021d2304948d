/**
 * Listings by value: a directory of all values, a table for each large value, and one table for the systems of all
 * others.
 *
 * A value is large if its rows do not fit in one page. Then it has a separate table, so that its pages are found
 * without a search, and an edit affects no other value.
 */

import { SHARDS, shardSchema } from '#format/btree/listing-schemas.ts';
import { leafWeight, rowWeight } from '#format/btree/page.ts';
import { type FacetValue, valueKey } from '#format/facets/facet-value.ts';
import { noBounds, type OpenBounds, widen } from '#format/geometry/bounds.ts';
import { type Bounds, unionBounds } from '#format/geometry/cell.ts';
import type { SystemRow } from '#format/system-row.ts';
import { type Entries, keyAt, keyEndAt } from '#pipeline/spill/entries.ts';

/** Totals of a value, for all or some of its systems. */
export interface ListingTotal {
  readonly field: string;
  /** `valueKey` of the value. */
  readonly key: string;
  readonly systems: number;
  readonly weight: number;
  readonly bounds: Bounds;
}

/** True if a value has a separate table. */
export function isLargeValue({ systems, weight }: Pick<ListingTotal, 'systems' | 'weight'>): boolean {
  return systems > 1 && weight > leafWeight(SHARDS);
}

/** Approximate memory of the totals of a value. */
const TALLY_BYTES = 400;

interface Tally {
  /** `valueKey` of the value. */
  readonly key: string;
  systems: number;
  weight: number;
  readonly bounds: OpenBounds;
}

/** Sums up the systems of values. */
export class ListingTallies {
  /** By field, then by value. */
  readonly #tallies = new Map<string, Map<FacetValue, Tally>>();
  /** Approximate bytes in memory. */
  bytes = 0;

  /** Adds a system with a value; returns the key of the value. */
  add(field: string, value: FacetValue, row: SystemRow): string {
    let own = this.#tallies.get(field);
    if (!own) {
      own = new Map();
      this.#tallies.set(field, own);
    }
    let tally = own.get(value);
    if (!tally) {
      tally = { key: valueKey(value), systems: 0, weight: 0, bounds: noBounds() };
      own.set(value, tally);
      this.bytes += TALLY_BYTES + 2 * tally.key.length;
    }
    tally.systems++;
    tally.weight += rowWeight(row, shardSchema(field));
    widen(tally.bounds, row.x, row.y, row.z);
    return tally.key;
  }

  /** Moves the totals to entries of a run. */
  take(entries: Entries): void {
    for (const [field, tallies] of this.#tallies)
      for (const { key, systems, weight, bounds } of tallies.values())
        entries.add([field, key], [systems, weight, ...bounds.min, ...bounds.max]);
    this.#tallies.clear();
    this.bytes = 0;
  }
}

/** Sums up sorted entries by value. */
export function* listingTotals(arena: Buffer, order: Uint32Array): Generator<ListingTotal, void, undefined> {
  let total: ListingTotal | undefined;
  for (const start of order) {
    const next = totalAt(arena, start);
    if (total?.field === next.field && total.key === next.key) total = sumOf(total, next);
    else {
      if (total) yield total;
      total = next;
    }
  }
  if (total) yield total;
}

function totalAt(arena: Buffer, start: number): ListingTotal {
  const [field, key] = keyAt(arena, start) as [string, string];
  const at = keyEndAt(arena, start);
  const number = (i: number) => arena.readDoubleLE(at + 8 * i);
  return {
    ...{ field, key, systems: number(0), weight: number(1) },
    bounds: { min: [number(2), number(3), number(4)], max: [number(5), number(6), number(7)] },
  };
}

function sumOf(a: ListingTotal, b: ListingTotal): ListingTotal {
  return {
    ...{ field: a.field, key: a.key, systems: a.systems + b.systems, weight: a.weight + b.weight },
    bounds: unionBounds(a.bounds, b.bounds),
  };
}
