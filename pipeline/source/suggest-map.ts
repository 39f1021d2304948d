/** Guesses which fields have the position of records without x, y and z, for messages. */
import { isObject, type JsonObject, type JsonValue } from '#format/json.ts';
import { normaliseRecord } from '#format/record/normalise.ts';
import { DECIMAL_COMMA, numberOf, vectorOf } from '#format/record/position.ts';
import { pathText } from '#format/record/record-path.ts';
import { type FieldMap, mappingOf } from './mapping.ts';
import { nameFieldOf, nameOption } from './name-fields.ts';
import { shellWord } from './shell-word.ts';
import type { Reject } from './source-types.ts';

const DEPTH = 4;
/** Maximum number of fields that are inspected per object. */
const FIELDS = 500;

const POSITION = /pos|coord|loc|xyz|cartes|vector/i;
const RIGHT_ASCENSION = /^_?(?:ra|raj2000|ra_?icrs|ra_?deg|right_?ascension)$/i;
const DECLINATION = /^_?(?:dec?|dej2000|decj2000|dec?_?icrs|dec?_?deg|decl|declination)$/i;
const DISTANCE = /^(?:sy_|st_)?(?:dist|distance)(?:_?(?:pc|ly|au))?$/i;
const PARALLAX = /^(?:sy_|st_)?(?:plx|parallax)(?:_?mas)?$/i;

/** Fields that a record is rejected for if its position is at fault. */
const POSITION_FIELDS = ['x', 'y', 'z', 'xyz', 'geometry'];

/**
 * Options of `build`, as typed in a shell, that map the position of a record; undefined if no field looks like one, or
 * if the record would be rejected for its position all the same.
 */
export function suggestMap(record: JsonValue): string | undefined {
  const map = guess(record, [], DEPTH);
  return map && givesPosition(map, record) ? mapOptions(map) : undefined;
}

function givesPosition(map: FieldMap, record: JsonValue): boolean {
  const values: JsonObject = {};
  for (const found of mappingOf(map)(record)) {
    if ('reason' in found) return false;
    values[found.field] = found.value;
  }
  const outcome = normaliseRecord({ ...(record as JsonObject), ...values }, {}, DEPS);
  return outcome.kind !== 'reject' || !POSITION_FIELDS.includes(outcome.field ?? '');
}

const DEPS = { sha256: () => '', digits: () => '' };

/** Advice for the first rejected record whose position or name may be in other fields. */
export function mapAdvice(rejects: readonly Reject[]): string | undefined {
  for (const { field, record, reason } of rejects) {
    // A position with decimal commas is in the right fields.
    if (record === undefined || reason.includes(DECIMAL_COMMA)) continue;
    const named = field === 'name' ? nameFieldOf(record) : undefined;
    if (named !== undefined) return `the field "${named}" looks like a name: ${nameOption(named)}`;
    if (!POSITION_FIELDS.includes(field ?? '')) continue;
    const options = suggestMap(record);
    if (options !== undefined) return `the position may be in other fields: ${options}`;
  }
  return undefined;
}

/** A field map as command-line options. */
function mapOptions(map: FieldMap): string {
  const options = Object.entries(map).map(([field, expression]) => `${field}=${expression}`);
  return options.map(option => `--map ${shellWord(option)}`).join(' ');
}

function guess(value: JsonValue, steps: readonly string[], depth: number): FieldMap | undefined {
  if (!isObject(value) || depth === 0) return undefined;
  const fields = Object.keys(value).slice(0, FIELDS);
  const path = (field: string) => pathText([...steps, field]);
  const vector = fields.find(
    field => vectorOf(value[field]) && (isObject(value[field]) || POSITION.test(field)),
  );
  if (vector !== undefined) return { xyz: path(vector) };
  const triple = findTriple(value, fields);
  if (triple) return { x: path(triple[0]), y: path(triple[1]), z: path(triple[2]) };
  const find = (pattern: RegExp) =>
    fields.find(field => pattern.test(field) && numberOf(value[field]) !== undefined);
  const [ra, dec, distance, parallax] = [RIGHT_ASCENSION, DECLINATION, DISTANCE, PARALLAX].map(find);
  const far = distance === undefined ? parallax && `${path(parallax)} mas` : path(distance);
  if (ra !== undefined && dec !== undefined && far !== undefined)
    return { xyz: `radec(${path(ra)},${path(dec)},${far})` };
  for (const field of fields) {
    const nested = guess(value[field]!, [...steps, field], depth - 1);
    if (nested) return nested;
  }
  return undefined;
}

/** Three numeric fields whose names differ in one letter, x, y or z; of several, those with the shortest names. */
function findTriple(value: JsonObject, fields: readonly string[]): [string, string, string] | undefined {
  const isNumber = (field: string) => Object.hasOwn(value, field) && numberOf(value[field]) !== undefined;
  let best: [string, string, string] | undefined;
  for (const field of fields) {
    if (best && best[0].length <= field.length) continue;
    for (const { index, 0: letter } of field.matchAll(/x/gi)) {
      const as = (y: string) =>
        field.slice(0, index) + (letter === 'x' ? y : y.toUpperCase()) + field.slice(index + 1);
      if ([field, as('y'), as('z')].every(isNumber)) best = [field, as('y'), as('z')];
    }
  }
  return best;
}
