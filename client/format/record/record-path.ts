/** Paths to values in records: `coords.x`, `coordinates[0]`, `["odd name"].x`. */
import { isObject, type JsonValue } from '#format/json.ts';

/** A path, with its steps: keys of objects, indices of arrays. */
export interface FieldPath {
  /** As it was written. */
  readonly text: string;
  readonly steps: readonly (string | number)[];
}

const NAME = /[^\s.[\]()*/,="|]+/y;
const INDEX = /\[(\d+)\]/y;
const QUOTED = /\[("(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")\]/y;

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
