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
  return system =>
    paths.map((own, field) => {
      const values = new Set<FacetValue>();
      let long = 0;
      for (const path of own) long += addValues(system, path, values);
      const sorted = values.size === 0 ? NONE : [...values].sort(compareValues);
      const count = long + Math.max(0, sorted.length - MAX_SYSTEM_VALUES);
      if (count > 0) onLeftOut(field, count);
      return sorted.length > MAX_SYSTEM_VALUES ? sorted.slice(0, MAX_SYSTEM_VALUES) : sorted;
    });
}

/**
 * Adds the values at a path.
 * @returns the number of strings that are too long
 */
function addValues(system: FacetSource, path: FieldPath, values: Set<FacetValue>): number {
  // A region is one value, whatever characters it has.
  if (path.steps.length === 1 && path.steps[0] === 'region') return addPart(system.region, values);
  let long = 0;
  for (const value of valuesAt(system.fields, path)) {
    if (typeof value === 'string') {
      if (value.includes(', ')) for (const part of value.split(', ')) long += addPart(part, values);
      else long += addPart(value, values);
    } else if (typeof value === 'number') values.add(value + 0);
    else if (typeof value === 'boolean') values.add(value);
  }
  return long;
}

function addPart(part: string, values: Set<FacetValue>): number {
  if (part.length > MAX_VALUE_LENGTH && lengthOf(part) > MAX_VALUE_LENGTH) return 1;
  if (part !== '') values.add(part);
  return 0;
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
