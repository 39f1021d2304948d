/** Finds positions of records that are not numbers x, y and z. FORMAT.md, section 19.1. */
import { isObject, type JsonObject, type JsonValue, setOwn } from '#format/json.ts';

const AXES = ['x', 'y', 'z'] as const;

/** Fields that may contain a position, as `{x, y, z}` or `[x, y, z]`; the first that does is used. */
export const POSITION_FIELDS: readonly string[] = ['coords', 'position', 'coordinates'];

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** A number, or the number in a string with JSON syntax; otherwise undefined. */
export function numberOf(value: JsonValue | undefined): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && JSON_NUMBER.test(value) ? Number(value) : undefined;
}

/** Part of a reason that names a decimal comma. */
export const DECIMAL_COMMA = 'it has a decimal comma';

/** For messages: advice on a string that is a number with a decimal comma; else the empty string. */
export function commaAdvice(value: JsonValue | undefined): string {
  return typeof value === 'string' && /^\s*[-+]?\d+,\d+\s*$/.test(value)
    ? `; ${DECIMAL_COMMA}: write a point, ${value.trim().replace(/^\+/, '').replace(',', '.')}`
    : '';
}

/** The three numbers of `{x, y, z}` or `[x, y, z]`; undefined for any other value. */
export function vectorOf(value: JsonValue | undefined): [x: number, y: number, z: number] | undefined {
  if (!isObject(value) && !(Array.isArray(value) && value.length === 3)) return undefined;
  const [x, y, z] = Array.isArray(value) ? value.map(numberOf) : AXES.map(axis => numberOf(value[axis]));
  return x === undefined || y === undefined || z === undefined ? undefined : [x, y, z];
}

/** True for a GeoJSON Feature (RFC 7946, section 3.2). */
export function isFeature(record: JsonObject): boolean {
  return record['type'] === 'Feature' && 'geometry' in record && 'properties' in record;
}

/**
 * Converts other forms of positions to the fields x, y and z: strings with numbers, a nested position, a GeoJSON
 * Feature of a point. Returns the record itself if there is nothing to convert.
 */
export function withPosition(record: JsonObject): JsonObject {
  const fields = isFeature(record) ? flatFeature(record) : record;
  const { x, y, z } = fields;
  if (typeof x === 'number' && typeof y === 'number' && typeof z === 'number') return fields;
  if (x === undefined && y === undefined && z === undefined) {
    for (const field of POSITION_FIELDS) {
      const vector = vectorOf(fields[field]);
      if (vector) return { ...fields, x: vector[0], y: vector[1], z: vector[2] };
    }
    return fields;
  }
  const numbers: JsonObject = {};
  for (const axis of AXES) {
    const number = typeof fields[axis] === 'string' ? numberOf(fields[axis]) : undefined;
    if (number !== undefined) numbers[axis] = number;
  }
  return { ...fields, ...numbers };
}

/**
 * A Feature as a flat record: its properties, its other members, and the coordinates of its point as x, y and z (z is
 * 0 if there are two coordinates). A property with the name of a member with another value becomes
 * `properties.<name>`. Nothing else is renamed, and only the coordinates are left out.
 */
function flatFeature(feature: JsonObject): JsonObject {
  const { type, geometry, properties, ...members } = feature;
  const point = AXES.some(axis => axis in members) ? undefined : pointOf(geometry);
  if (point) [members['x'], members['y'], members['z']] = point.xyz;
  if (!point?.isComplete) members['geometry'] = geometry!;
  const fields: JsonObject = {};
  if (!isObject(properties)) {
    if (properties !== null) members['properties'] = properties!;
  } else {
    for (const [name, value] of Object.entries(properties)) {
      const taken = Object.hasOwn(members, name) && members[name] !== value;
      setOwn(fields, taken ? `properties.${name}` : name, value);
    }
  }
  for (const [name, value] of Object.entries(members)) setOwn(fields, name, value);
  return fields;
}

/** The coordinates of a Point; `isComplete` if the geometry has no other members. */
function pointOf(geometry: JsonValue | undefined): { xyz: number[]; isComplete: boolean } | undefined {
  if (!isObject(geometry) || geometry['type'] !== 'Point') return undefined;
  const { coordinates } = geometry;
  if (!Array.isArray(coordinates)) return undefined;
  const [x, y, z = 0] = coordinates;
  if (typeof x !== 'number' || typeof y !== 'number' || typeof z !== 'number') return undefined;
  return { xyz: [x, y, z], isComplete: coordinates.length <= 3 && Object.keys(geometry).length === 2 };
}
