/** Finds the facet values of systems in their records. */

import { isObject, type JsonObject, type JsonValue } from '#format/json.ts';
import type { FieldPath } from '#format/record/record-path.ts';
import { lengthOf } from '#format/utf8.ts';
import { type FacetField, facetPath } from './facet-field.ts';
import { compareValues, type FacetValue } from './facet-value.ts';

/** Maximum length of a string value, in code points. */
export const MAX_VALUE_LENGTH = 1_024;
/** Maximum number of values of a system in one field. */
export const MAX_SYSTEM_VALUES = 4_096;

/** The members of a system that facets read. */
export interface FacetSource {
  /** The region that answers queries. */
  readonly region: string;
  /** The record. */
  readonly fields: JsonObject;
}

/** Values of one system: for each field its distinct values. */
export type FacetRow = readonly (readonly FacetValue[])[];

/** Returns the facet values of a system, those of a field in the order of `compareValues`. */
export type FacetExtractor = (system: FacetSource) => FacetRow;

const NONE: readonly FacetValue[] = [];
/** Number of strings that are remembered, and their maximum length. */
const SHARED_STRINGS = 16_384;
const SHARED_LENGTH = 64;

/**
 * Returns a function that finds the values of the fields in a system.
 * @param onLeftOut is called with the number of values of a field that are too long or too many
 * @throws Error for an invalid path
 */
export function facetExtractor(
  fields: readonly FacetField[],
  onLeftOut: (field: number, count: number) => void = () => {},
): FacetExtractor {
  const paths = fields.map(field => field.paths.map(facetPath));
  const strings = new SharedStrings();
  return system =>
    paths.map((own, field) => {
      const found: FacetValue[] = [];
      let long = 0;
      for (const path of own) long += addValues(system, path, strings, found);
      const values = distinct(found);
      const count = long + Math.max(0, values.length - MAX_SYSTEM_VALUES);
      if (count > 0) onLeftOut(field, count);
      return values.length > MAX_SYSTEM_VALUES ? values.slice(0, MAX_SYSTEM_VALUES) : values;
    });
}

/** Sorts values and removes repeated ones. */
function distinct(values: FacetValue[]): readonly FacetValue[] {
  if (values.length === 0) return NONE;
  if (values.length === 1) return values;
  values.sort(compareValues);
  let count = 1;
  for (const value of values) if (value !== values[count - 1]) values[count++] = value;
  values.length = count;
  return values;
}

/**
 * Adds the values at a path.
 * @returns the number of strings that are too long
 */
function addValues(
  system: FacetSource,
  path: FieldPath,
  strings: SharedStrings,
  found: FacetValue[],
): number {
  // The record may not even be parsed for it.
  if (isRegion(path)) return addString(system.region, strings, found);
  let long = 0;
  for (const value of valuesAt(system.fields, path)) {
    if (typeof value === 'string') {
      for (let at = 0; at <= value.length; ) {
        const comma = value.indexOf(', ', at);
        const end = comma < 0 ? value.length : comma;
        long += addString(value.slice(at, end), strings, found);
        at = end + 2;
      }
    } else if (typeof value === 'number') found.push(value + 0);
    else if (typeof value === 'boolean') found.push(value);
  }
  return long;
}

/** Whether a path leads to the region of a system, which is one value, whatever characters it has. */
export function isRegion({ steps }: FieldPath): boolean {
  return steps.length === 1 && steps[0] === 'region';
}

function addString(text: string, strings: SharedStrings, found: FacetValue[]): number {
  if (text.length > MAX_VALUE_LENGTH && lengthOf(text) > MAX_VALUE_LENGTH) return 1;
  if (text !== '') found.push(strings.shared(text));
  return 0;
}

/** Makes equal strings one string in memory: later comparisons and look-ups are faster then. */
class SharedStrings {
  readonly #strings = new Map<string, string>();

  shared(text: string): string {
    if (text.length > SHARED_LENGTH) return text;
    const known = this.#strings.get(text);
    if (known !== undefined) return known;
    if (this.#strings.size >= SHARED_STRINGS) this.#strings.clear();
    this.#strings.set(text, text);
    return text;
  }
}

/**
 * Returns all values at a path without indices. Arrays along it and at its end are passed through, at any depth. A
 * field of the record whose name equals the path as written takes precedence.
 */
export function valuesAt(record: JsonObject, { text, steps }: FieldPath): JsonValue[] {
  const found: JsonValue[] = [];
  if (Object.hasOwn(record, text)) collect(record[text]!, [], 0, found);
  else collect(record, steps, 0, found);
  return found;
}

function collect(
  value: JsonValue,
  steps: readonly (string | number)[],
  next: number,
  found: JsonValue[],
): void {
  if (Array.isArray(value)) {
    for (const element of value) collect(element, steps, next, found);
  } else if (next === steps.length) {
    found.push(value);
  } else if (isObject(value) && Object.hasOwn(value, steps[next]!)) {
    collect(value[steps[next]!]!, steps, next + 1, found);
  }
}
