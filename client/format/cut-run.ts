/**
 * Cuts a run of rows into parts with a weight of at most `max`, by content only: a run that is too heavy is cut after a
 * row of its middle third by weight, the one with the smallest hash (the first of equals), and each part is cut again if
 * needed. If one row alone has more than that third, the cut is before this row, or after it if it is the first.
 * Changing, adding or removing a row rarely moves other cuts than those of its own part.
 *
 * Cuts in the middle make parts of similar weight: on average two thirds of `max`, where cuts anywhere make half.
 *
 * A run is never cut after its last row, and a single row is a part of any weight.
 *
 * @param weights weight of each row
 * @param hashOf hash of row i; called only for rows that may be cut after
 * @returns the first row of each part, ascending, beginning with 0 (empty for no rows)
 */
export function cutRun(weights: ArrayLike<number>, max: number, hashOf: (row: number) => number): number[] {
  if (weights.length === 0) return [];
  const starts: number[] = [];
  // The stack has the runs that are not cut yet, the rightmost deepest; it has at most as many entries as there are
  // rows.
  const stack: [start: number, end: number][] = [[0, weights.length]];
  for (let run = stack.pop(); run; run = stack.pop()) {
    const [start, end] = run;
    let weight = 0;
    for (let row = start; row < end; row++) weight += weights[row]!;
    if (weight <= max || end - start === 1) {
      starts.push(start);
      continue;
    }
    const next = cutIn(weights, start, end, weight, hashOf);
    stack.push([next, end], [start, next]);
  }
  return starts;
}

/** The first row after the cut of a run of at least two rows. */
function cutIn(
  weights: ArrayLike<number>,
  start: number,
  end: number,
  total: number,
  hashOf: (row: number) => number,
): number {
  let next: number | undefined;
  let least = Number.POSITIVE_INFINITY;
  let weight = 0;
  let row = start;
  for (; row < end - 1; row++) {
    weight += weights[row]!;
    if (3 * weight > 2 * total) break;
    if (3 * weight < total) continue;
    const hash = hashOf(row);
    if (hash >= least) continue;
    next = row + 1;
    least = hash;
  }
  return next ?? Math.max(row, start + 1);
}
