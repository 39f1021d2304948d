/** Order of rows in the octree, and the ranges of its nodes in it. */
import { boundsOfColumns, isOnePoint, type PositionColumns } from '#format/geometry/bounds.ts';
import { type Bounds, boundsHold, cellOf, octantOf } from '#format/geometry/cell.ts';

/**
 * Sorts rows such that those of any cell of the octree are consecutive: octant after octant of the smallest cell that
 * holds them, down to single positions.
 * @param rows indices of the rows to sort, in place
 */
export function sortInTreeOrder(rows: Uint32Array, positions: PositionColumns): void {
  const { x, y, z } = positions;
  const left: [start: number, end: number][] = [[0, rows.length]];
  const octants = new Uint8Array(rows.length);
  const sorted = new Uint32Array(rows.length);
  // Every step splits a range in two at least, so there are fewer steps than rows.
  for (let range = left.pop(); range; range = left.pop()) {
    const [start, end] = range;
    if (end - start < 2) continue;
    const bounds = boundsOfColumns(positions, start, end, rows);
    if (isOnePoint(bounds)) continue;
    const cell = cellOf(bounds);
    const ends = new Uint32Array(9);
    for (let i = start; i < end; i++) {
      const row = rows[i]!;
      octants[i] = octantOf(cell, x[row]!, y[row]!, z[row]!);
      ends[octants[i]! + 1]!++;
    }
    for (let octant = 0; octant < 8; octant++) {
      ends[octant + 1]! += ends[octant]!;
      left.push([start + ends[octant]!, start + ends[octant + 1]!]);
    }
    for (let i = start; i < end; i++) sorted[ends[octants[i]!]!++] = rows[i]!;
    rows.set(sorted.subarray(0, end - start), start);
  }
}

/**
 * The rows of a box among consecutive rows in the order of the octree.
 * @param bounds box of a node of the octree
 */
export function rowsInBox(
  { x, y, z }: PositionColumns,
  bounds: Bounds,
  start: number,
  end: number,
): readonly [start: number, end: number] {
  let first = start;
  while (first < end && !boundsHold(bounds, x[first]!, y[first]!, z[first]!)) first++;
  let last = first;
  while (last < end && boundsHold(bounds, x[last]!, y[last]!, z[last]!)) last++;
  return [first, last];
}
