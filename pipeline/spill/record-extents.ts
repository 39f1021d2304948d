/**
 * Extents of records. A bucket has records in most of the runs, so that a large build has millions of extents: each is
 * three numbers, and the runs are in a list.
 */
import type { RecordExtent } from './record-runs.ts';

/** A run, and the number of its split; -1 if its records come from several splits. */
export type RecordRun = Pick<RecordExtent, 'path' | 'split'>;

export interface RecordExtents {
  readonly runs: readonly RecordRun[];
  /** For each extent: index of its run, offset, length. */
  readonly numbers: readonly number[];
}

/** The extents one by one. */
export function* eachExtent({ runs, numbers }: RecordExtents): Generator<RecordExtent, void, undefined> {
  for (let i = 0; i < numbers.length; i += 3)
    yield { ...runs[numbers[i]!]!, offset: numbers[i + 1]!, length: numbers[i + 2]! };
}

/** The extents of several buckets, with adjacent ones as one, and only the runs that have any. All have the same `runs`. */
export function joinExtents(buckets: readonly RecordExtents[]): RecordExtents {
  const sorted = buckets
    .flatMap(({ numbers }) => triples(numbers))
    .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const runs: RecordRun[] = [];
  const joined: number[] = [];
  let last = -1;
  let end = -1;
  for (const [run, offset, length] of sorted) {
    if (run === last && offset === end) joined[joined.length - 1]! += length;
    else {
      if (run !== last) runs.push(buckets[0]!.runs[run]!);
      joined.push(runs.length - 1, offset, length);
    }
    last = run;
    end = offset + length;
  }
  return { runs, numbers: joined };
}

type Triple = readonly [run: number, offset: number, length: number];

function triples(numbers: readonly number[]): Triple[] {
  return Array.from(
    { length: numbers.length / 3 },
    (_, i): Triple => [numbers[3 * i]!, numbers[3 * i + 1]!, numbers[3 * i + 2]!],
  );
}
