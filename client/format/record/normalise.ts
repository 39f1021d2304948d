/** Normalises records to systems. FORMAT.md, section 19. */
import { isCoordinate } from '#format/geometry/cell.ts';
import { isObject, type JsonObject, type JsonValue, setOwn } from '#format/json.ts';
import { jsonText } from '#format/json-text.ts';
import {
  type Bodies,
  bodiesOf,
  DERIVED_ID,
  DERIVED_NAME,
  DERIVED_REGION,
  type System,
} from '#format/system.ts';
import { compareText } from '#format/utf8.ts';
import { HALF_PAIR, type Rejection } from './limits.ts';
import { commaAdvice, isFeature, withPosition } from './position.ts';

/** Origins of ids: the record itself, its key, or a hash of its content. */
export const ID_ORIGINS = ['own', 'key', 'content'] as const;
export type IdOrigin = (typeof ID_ORIGINS)[number];

export type Outcome =
  | {
      readonly kind: 'system';
      readonly system: System;
      readonly counts: Bodies;
      /** Origin of the id. */
      readonly origin: IdOrigin;
    }
  | { readonly kind: 'skip'; readonly why: string }
  | ({ readonly kind: 'reject' } & Rejection);

/** Keys around a record in its catalogue. */
export interface Surroundings {
  /** Its key, if the catalogue is an object of systems. */
  readonly key?: string | undefined;
  /** Key of the array around it, in the shape `{region: [system]}`. */
  readonly region?: string | undefined;
}

/** Functions that depend on the platform or on the input. */
export interface NormaliseDeps {
  /** SHA-256 of the UTF-8 bytes of a string, in lower-case hex. */
  sha256(text: string): string;
  /** The original digits of an integer beyond ±(2^53 - 1) in a top-level field. */
  digits(field: string): string;
}

/** Field names of older versions of the application, only at the top level of a system. */
const LEGACY = new Map([
  ['x_cords', 'x'],
  ['y_cords', 'y'],
  ['z_cords', 'z'],
  ['fauna #', 'fauna'],
  ['flura #', 'flora'],
  ['Sentinel level', 'sentinel'],
  ['Materials', 'materials'],
  ['Base location', 'base_location'],
]);
const LEGACY_NAMES = [...LEGACY.keys()];

/**
 * Converts a record to a system: renames legacy fields, and derives id, name and region if the record's own are not
 * strings.
 *
 * - position: numbers x, y and z, or another form that `withPosition` knows.
 * - id: own string, or number as ECMAScript writes it (`digits` for an integer beyond 2^53); otherwise the same from
 *   `id64`; otherwise `SYS_<key>`; otherwise `SYS_` and 32 hex digits of a hash of the content.
 * - name: own string, number or boolean; otherwise the key; otherwise the id.
 * - region: own string (even ""), number or boolean; otherwise the key of the array around it; otherwise "Unknown".
 *
 * @param value a value that can be stored (`unfitText`, `unfitValue`)
 */
export function normaliseRecord(
  value: JsonValue,
  { key: ownKey, region: around }: Surroundings,
  deps: NormaliseDeps,
): Outcome {
  if (!isObject(value)) {
    return {
      kind: 'reject',
      reason: `expected an object, found ${describe(value)}: give each system as an object`,
      record: value,
    };
  }
  if (value['type'] === 'region') return { kind: 'skip', why: 'a row of type "region" is not a system' };
  let fields = withPosition(modern(value));
  const reject = (field: string, reason: string): Outcome => ({
    kind: 'reject',
    field,
    reason,
    record: value,
  });

  const { x, y, z } = fields;
  if (x === undefined && isFeature(value)) return reject('geometry', notPoint(value['geometry']));
  if (!isCoordinate(x)) return reject('x', notCoordinate('x', x));
  if (!isCoordinate(y)) return reject('y', notCoordinate('y', y));
  if (!isCoordinate(z)) return reject('z', notCoordinate('z', z));

  const key = ownKey || undefined;
  if (key?.isWellFormed() === false)
    return { kind: 'reject', reason: `its key: ${HALF_PAIR}`, record: value };
  if (around?.isWellFormed() === false) {
    return { kind: 'reject', reason: `the key of its region: ${HALF_PAIR}`, record: value };
  }

  const own = fields['id'];
  const identity = identify(fields, key, around, deps);
  if (!identity)
    return reject('id', `id is ${describe(own)}, expected a string or a finite number: give one, or none`);
  const { id, origin } = identity;
  // The fields are in one order: equal records with different orders of fields have the same id.
  if (origin === 'content') fields = Object.fromEntries(Object.entries(fields).sort(byKey));

  const ownName = fields['name'];
  const name = scalarText(ownName) || key || (origin === 'own' ? id : undefined);
  if (isNested(ownName))
    return reject('name', `name is ${describe(ownName)}, expected a string: give one, or none`);
  if (name === undefined)
    return reject(
      'name',
      `name is ${describe(ownName)}, and there is no id or key to use instead: give a name or an id`,
    );

  const ownRegion = fields['region'];
  if (isNested(ownRegion))
    return reject('region', `region is ${describe(ownRegion)}, expected a string: give one, or none`);
  const region = scalarText(ownRegion) ?? around ?? 'Unknown';

  const derived =
    (own === id ? 0 : DERIVED_ID) |
    (ownName === name ? 0 : DERIVED_NAME) |
    (ownRegion === region ? 0 : DERIVED_REGION);
  return {
    kind: 'system',
    system: { id, name, region, x, y, z, derived, fields },
    counts: bodiesOf(fields),
    origin,
  };
}

/** The id of a record and its origin; undefined if its own id has another type. */
function identify(
  fields: JsonObject,
  key: string | undefined,
  region: string | undefined,
  deps: NormaliseDeps,
): { id: string; origin: IdOrigin } | undefined {
  for (const field of ['id', 'id64']) {
    const own = fields[field] ?? '';
    if (own === '') continue;
    if (typeof own === 'string') return { id: own, origin: 'own' };
    if (typeof own !== 'number' || !Number.isFinite(own)) {
      if (field === 'id') return undefined;
      continue;
    }
    return { id: Number.isSafeInteger(own) ? String(own) : deps.digits(field), origin: 'own' };
  }
  return key === undefined
    ? { id: contentId(fields, region, deps), origin: 'content' }
    : { id: `SYS_${key}`, origin: 'key' };
}

function notCoordinate(field: string, value: JsonValue | undefined): string {
  const wanted =
    typeof value === 'number'
      ? 'a number of magnitude below 2^500'
      : typeof value === 'string'
        ? 'a number, or a string with a number in JSON syntax (-1.5, 2e3)'
        : 'a finite number';
  const advice = commaAdvice(value) || ': correct it, or leave the system out';
  return `${field} is ${describe(value)}, expected ${wanted}${advice}`;
}

function notPoint(geometry: JsonValue | undefined): string {
  const found =
    isObject(geometry) && typeof geometry['type'] === 'string' ? geometry['type'] : describe(geometry);
  return `geometry is ${found}, expected a Point with two or three numbers as coordinates: leave the feature out`;
}

/** Describes a value in a message. */
function describe(value: JsonValue | undefined): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'a list';
  if (isObject(value)) return 'an object';
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  const text = JSON.stringify(value);
  return `${typeof value === 'string' ? 'the string ' : ''}${text.length > 60 ? `${text.slice(0, 60).toWellFormed()}…` : text}`;
}

function isNested(value: JsonValue | undefined): boolean {
  return typeof value === 'object' && value !== null;
}

function scalarText(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** The record with modern field names, in its order; the record itself if it has no legacy names. */
function modern(record: JsonObject): JsonObject {
  if (!LEGACY_NAMES.some(name => record[name] !== undefined)) return record;
  const fields: JsonObject = {};
  for (const [name, value] of Object.entries(record)) {
    const renamed = LEGACY.get(name);
    setOwn(fields, renamed !== undefined && !Object.hasOwn(record, renamed) ? renamed : name, value);
  }
  return fields;
}

/**
 * `SYS_` and the first 32 hex digits of SHA-256 over the fields as canonical JSON: no white space, top-level keys in
 * the order of their UTF-8 bytes, nested keys in their own order, -0 different from 0. A region from the array around
 * the record counts as its own, so that equal rows of two regions remain two systems.
 */
function contentId(fields: JsonObject, region: string | undefined, { sha256 }: NormaliseDeps): string {
  const supplied = region !== undefined && (fields['region'] ?? null) === null;
  const members = Object.entries(supplied ? { ...fields, region } : fields);
  members.sort(byKey);
  const content = `{${members.map(([key, value]) => `${JSON.stringify(key)}:${jsonText(value)}`).join()}}`;
  return `SYS_${sha256(content).slice(0, 32)}`;
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return compareText(a, b);
}
