/** Values of facets: their order, their keys in tables, and the instants of dates. FORMAT.md, section 20. */
import { compareText } from '#format/utf8.ts';

/** A value that systems can be filtered by. Values of different types differ: 5 is not "5". */
export type FacetValue = string | number | boolean;

const bits = new DataView(new ArrayBuffer(8));

/**
 * Returns the key of a value in sorted tables: `b0` or `b1` for a boolean; `n` and 16 hex digits for a number, whose
 * order is that of the numbers; `s` and the string. -0 has the key of 0.
 */
export function valueKey(value: FacetValue): string {
  if (typeof value === 'string') return `s${value}`;
  if (typeof value === 'boolean') return value ? 'b1' : 'b0';
  bits.setFloat64(0, value + 0);
  const high = bits.getUint32(0);
  const low = bits.getUint32(4);
  // A negative number with all bits inverted, any other with its sign bit set: unsigned, both are in order.
  return high >>> 31 ? `n${hex(~high)}${hex(~low)}` : `n${hex(high | 0x80000000)}${hex(low)}`;
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}

/**
 * Returns the value of a key: the inverse of `valueKey`.
 * @throws Error if the string is not the key of a value
 */
export function valueOfKey(key: string): FacetValue {
  if (key.startsWith('s')) return key.slice(1);
  if (key === 'b0' || key === 'b1') return key === 'b1';
  if (/^n[0-9a-f]{16}$/.test(key)) {
    const high = Number.parseInt(key.slice(1, 9), 16);
    const low = Number.parseInt(key.slice(9), 16);
    const isNegative = high >>> 31 === 0;
    bits.setUint32(0, isNegative ? ~high : high & 0x7fffffff);
    bits.setUint32(4, isNegative ? ~low : low);
    const value = bits.getFloat64(0);
    if (Number.isFinite(value) && !Object.is(value, -0)) return value;
  }
  throw new Error(`${JSON.stringify(key)} is not the key of a facet value`);
}

/** Compares two values by their keys, for `sort`: false, true, the numbers, the strings. */
export function compareValues(a: FacetValue, b: FacetValue): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  return typeof a === typeof b ? Number(a) - Number(b) || 0 : rankOf(a) - rankOf(b);
}

function rankOf(value: FacetValue): number {
  return typeof value === 'boolean' ? 0 : typeof value === 'number' ? 1 : 2;
}

const DATE = /^(\d{4})-(\d\d)-(\d\d)(?:[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d)))?$/;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const DAY = 86_400_000;

/**
 * Returns the instant of a date in milliseconds since 1970-01-01T00:00:00Z, with fractions; undefined for any other
 * string. A date is an RFC 3339 `full-date`, which counts as its midnight in UTC, or a `date-time`; second 60 of a leap
 * second is the first of the next minute.
 */
export function dateOf(text: string): number | undefined {
  // The first test is fast, and fails for nearly all strings.
  if (text.charCodeAt(4) !== 0x2d) return undefined;
  const found = DATE.exec(text);
  if (!found) return undefined;
  const [year, month, day] = [1, 2, 3].map(i => Number(found[i])) as [number, number, number];
  const [hour, minute, second, zoneHour, zoneMinute] = [4, 5, 6, 9, 10].map(i => Number(found[i] ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 && isLeap ? 29 : DAYS[month - 1];
  if (days === undefined || day < 1 || day > days) return undefined;
  if (hour > 23 || minute > 59 || second > 60 || zoneHour > 23 || zoneMinute > 59) return undefined;
  const zone = (zoneHour * 60 + zoneMinute) * (found[8] === '-' ? -1 : 1);
  const digits = found[7] ?? '0';
  const seconds = (hour * 60 + minute - zone) * 60 + second;
  return dayNumber(year, month, day) * DAY + seconds * 1000 + Number(`${digits}e${3 - digits.length}`);
}

/** Days from 1970-01-01 to a date of the Gregorian calendar; `Date.UTC` has other years below 100. */
function dayNumber(year: number, month: number, day: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getTime() / DAY;
}
