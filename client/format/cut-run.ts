/**
 * Cuts a run of rows into parts whose weight stays within `max`, by content alone: an overweight run is cut after
 * its row of smallest hash (the first of equals), and each half is looked at again. One row changed, added or
 * removed moves only the cuts of its own part, unless its hash is the smallest of a larger run.
 *
 * The last row of a run is no place to cut, and a single row is a part however heavy.
 *
 * @param weights weight of each row
 * @param hashOf hash of row i; asked only where a cut is needed
 * @returns the first row of each part, ascending, beginning with 0 (empty for no rows)
 */
export function cutRun(weights: ArrayLike<number>, max: number, hashOf: (row: number) => number): number[] {
  if (weights.length === 0) return [];
  const starts: number[] = [];
  // Each row is looked at again in every run that it is in.
  const hashes: (number | undefined)[] = new Array(weights.length);
  const hash = (row: number): number => {
    hashes[row] ??= hashOf(row);
    return hashes[row];
  };
  // The stack holds runs still to be looked at, rightmost deepest; it is never longer than the number of rows.
  const stack: [start: number, end: number][] = [[0, weights.length]];
  for (let run = stack.pop(); run; run = stack.pop()) {
    const [start, end] = run;
    let weight = 0;
    for (let row = start; row < end; row++) weight += weights[row]!;
    if (weight <= max || end - start === 1) {
      starts.push(start);
      continue;
    }
    let cut = start;
    let least = hash(start);
    for (let row = start + 1; row < end - 1; row++) {
      const own = hash(row);
      if (own >= least) continue;
      cut = row;
      least = own;
    }
    stack.push([cut + 1, end], [start, cut + 1]);
  }
  return starts;
}
