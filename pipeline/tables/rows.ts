/** Work on the rows of a sort, in steps that may be interrupted. */
import type { Key } from '../../client/format/index.ts';
import type { ExternalSort } from '../sort.ts';

/** Rows between two pauses. */
export const PAUSE_ROWS = 1024;

/** Work that may be interrupted: it yields now and then, so that others get a turn. */
export type Steps<T> = Generator<void, T, void>;

/** Hands on rows one by one, with a pause now and then. */
export function* forEach<T>(rows: Iterable<T>, use: (row: T) => void): Steps<void> {
  let count = 0;
  for (const row of rows) {
    use(row);
    if (++count % PAUSE_ROWS === 0) yield;
  }
}

/** The different keys of a sort, in order, with the sums of the first number of their rows. */
export function* totals(sort: ExternalSort): Generator<{ readonly key: Key; readonly total: number }> {
  let last: { key: Key; total: number } | undefined;
  for (const { key, numbers } of sort.rows()) {
    const number = numbers[0] ?? 0;
    if (last?.key.every((text, i) => text === key[i])) {
      last.total += number;
      continue;
    }
    if (last) yield last;
    last = { key, total: number };
  }
  if (last) yield last;
}
