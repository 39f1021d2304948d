/** Reads numbers at paths of records. */
import type { JsonValue } from '#format/json.ts';
import { commaAdvice, numberOf } from '#format/record/position.ts';
import { type FieldPath, valueAt } from '#format/record/record-path.ts';

/** Reason why there is no number. */
export interface FieldFlaw {
  readonly reason: string;
  /** True if the value is missing or null. */
  readonly isMissing: boolean;
}

/** Numbers, or the reason why there are none. */
export type Vector = readonly number[] | FieldFlaw;

/** The value at a path, converted by `read`, or the reason why it has none; null counts as missing. */
export function readAt<T>(
  record: JsonValue,
  path: FieldPath,
  read: (value: JsonValue) => T | undefined,
  expected: string,
): T | FieldFlaw {
  const value = valueAt(record, path)?.value ?? null;
  if (value === null) return { reason: `${path.text} is missing or null`, isMissing: true };
  return (
    read(value) ?? {
      reason: `${path.text} is ${shown(value)}, expected ${expected}${commaAdvice(value)}`,
      isMissing: false,
    }
  );
}

/** The number at a path, or the reason why there is none. */
export function numberAt(record: JsonValue, path: FieldPath): number | FieldFlaw {
  return readAt(record, path, numberOf, 'a number, or a string with a number in JSON syntax (-1.5, 2e3)');
}

function shown(value: JsonValue): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60).toWellFormed()}…` : text;
}
