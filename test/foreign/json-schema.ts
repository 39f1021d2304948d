/**
 * The part of JSON Schema 2020-12 that index.schema.json and the OpenAPI document use; any other keyword is an error, so
 * none is overlooked.
 */
import type { JsonObject, JsonValue } from '#client/index.ts';
import { isObject } from '#format/json.ts';

type Check = (value: JsonValue, rule: JsonValue, root: JsonObject, at: string) => string[];

const typeOf = (value: JsonValue): string[] => {
  if (value === null) return ['null'];
  if (Array.isArray(value)) return ['array'];
  return Number.isInteger(value) ? ['integer', 'number'] : [typeof value];
};
const fail = (wrong: boolean, at: string, what: string) => (wrong ? [`${at}: ${what}`] : []);
const same = (a: JsonValue, b: JsonValue) => JSON.stringify(a) === JSON.stringify(b);
const note: Check = () => [];

const KEYWORDS: Record<string, Check> = {
  $schema: note,
  $defs: note,
  title: note,
  description: note,
  $ref: (value, rule, root, at) => {
    const name = (rule as string).replace('#/$defs/', '');
    return violations(value, (root['$defs'] as JsonObject)[name] as JsonObject, root, at);
  },
  type: (value, rule, _, at) => {
    const allowed = [rule].flat();
    return fail(!typeOf(value).some(type => allowed.includes(type)), at, `is not ${allowed.join(' or ')}`);
  },
  const: (value, rule, _, at) => fail(!same(value, rule), at, `is not ${JSON.stringify(rule)}`),
  enum: (value, rule, _, at) =>
    fail(!(rule as JsonValue[]).some(one => same(value, one)), at, 'is none of the values'),
  not: (value, rule, root, at) =>
    fail(violations(value, rule as JsonObject, root, at).length === 0, at, 'is what it must not be'),
  anyOf: (value, rule, root, at) =>
    fail(
      (rule as JsonObject[]).every(one => violations(value, one, root, at).length > 0),
      at,
      'is nothing of what it may be',
    ),
  minimum: (value, rule, _, at) =>
    fail(typeof value === 'number' && value < (rule as number), at, `is below ${rule}`),
  maximum: (value, rule, _, at) =>
    fail(typeof value === 'number' && value > (rule as number), at, `is above ${rule}`),
  pattern: (value, rule, _, at) =>
    fail(typeof value === 'string' && !new RegExp(rule as string, 'u').test(value), at, `is not ${rule}`),
  minItems: (value, rule, _, at) =>
    fail(Array.isArray(value) && value.length < (rule as number), at, 'is short'),
  maxItems: (value, rule, _, at) =>
    fail(Array.isArray(value) && value.length > (rule as number), at, 'is long'),
  uniqueItems: (value, _, __, at) =>
    fail(
      Array.isArray(value) && new Set(value.map(one => JSON.stringify(one))).size < value.length,
      at,
      'repeats',
    ),
  items: (value, rule, root, at) =>
    Array.isArray(value)
      ? value.flatMap((one, i) => violations(one, rule as JsonObject, root, `${at}[${i}]`))
      : [],
  required: (value, rule, _, at) =>
    isObject(value) ? (rule as string[]).flatMap(key => fail(!(key in value), at, `lacks ${key}`)) : [],
  properties: (value, rule, root, at) =>
    isObject(value)
      ? Object.entries(rule as JsonObject).flatMap(([key, of]) =>
          key in value ? violations(value[key]!, of as JsonObject, root, `${at}.${key}`) : [],
        )
      : [],
};

/** Violations of a schema by a value, a line each. */
export function violations(value: JsonValue, schema: JsonObject, root = schema, at = '$'): string[] {
  return Object.entries(schema).flatMap(([keyword, rule]) => {
    const check = KEYWORDS[keyword];
    if (!check) throw new Error(`the schema has the keyword ${keyword}, which this validator does not know`);
    return check(value, rule, root, at);
  });
}
