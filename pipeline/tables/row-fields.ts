/** The fields of a system that tables use, beside its core columns and facet values: records have many others. */
import { valueFields } from '#format/btree/searched-texts.ts';
import { isRegion } from '#format/facets/facet-extractor.ts';
import { facetPath } from '#format/facets/facet-field.ts';
import { type JsonObject, setOwn } from '#format/json.ts';
import { jsonText } from '#format/json-text.ts';
import type { System } from '#format/system.ts';
import type { ReplacedSystem } from './changed-rows.ts';
import type { FacetedSystem, RowOptions } from './table-rows.ts';

/** Returns some fields of the record of a system. */
export type SelectFields = (system: Pick<System, 'fields'>) => JsonObject;

const NO_FIELDS: JsonObject = {};

/**
 * Returns a function that selects the fields from which rows are made.
 * @param further fields to select
 */
export function rowFields(
  { summary, search, listings }: Pick<RowOptions, 'summary' | 'search' | 'listings'>,
  further: readonly string[] = [],
): SelectFields {
  const listed = listings.flatMap(({ paths }) => paths.map(facetPath)).filter(path => !isRegion(path));
  const searched = valueFields(search.fields).map(({ path }) => path);
  // A path is the name of a field, or leads into a field.
  const ofPaths = [...listed, ...searched].flatMap(({ text, steps }) => [text, steps[0]]);
  const names = new Set<string | number | undefined>([...summary, ...further, ...ofPaths]);
  if (names.size === 0) return () => NO_FIELDS;
  return ({ fields }) => {
    const selected: JsonObject = {};
    for (const key of Object.keys(fields)) if (names.has(key)) setOwn(selected, key, fields[key]!);
    return selected;
  };
}

/** Whether a system has the same rows in all tables before and after. @param fieldsOf the result of `rowFields` */
export function hasSameRows({ before, after }: ReplacedSystem, fieldsOf: SelectFields): boolean {
  if (!before || !after) return false;
  const { name, region, x, y, z, derived } = before;
  return (
    after.name === name &&
    after.region === region &&
    Object.is(after.x, x) &&
    Object.is(after.y, y) &&
    Object.is(after.z, z) &&
    after.derived === derived &&
    haveSameValues(before, after) &&
    jsonText(fieldsOf(before)) === jsonText(fieldsOf(after))
  );
}

function haveSameValues(a: FacetedSystem, b: FacetedSystem): boolean {
  return a.facets.every((values, field) => {
    const others = b.facets[field]!;
    return values.length === others.length && values.every((value, i) => value === others[i]);
  });
}
