/** Which JSON values can be stored and given back unchanged. FORMAT.md, sections 12 and 19.1. */
import { isObject, type JsonValue, MAX_DEPTH } from '#format/json.ts';
import { repeatedKey } from './repeated-key.ts';

/** Why a record was rejected. */
export interface Rejection {
  /** The field that is wrong, if it is one. */
  readonly field?: string;
  readonly reason: string;
  /** The record, if it could be parsed. */
  readonly record?: JsonValue;
}

/** Longest record, bytes of JSON text. */
export const MAX_RECORD_BYTES = 64 * 1024 * 1024;

export const HALF_PAIR =
  'it holds half of a surrogate pair, which is no character: write the whole pair or leave it out';
const TOO_LARGE = 'it holds a number beyond the range of float64 (1.8e308): write it as a text';
const TOO_DEEP = `it is nested deeper than ${MAX_DEPTH} levels: flatten it`;

/** Why a value cannot be kept; `text` is the JSON that it was parsed from, and came from UTF-8. */
export function unfitText(text: string, value: JsonValue): Rejection | undefined {
  // These looks are native and cheap; hardly any record needs the walk.
  if (!mayHoldSurrogate(text) && !mayNestDeep(text) && !mayOverflow(text)) return undefined;
  return unfitValue(value);
}

/**
 * Why a value that is fit otherwise is not all that its text says: a key occurs twice in one of its objects.
 * @param bytes the text as UTF-8
 * @param placeOf says for messages where a UTF-16 offset of the text is
 */
export function unfitKeys(
  text: string,
  bytes: Uint8Array,
  value: JsonValue,
  placeOf: (at: number) => string,
): Rejection | undefined {
  const repeated = repeatedKey(text, bytes, value);
  if (!repeated) return undefined;
  const { key, path, at } = repeated;
  const inside = path === '' ? '' : ` in ${path}`;
  const [field] = path === '' ? [key] : (/^[^.[]+/.exec(path) ?? []);
  const reason = `the key ${JSON.stringify(key)} occurs twice${inside}, again at ${placeOf(at)}: keep one of them`;
  return { ...(field !== undefined && { field }), reason };
}

/** Why a value cannot be kept, found by walking through all of it. */
export function unfitValue(value: JsonValue): Rejection | undefined {
  if (!isObject(value)) {
    const reason = flaw(value, MAX_DEPTH);
    return reason === undefined ? undefined : refusal(reason, value);
  }
  for (const field of Object.keys(value)) {
    if (!field.isWellFormed()) return refusal(HALF_PAIR, value);
    const reason = flaw(value[field]!, MAX_DEPTH - 1);
    if (reason !== undefined) return { field, ...refusal(reason, value) };
  }
  return undefined;
}

/** With the record, unless it is too deep to be written down. */
function refusal(reason: string, record: JsonValue): Rejection {
  return reason === TOO_DEEP ? { reason } : { reason, record };
}

function mayHoldSurrogate(text: string): boolean {
  return text.includes('\\u') && /\\u[dD][89a-fA-F]/.test(text);
}

/** Beyond the range of float64 are only numbers with an exponent of three digits, or with 210 digits and more. */
function mayOverflow(text: string): boolean {
  return /\d(?:[eE]\+?\d{3}|\d{199})/.test(text);
}

function mayNestDeep(text: string): boolean {
  if (text.length <= 2 * MAX_DEPTH) return false;
  let opened = 0;
  for (const bracket of ['{', '[']) {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      if (++opened > MAX_DEPTH) return true;
    }
  }
  return false;
}

/** Recursion ends at the level that is too deep. */
function flaw(value: JsonValue, levels: number): string | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : HALF_PAIR;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : TOO_LARGE;
  if (typeof value !== 'object' || value === null) return undefined;
  if (levels === 0) return TOO_DEEP;
  for (const key of Object.keys(value)) {
    if (!key.isWellFormed()) return HALF_PAIR;
    const reason = flaw((value as Record<string, JsonValue>)[key]!, levels - 1);
    if (reason !== undefined) return reason;
  }
  return undefined;
}
