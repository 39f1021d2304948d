/**
 * Cuts a run of rows into parts with a weight of at most `max`, by content only: a run that is too heavy is cut after
 * the row with the smallest hash (the first of equals), and each part is cut again if needed. Changing, adding or
 * removing a row moves only the cuts of its own part, unless its hash is the smallest of a larger run.
 *
 * A run is never cut after its last row, and a single row is a part of any weight.
 *
 * @param weights weight of each row
 * @param hashOf hash of row i; called only if a cut is needed
 * @returns the first row of each part, ascending, beginning with 0 (empty for no rows)
 */
export function cutRun(weights: ArrayLike<number>, max: number, hashOf: (row: number) => number): number[] {
  if (weights.length === 0) return [];
  const starts: number[] = [];
  // A row is read once per run that contains it.
  const hashes: (number | undefined)[] = new Array(weights.length);
  const hash = (row: number): number => {
    hashes[row] ??= hashOf(row);
    return hashes[row];
  };
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
