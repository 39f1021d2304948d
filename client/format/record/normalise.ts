/** From a record to a system. FORMAT.md, section 19. */
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

/** Where ids come from: the record itself, its key, or a hash of its content. */
export const ID_ORIGINS = ['own', 'key', 'content'] as const;
export type IdOrigin = (typeof ID_ORIGINS)[number];

export type Outcome =
  | {
      readonly kind: 'system';
      readonly system: System;
      readonly counts: Bodies;
      /** Whose word the id is. */
      readonly origin: IdOrigin;
    }
  | { readonly kind: 'skip'; readonly why: string }
  | ({ readonly kind: 'reject' } & Rejection);

/** Where a record stands in its catalogue. */
export interface Surroundings {
  /** Its key, in a keyed shape. */
  readonly key?: string | undefined;
  /** Key of the list around it, in the shape `{region: [system]}`. */
  readonly region?: string | undefined;
}

/** What normalising leaves to its caller. */
export interface NormaliseDeps {
  /** SHA-256 of a text's UTF-8 bytes, in lower-case hex. */
  sha256(text: string): string;
  /** The text of an integer beyond ±(2^53 - 1) in a top-level field, which may have lost digits. */
  digits(field: string): string;
}

/** Names that older versions of the application wrote, at the top level of a system only. */
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
 * Makes a system of a record: gives its legacy fields their modern names, and finds the texts that answer queries
 * where the record's own are no texts.
 *
 * - position: numbers x, y and z, or another form that `withPosition` knows.
 * - id: own text, or number as ECMAScript writes it (`digits` for an integer beyond 2^53); else the same of `id64`;
 *   else `SYS_<key>`; else `SYS_` and 32 hex digits of a hash of the content.
 * - name: own text, number or truth value; else the key; else the id.
 * - region: own text (even ""), number or truth value; else the key of the list around; else "Unknown".
 *
 * @param value fit to be stored (`unfitText`, `unfitValue`)
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
  if (value['type'] === 'region') return { kind: 'skip', why: 'a row of type "region" is no system' };
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
    return { kind: 'reject', reason: `the region it stands in: ${HALF_PAIR}`, record: value };
  }

  const own = fields['id'];
  const identity = identify(fields, key, around, deps);
  if (!identity)
    return reject('id', `id is ${describe(own)}, expected a text or a finite number: give one, or none`);
  const { id, origin } = identity;
  // Equal records collapse: in one order of fields they are the same, whichever comes first.
  if (origin === 'content') fields = Object.fromEntries(Object.entries(fields).sort(byKey));

  const ownName = fields['name'];
  const name = scalarText(ownName) || key || (origin === 'own' ? id : undefined);
  if (isNested(ownName))
    return reject('name', `name is ${describe(ownName)}, expected a text: give one, or none`);
  if (name === undefined)
    return reject(
      'name',
      `name is ${describe(ownName)}, and there is no id or key to stand for it: give a name or an id`,
    );

  const ownRegion = fields['region'];
  if (isNested(ownRegion))
    return reject('region', `region is ${describe(ownRegion)}, expected a text: give one, or none`);
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

/** The id of a record, and whose word it is; undefined where its own id is of another kind. */
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
        ? 'a number, or a string that is one as JSON writes it (-1.5, 2e3)'
        : 'a finite number';
  const advice = commaAdvice(value) || ': correct it, or leave the system out';
  return `${field} is ${describe(value)}, expected ${wanted}${advice}`;
}

function notPoint(geometry: JsonValue | undefined): string {
  const found =
    isObject(geometry) && typeof geometry['type'] === 'string' ? geometry['type'] : describe(geometry);
  return `geometry is ${found}, expected a Point with two or three numbers as coordinates: leave the feature out`;
}

/** For messages: a value in a few words. */
function describe(value: JsonValue | undefined): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'a list';
  if (isObject(value)) return 'an object';
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  const text = JSON.stringify(value);
  return `${typeof value === 'string' ? 'the text ' : ''}${text.length > 60 ? `${text.slice(0, 60).toWellFormed()}…` : text}`;
}

function isNested(value: JsonValue | undefined): boolean {
  return typeof value === 'object' && value !== null;
}

function scalarText(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** The record under modern field names, in its order; the record itself where it has no legacy names. */
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
 * `SYS_` and the first 32 hex digits of SHA-256 over the fields as canonical text: no white space, top-level keys
 * in the order of their UTF-8 bytes, nested ones in their own, -0 apart from 0. A region that the list around
 * supplies counts as the record's own, so that equal rows of two regions stay two systems.
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
