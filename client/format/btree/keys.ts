/** Keys of sorted tables: arrays of strings, compared string by string as UTF-8 bytes. */
import { compareText, hashText, widthAt } from '#format/utf8.ts';

/** One or more strings; all keys of a table have the same number. Compared string by string, as UTF-8 bytes. */
export type TableKey = readonly string[];

/** The hash of a key that decides the borders of pages on a level of a table. */
export function hashKey(key: TableKey, level: number): number {
  return hashText(key.length === 1 ? key[0]! : key.join('\0'), level);
}

/** Returns the shortest key that is above `low` and at most `high`: with the fewest strings, then of the least length. */
export function separator(low: TableKey, high: TableKey): string[] {
  const key = new Array<string>(high.length).fill('');
  for (let i = 0; i < high.length; i++) {
    if (low[i] === high[i]) {
      key[i] = high[i]!;
      continue;
    }
    const shared = sharedUnits(low[i]!, high[i]!);
    key[i] = high[i]!.slice(0, shared + widthAt(high[i]!, shared));
    break;
  }
  return key;
}

/** UTF-16 length of the common prefix of two strings, in complete code points. */
export function sharedUnits(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  let shared = 0;
  while (shared < end && a.charCodeAt(shared) === b.charCodeAt(shared)) shared++;
  // Different code points can share a high surrogate.
  const last = shared > 0 ? b.charCodeAt(shared - 1) : 0;
  return last >= 0xd800 && last < 0xdc00 ? shared - 1 : shared;
}

/**
 * A position between keys: before a key, after all keys with the given first strings, or after all keys with a
 * prefix.
 */
export interface Bound {
  /** The first strings of a key. */
  readonly key: TableKey;
  /**
   * `key`: before all keys with these strings, and before all greater keys. `keys`: after all keys that begin with
   * these strings. `prefix`: after all keys that begin with these strings, where the last may be longer.
   */
  readonly after?: 'keys' | 'prefix';
}

/** All keys between two bounds. */
export interface KeyRange {
  readonly low: Bound;
  readonly high: Bound;
}

/** Range of all keys that begin with `key`. */
export function rangeOf(key: TableKey): KeyRange {
  return { low: { key }, high: { key, after: 'keys' } };
}

/** Range of all keys that begin with `key`, where the last string may be longer. */
export function prefixRange(key: TableKey): KeyRange {
  return { low: { key }, high: { key, after: 'prefix' } };
}

/** True for a key before a bound. */
export function isBelow(key: TableKey, { key: texts, after }: Bound): boolean {
  const last = texts.length - 1;
  for (let i = 0; i <= last; i++) {
    if (i === last && after === 'prefix' && key[i]!.startsWith(texts[i]!)) return true;
    const order = compareText(key[i]!, texts[i]!);
    if (order !== 0) return order < 0;
  }
  return after !== undefined;
}

/** Compares keys of the same number of strings; for `sort`. */
export function compareTableKeys(a: TableKey, b: TableKey): number {
  for (let i = 0; i < a.length; i++) {
    const order = compareText(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return 0;
}
