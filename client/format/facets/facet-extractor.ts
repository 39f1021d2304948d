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

/** Values of one system: for each field its distinct values, in the order of `compareValues`. */
export type FacetRow = readonly (readonly FacetValue[])[];

/** Returns the facet values of a system. */
export type FacetExtractor = (system: FacetSource) => FacetRow;

const NONE: readonly FacetValue[] = [];
/** Number of strings whose values are remembered, and their maximum length. */
const SPLIT_STRINGS = 16_384;
const SPLIT_LENGTH = 256;
/** Among this number of values, repeated ones are found faster by comparing with each than by sorting. */
const FEW = 32;

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
  const strings = new SplitStrings();
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
  { region, fields }: FacetSource,
  path: FieldPath,
  strings: SplitStrings,
  found: FacetValue[],
): number {
  // A region is one value, whatever characters it has.
  if (path.steps.length === 1 && path.steps[0] === 'region') {
    if (isLong(region)) return 1;
    if (region !== '') found.push(region);
    return 0;
  }
  let long = 0;
  for (const value of valuesAt(fields, path)) {
    if (typeof value === 'string') {
      for (const text of strings.split(value)) {
        if (isLong(text)) long++;
        else if (found.length > FEW || !found.includes(text)) found.push(text);
      }
    } else if (typeof value === 'number') found.push(value + 0);
    else if (typeof value === 'boolean') found.push(value);
  }
  return long;
}

function isLong(text: string): boolean {
  return text.length > MAX_VALUE_LENGTH && lengthOf(text) > MAX_VALUE_LENGTH;
}

/** Splits strings at ", " into values without empty ones, and remembers them: catalogues repeat most of their lists. */
class SplitStrings {
  readonly #known = new Map<string, readonly string[]>();

  split(text: string): readonly string[] {
    const known = this.#known.get(text);
    if (known) return known;
    const values = text.split(', ').filter(value => value !== '');
    if (text.length > SPLIT_LENGTH) return values;
    if (this.#known.size >= SPLIT_STRINGS) this.#known.clear();
    this.#known.set(text, values);
    return values;
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
