/** Paths to values in records: `coords.x`, `coordinates[0]`, `["odd name"].x`. */
import { isObject, type JsonValue } from '#format/json.ts';
import { commaAdvice, numberOf } from '#format/record/position.ts';

export interface FieldPath {
  /** As it was written. */
  readonly text: string;
  readonly steps: readonly (string | number)[];
}

const NAME = /[^\s.[\]()*/,="]+/y;
const INDEX = /\[(\d+)\]/y;
const QUOTED = /\[("(?:[^"\\]|\\.)*")\]/y;

/** The path at index `at` of a string, and the index after it; undefined if there is no path. */
export function readPath(text: string, at: number): { path: FieldPath; end: number } | undefined {
  const steps: (string | number)[] = [];
  let pos = at;
  const take = (pattern: RegExp, from: number): RegExpExecArray | null => {
    pattern.lastIndex = from;
    return pattern.exec(text);
  };
  for (;;) {
    const index = steps.length > 0 ? take(INDEX, pos) : null;
    const quoted = index ?? take(QUOTED, pos);
    const isName = !quoted && (steps.length === 0 || text[pos] === '.');
    const name = isName ? take(NAME, steps.length === 0 ? pos : pos + 1) : null;
    const found = quoted ?? name;
    if (!found) break;
    steps.push(index ? Number(index[1]) : quoted ? (JSON.parse(quoted[1]!) as string) : name![0]);
    pos = found.index + found[0].length;
  }
  return steps.length === 0 ? undefined : { path: { text: text.slice(at, pos), steps }, end: pos };
}

/**
 * The value at a path, and the steps to it. A field whose name equals the path as written (a column of CSV) takes
 * precedence. Undefined if there is no value.
 */
export function valueAt(
  record: JsonValue,
  { text, steps }: FieldPath,
): { value: JsonValue; steps: readonly (string | number)[] } | undefined {
  if (isObject(record) && Object.hasOwn(record, text)) return { value: record[text]!, steps: [text] };
  let value: JsonValue = record;
  for (const step of steps) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, JsonValue>)[step]!;
  }
  return { value, steps };
}

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

/** Writes a path; names are quoted where they need it. */
export function pathText(steps: readonly (string | number)[]): string {
  return steps
    .map((step, i) => {
      if (typeof step === 'number') return `[${step}]`;
      NAME.lastIndex = 0;
      const isPlain = NAME.exec(step)?.[0] === step && !(i === 0 && step.startsWith('-'));
      return isPlain ? `${i === 0 ? '' : '.'}${step}` : `[${JSON.stringify(step)}]`;
    })
    .join('');
}
