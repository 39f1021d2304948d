/** Checks which JSON values can be stored without loss. FORMAT.md, sections 12 and 19.1. */
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

/** Maximum size of a record, in bytes of JSON. */
export const MAX_RECORD_BYTES = 64 * 1024 * 1024;

export const HALF_PAIR = 'it has a lone surrogate: write the complete pair, or leave it out';
const TOO_LARGE = 'it has a number beyond the range of float64 (1.8e308): write it as a string';
const TOO_DEEP = `it is nested deeper than ${MAX_DEPTH} levels: flatten it`;

/**
 * Reason why a value cannot be stored, or undefined; `text` is the JSON that it was parsed from, decoded from UTF-8.
 */
export function unfitText(text: string, value: JsonValue): Rejection | undefined {
  // These checks are native and cheap; very few records need the walk.
  if (!mayHoldSurrogate(text) && !mayNestDeep(text) && !mayOverflow(text)) return undefined;
  return unfitValue(value);
}

/**
 * Reason why parsing lost a part of a value, or undefined: a key occurs twice in one of its objects.
 * @param bytes the text in UTF-8
 * @param placeOf describes the location of a UTF-16 offset of the text, for messages
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

/** Reason why a value cannot be stored, found by walking through it; undefined if it can. */
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

/** A rejection with the record, unless it is nested too deeply to be written. */
function refusal(reason: string, record: JsonValue): Rejection {
  return reason === TOO_DEEP ? { reason } : { reason, record };
}

function mayHoldSurrogate(text: string): boolean {
  return text.includes('\\u') && /\\u[dD][89a-fA-F]/.test(text);
}

/**
 * Whether a number may exceed float64: only numbers with an exponent of three digits, or at least 210 digits, can.
 */
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

/** The first flaw in a value; recursion stops at the level that is too deep. */
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
