/** Counts the values of a file while it is encoded. Encoding is synchronous, so one global counter is enough. */
let values = 0;

/** Adds the values of a column. */
export function addValues(count: number): void {
  values += count;
}

/** Encodes the content of a file; also returns the number of values of all its columns, as readers count them. */
export function countingValues<T>(encode: () => T): { readonly content: T; readonly values: number } {
  values = 0;
  const content = encode();
  return { content, values };
}
