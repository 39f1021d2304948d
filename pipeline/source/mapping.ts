/** Finds id, name, region and position of records in fields of the user's choice (`build --map`). */
import { isObject, type JsonValue } from '../../client/format/json.ts';
import { vectorOf } from '../../client/format/position.ts';
import { UsageError } from '../errors.ts';
import { type FieldPath, numberAt, readAt, readPath, type Vector, valueAt } from './path.ts';
import { readRadec } from './radec.ts';

/**
 * Where a record has its id, name, region and position.
 *
 * - `id`, `name`, `region`: a path, as `coords.x`, `coordinates[0]`, `["odd name"].x`.
 * - `x`, `y`, `z`: a path to a number, or to a string that is one in JSON's grammar; a minus before it changes the
 *   sign, `*NUMBER` or `/NUMBER` after it the scale: `-coords.z*3.26`.
 * - `xyz`: a path to `{x, y, z}` or `[x, y, z]`, with sign and scale, too; or `radec(RA, DEC, DISTANCE)` of a right
 *   ascension, a declination and a distance, with a scale. Angles are degrees; `RA h` is hours. The position has the
 *   unit of the distance. `PARALLAX mas` or `PARALLAX as` (milliarcseconds, arcseconds) in its place gives parsecs:
 *   `radec(ra h, dec, plx mas)*3.261563777` light years.
 *
 * What is found stands in the record beside the field that it came from, and replaces a field of the record that has
 * the name, as `name`. Where nothing is found, the record's own field counts; a record without the position wanted and
 * without one of its own is rejected.
 */
export interface FieldMap {
  readonly id?: string;
  readonly name?: string;
  readonly region?: string;
  readonly x?: string;
  readonly y?: string;
  readonly z?: string;
  readonly xyz?: string;
}

export const MAP_FIELDS = ['id', 'name', 'region', 'x', 'y', 'z', 'xyz'] as const;
const TEXT_FIELDS: readonly string[] = ['id', 'name', 'region'];

/** A value found for a field; for a text also where. */
export type Found =
  | { readonly field: string; readonly value: JsonValue; readonly steps?: readonly (string | number)[] }
  | { readonly field: string; readonly reason: string };

/** Gives what a field map finds in a record. */
export type Mapping = (record: JsonValue) => Found[];

/** @throws UsageError for a field or an expression that is not as `FieldMap` says */
export function mappingOf(map: FieldMap): Mapping {
  const rules: ((record: JsonValue) => Found[])[] = [];
  for (const [field, expression] of Object.entries(map)) {
    if (!(MAP_FIELDS as readonly string[]).includes(field))
      throw new UsageError(`map: unknown field "${field}"; expected one of ${MAP_FIELDS.join(', ')}`, {
        expected: MAP_FIELDS,
        found: field,
      });
    if (expression === undefined) continue;
    if (typeof expression !== 'string') throw new UsageError(`map: ${field} is no string; expected a path`);
    rules.push(TEXT_FIELDS.includes(field) ? textRule(field, expression) : numberRule(field, expression));
  }
  if (map.xyz !== undefined && (map.x ?? map.y ?? map.z) !== undefined)
    throw new UsageError('map: xyz stands for x, y and z; leave these out, or xyz');
  return record => rules.flatMap(rule => rule(record));
}

function textRule(field: string, expression: string): Mapping {
  const found = readPath(expression, 0);
  if (!found || found.end < expression.length)
    throw wrong(field, expression, found?.end ?? 0, 'a path as "star.name"');
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
    const what = isVector
      ? 'a path or radec(RA, DEC, DISTANCE), with a scale as *3.26 or without'
      : 'a path with a scale as *3.26 or without';
    throw wrong(field, expression, read?.end ?? from, what);
  }
  const factor = Number(scale[2] ?? 1) * (start[1] ? -1 : 1);
  const scaled = (value: number) => {
    const result = scale[1] === '/' ? value / factor : value * factor;
    // A change of sign does not make -0 of 0.
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
