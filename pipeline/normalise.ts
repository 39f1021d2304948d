import { createHash } from 'node:crypto';
import { isCoordinate } from '../client/format/cell.ts';
import { isObject, type JsonObject, type JsonValue, setOwn } from '../client/format/json.ts';
import { DERIVED_ID, DERIVED_NAME, DERIVED_REGION, type System } from '../client/format/system.ts';
import { jsonText } from './json-text.ts';
import { HALF_PAIR, unfit } from './source/fitness.ts';
import { parse } from './source/parse.ts';
import type { RawRecord, Refusal } from './source/types.ts';

/** Planets, moons and stations of one system. */
export interface Bodies {
  readonly planets: number;
  readonly moons: number;
  readonly stations: number;
}

export type Outcome =
  | {
      readonly kind: 'system';
      readonly system: System;
      readonly counts: Bodies;
      /** What the id was made of: the record's own id, its key, or a hash of its content. */
      readonly idIs: 'own' | 'key' | 'content';
    }
  | { readonly kind: 'skip'; readonly why: string }
  | ({ readonly kind: 'reject' } & Refusal);

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
 * Makes a system of a record: parses it, gives its legacy fields their modern names, and finds the texts that
 * answer queries where the record's own are no texts.
 *
 * - id: own text, or number as ECMAScript writes it (an integer beyond 2^53 keeps its digits); else `SYS_<key>`;
 *   else `SYS_` and 32 hex digits of a hash of the content.
 * - name: own text, number or truth value; else the key; else the id.
 * - region: own text (even ""), number or truth value; else the key of the list around; else "Unknown".
 *
 * @throws InputError if the bytes are not JSON.
 */
export function normalise(raw: RawRecord): Outcome {
  const { text, value } = parse(raw.bytes, raw.place);
  const refusal = unfit(raw.bytes, text, value);
  if (refusal) return { kind: 'reject', ...refusal };
  if (!isObject(value)) {
    return {
      kind: 'reject',
      reason: `expected an object, found ${describe(value)}: give each system as an object`,
      record: value,
    };
  }
  if (value['type'] === 'region') return { kind: 'skip', why: 'a row of type "region" is no system' };
  let fields = modern(value);
  const reject = (field: string, reason: string): Outcome => ({
    kind: 'reject',
    field,
    reason,
    record: value,
  });

  const { x, y, z } = fields;
  if (!isCoordinate(x)) return reject('x', notCoordinate('x', x));
  if (!isCoordinate(y)) return reject('y', notCoordinate('y', y));
  if (!isCoordinate(z)) return reject('z', notCoordinate('z', z));

  const key = raw.key || undefined;
  if (key?.isWellFormed() === false)
    return { kind: 'reject', reason: `its key: ${HALF_PAIR}`, record: value };
  if (raw.region?.isWellFormed() === false) {
    return { kind: 'reject', reason: `the region it stands in: ${HALF_PAIR}`, record: value };
  }

  const own = fields['id'];
  let id: string;
  let idIs: 'own' | 'key' | 'content' = 'own';
  if (typeof own === 'string' && own !== '') id = own;
  else if (typeof own === 'number' && Number.isFinite(own))
    id = Number.isSafeInteger(own) ? String(own) : digits(text, own);
  else if (own === undefined || own === null || own === '') {
    idIs = key === undefined ? 'content' : 'key';
    // Equal records collapse: in one order of fields they are the same, whichever comes first.
    if (key === undefined) fields = Object.fromEntries(Object.entries(fields).sort(byKey));
    id = key === undefined ? contentId(fields, raw.region) : `SYS_${key}`;
  } else return reject('id', `id is ${describe(own)}, expected a text or a finite number: give one, or none`);

  const ownName = fields['name'];
  const name = scalarText(ownName) || key || (idIs === 'own' ? id : undefined);
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
  const region = scalarText(ownRegion) ?? raw.region ?? 'Unknown';

  const derived =
    (own === id ? 0 : DERIVED_ID) |
    (ownName === name ? 0 : DERIVED_NAME) |
    (ownRegion === region ? 0 : DERIVED_REGION);
  return {
    kind: 'system',
    system: { id, name, region, x, y, z, derived, fields },
    counts: bodiesOf(fields),
    idIs,
  };
}

function notCoordinate(field: string, value: JsonValue | undefined): string {
  const wanted = typeof value === 'number' ? 'a number of magnitude below 2^500' : 'a finite number';
  return `${field} is ${describe(value)}, expected ${wanted}: correct it, or leave the system out`;
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

/** The digits of the top-level id where it is written as an integer, else its ECMAScript text. */
function digits(text: string, id: number): string {
  const sources = new Map<unknown, string>();
  const remember = function (
    this: unknown,
    key: string,
    value: unknown,
    context?: { source?: string },
  ): unknown {
    if (key === 'id' && context?.source !== undefined) sources.set(this, context.source);
    return value;
  };
  const source = sources.get(JSON.parse(text, remember)) ?? '';
  return /^-?\d+$/.test(source) ? source : String(id);
}

/**
 * `SYS_` and the first 32 hex digits of SHA-256 over the fields as canonical text: no white space, top-level keys
 * in the order of their UTF-8 bytes, nested ones in their own, -0 apart from 0. A region that the list around
 * supplies counts as the record's own, so that equal rows of two regions stay two systems.
 */
function contentId(fields: JsonObject, region: string | undefined): string {
  const supplied = region !== undefined && (fields['region'] ?? null) === null;
  const members = Object.entries(supplied ? { ...fields, region } : fields);
  members.sort(byKey);
  const content = `{${members.map(([key, value]) => `${JSON.stringify(key)}:${jsonText(value)}`).join()}}`;
  return `SYS_${createHash('sha256').update(content).digest('hex').slice(0, 32)}`;
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** What a record holds beside the system itself. */
export function bodiesOf(fields: JsonObject): Bodies {
  const { planets, moons: own } = fields;
  let moons = Array.isArray(own) ? own.length : 0;
  if (!Array.isArray(planets)) return { planets: 0, moons, stations: stations(fields) };
  for (const planet of planets) {
    if (isObject(planet) && Array.isArray(planet['moons'])) moons += planet['moons'].length;
  }
  return { planets: planets.length, moons, stations: stations(fields) };
}

function stations(fields: JsonObject): number {
  return isObject(fields['space_station']) ? 1 : 0;
}
