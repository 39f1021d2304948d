/** Finds id, name, region and position of records in fields that the user names (`build --map`). */
import { isObject, type JsonValue } from '#format/json.ts';
import { vectorOf } from '#format/record/position.ts';
import { type FieldPath, readPath, valueAt } from '#format/record/record-path.ts';
import { UsageError } from '#pipeline/errors.ts';
import { numberAt, readAt, type Vector } from './number-at.ts';
import { readRadec } from './radec.ts';

/**
 * Paths to the id, name, region and position of a record.
 *
 * - `id`, `name`, `region`: a path, such as `coords.x`, `coordinates[0]`, `["odd name"].x`.
 * - `x`, `y`, `z`: a path to a number, or to a string with a number in JSON syntax; a minus before it changes the
 *   sign, `*NUMBER` or `/NUMBER` after it the scale: `-coords.z*3.26`.
 * - `xyz`: a path to `{x, y, z}` or `[x, y, z]`, also with sign and scale; or `radec(RA, DEC, DISTANCE)` of a right
 *   ascension, a declination and a distance, with a scale. Angles are degrees; `RA h` is hours. The position has the
 *   unit of the distance. `PARALLAX mas` or `PARALLAX as` (milliarcseconds, arcseconds) instead of the distance gives
 *   parsecs: `radec(ra h, dec, plx mas)*3.261563777` light years.
 *
 * A value that is found is added to the record under the mapped name, replaces a field of that name, and stays in its
 * original field too. If nothing is found, the record's own field is used; a record with neither position is
 * rejected.
 */
export interface FieldMap {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly region?: string | undefined;
  readonly x?: string | undefined;
  readonly y?: string | undefined;
  readonly z?: string | undefined;
  readonly xyz?: string | undefined;
}

export const MAP_FIELDS = ['id', 'name', 'region', 'x', 'y', 'z', 'xyz'] as const;
const TEXT_FIELDS: readonly string[] = ['id', 'name', 'region'];

/** The entries of a map, as `FIELD=PATH`, that have given no record a field. */
export function unusedEntries(map: FieldMap, mappedFields: ReadonlySet<string>): string[] {
  return Object.entries(map).flatMap(([field, path]) =>
    path === undefined || mappedFields.has(field === 'xyz' ? 'x' : field) ? [] : [`${field}=${path}`],
  );
}

/** Message about an entry that gave no record a field. */
export function unusedMapText(entry: string): string {
  return `no record has a value at ${JSON.stringify(entry.slice(entry.indexOf('=') + 1))}, which --map ${entry} names`;
}

/** A value found for a field (for strings, with the steps to it), or the reason why there is none. */
export type Found =
  | { readonly field: string; readonly value: JsonValue; readonly steps?: readonly (string | number)[] }
  | { readonly field: string; readonly reason: string };

/** Finds the mapped fields of a record. */
export type Mapping = (record: JsonValue) => Found[];

/** @throws UsageError for an unknown field or a malformed expression */
export function mappingOf(map: FieldMap): Mapping {
  const rules: ((record: JsonValue) => Found[])[] = [];
  for (const [field, expression] of Object.entries(map)) {
    if (!(MAP_FIELDS as readonly string[]).includes(field))
      throw new UsageError(`map: unknown field "${field}"; expected one of ${MAP_FIELDS.join(', ')}`, {
        expected: MAP_FIELDS,
        found: field,
      });
    if (expression === undefined) continue;
    if (typeof expression !== 'string')
      throw new UsageError(`map: ${field} is not a string; expected a path`);
    rules.push(TEXT_FIELDS.includes(field) ? textRule(field, expression) : numberRule(field, expression));
  }
  if (map.xyz !== undefined && (map.x ?? map.y ?? map.z) !== undefined)
    throw new UsageError('map: xyz excludes x, y and z: give either');
  return record => rules.flatMap(rule => rule(record));
}

function textRule(field: string, expression: string): Mapping {
  const found = readPath(expression, 0);
  if (!found || found.end < expression.length)
    throw wrong(field, expression, found?.end ?? 0, 'a path such as "star.name"');
  return record => {
    const at = valueAt(record, found.path);
    return at === undefined || at.value === null || at.value === '' ? [] : [{ field, ...at }];
  };
}

const SCALE = /^\s*(?:([*/])\s*(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?))?\s*$/;

function numberRule(field: string, expression: string): Mapping {
  const isVector = field === 'xyz';
  const start = /^\s*(-?)\s*/.exec(expression)!;
  const from = start[0].length;
  const radec = isVector ? readRadec(expression, from) : undefined;
  if (typeof radec === 'string') throw new UsageError(`map: ${field}=${expression}: ${radec}`);
  const read = radec ?? readPath(expression, from);
  const scale = SCALE.exec(expression.slice(read?.end ?? from));
  if (!read || !scale || (scale[2] !== undefined && Number(scale[2]) === 0)) {
    const expected = isVector
      ? 'a path or radec(RA, DEC, DISTANCE), and perhaps a scale such as *3.26'
      : 'a path, and perhaps a scale such as *3.26';
    throw wrong(field, expression, read?.end ?? from, expected);
  }
  const factor = Number(scale[2] ?? 1) * (start[1] ? -1 : 1);
  const scaled = (value: number) => {
    const result = scale[1] === '/' ? value / factor : value * factor;
    // A change of sign must not turn 0 into -0.
    return result === 0 && factor < 0 ? 0 : result;
  };
  const axes = isVector ? ['x', 'y', 'z'] : [field];
  const vector =
    'path' in read ? (record: JsonValue) => plainVector(record, read.path, isVector) : read.vector;
  return record => {
    const values = vector(record);
    if (!('reason' in values)) return axes.map((axis, i) => ({ field: axis, value: scaled(values[i]!) }));
    if (values.isMissing && isObject(record) && axes.every(axis => Object.hasOwn(record, axis))) return [];
    return [{ field, reason: `${values.reason} (map ${field}=${expression})` }];
  };
}

function plainVector(record: JsonValue, path: FieldPath, isVector: boolean): Vector {
  if (isVector) return readAt(record, path, vectorOf, '{x, y, z} or [x, y, z] of numbers');
  const number = numberAt(record, path);
  return typeof number === 'number' ? [number] : number;
}

function wrong(field: string, expression: string, at: number, expected: string): UsageError {
  const found = expression.slice(at);
  return new UsageError(
    `map: ${field}=${expression}: expected ${expected}, found ${found === '' ? 'the end' : JSON.stringify(found)}`,
    { field, expected, found },
  );
}
