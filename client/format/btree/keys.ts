/** Keys of sorted tables: lists of texts, compared text by text as UTF-8 bytes. */
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

/** UTF-16 units of the whole code points that two texts begin with alike. */
export function sharedUnits(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  let shared = 0;
  while (shared < end && a.charCodeAt(shared) === b.charCodeAt(shared)) shared++;
  // Halves of different code points can begin alike.
  const last = shared > 0 ? b.charCodeAt(shared - 1) : 0;
  return last >= 0xd800 && last < 0xdc00 ? shared - 1 : shared;
}

/** A place between keys: before a key, after all that begin with some texts, or after all of a prefix. */
export interface Bound {
  /** The first texts of a key. */
  readonly key: TableKey;
  /**
   * `key`: before all keys that have these texts or come after them.
   * `keys`: after all keys that begin with these texts.
   * `prefix`: after all keys that begin with these texts, the last of which may go on.
   */
  readonly after?: 'keys' | 'prefix';
}

/** All keys between two bounds. */
export interface KeyRange {
  readonly low: Bound;
  readonly high: Bound;
}

/** All keys that begin with some texts. */
export function rangeOf(key: TableKey): KeyRange {
  return { low: { key }, high: { key, after: 'keys' } };
}

/** All keys that begin with some texts, the last of which may go on. */
export function prefixRange(key: TableKey): KeyRange {
  return { low: { key }, high: { key, after: 'prefix' } };
}

/** True for a key before a bound. All keys before it come before all others. */
export function isBefore(key: TableKey, { key: texts, after }: Bound): boolean {
  const last = texts.length - 1;
  for (let i = 0; i <= last; i++) {
    if (i === last && after === 'prefix' && key[i]!.startsWith(texts[i]!)) return true;
    const order = compareText(key[i]!, texts[i]!);
    if (order !== 0) return order < 0;
  }
  return after !== undefined;
}
