/**
 * Regions: a directory of all regions, a table for each large region, and one table for the systems of all others.
 *
 * A region is large if its rows do not fit in one page. Then it has a separate table, so that its pages are found
 * without a search, and an edit affects no other region.
 */

import { MEMBERS } from '#format/btree/name-schemas.ts';
import { keyWeight, LEAF_WEIGHT } from '#format/btree/page.ts';
import { type Bounds, unionBounds } from '#format/geometry/cell.ts';
import type { SystemRow } from '#format/system-row.ts';
import { keyAt, keyEndAt } from '#pipeline/spill/entries.ts';

/** Totals of a region, for all or some of its systems. */
export interface RegionTotal {
  readonly region: string;
  readonly systems: number;
  readonly weight: number;
  readonly bounds: Bounds;
}

/** The weight that a system adds to its region. */
export function memberWeight(row: SystemRow): number {
  return keyWeight([row.name, row.id]) + MEMBERS.weight(row);
}

/** True if a region has a separate table. */
export function isLargeRegion({ systems, weight }: RegionTotal): boolean {
  return systems > 1 && weight > LEAF_WEIGHT;
}

/** Sums up sorted entries by region. */
export function* regionTotals(
  arena: Buffer,
  order: readonly number[],
): Generator<RegionTotal, void, undefined> {
  let total: RegionTotal | undefined;
  for (const start of order) {
    const next = totalAt(arena, start);
    if (total?.region === next.region) total = sumOf(total, next);
    else {
      if (total) yield total;
      total = next;
    }
  }
  if (total) yield total;
}

function totalAt(arena: Buffer, start: number): RegionTotal {
  const [region] = keyAt(arena, start) as [string];
  const at = keyEndAt(arena, start);
  const number = (i: number) => arena.readDoubleLE(at + 8 * i);
  return {
    ...{ region, systems: number(0), weight: number(1) },
    bounds: { min: [number(2), number(3), number(4)], max: [number(5), number(6), number(7)] },
  };
}

function sumOf(a: RegionTotal, b: RegionTotal): RegionTotal {
  return {
    ...{ region: a.region, systems: a.systems + b.systems, weight: a.weight + b.weight },
    bounds: unionBounds(a.bounds, b.bounds),
  };
}
