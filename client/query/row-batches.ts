import type { QueryOptions, ResultBound, Rows } from './types.ts';
import { checkBound } from './validate.ts';

/**
 * Rows from batches.
 * @param read reads the batches; gets the maximum number of rows if all are wanted at once, otherwise undefined
 */
export function rowsOfBatches<T>(
  read: (maxResults?: number) => AsyncIterable<readonly T[]>,
  query: QueryOptions & ResultBound,
): Rows<T> {
  return {
    async *[Symbol.asyncIterator]() {
      for await (const batch of read()) {
        for (const row of batch) {
          yield row;
          query.signal?.throwIfAborted();
        }
      }
    },
    async toArray() {
      const rows: T[] = [];
      for await (const batch of read(checkBound(query))) for (const row of batch) rows.push(row);
      return rows;
    },
  };
}
