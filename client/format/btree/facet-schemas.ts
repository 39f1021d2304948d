/** The tables of facets: values with the numbers of their systems, and systems of rare values. FORMAT.md, section 22. */

import { packNumbers, unpackIntegers } from '#format/columns/numbers.ts';
import { dateOf, type FacetValue, valueOfKey } from '#format/facets/facet-value.ts';
import { lengthOf } from '#format/utf8.ts';
import { type KeyedSystem, MEMBERS } from './listing-schemas.ts';
import type { TableSchema } from './page.ts';
import { NUMBER_WEIGHT } from './system-columns.ts';

/** A row of the table `facets`: a value of a facet. */
export interface ValueCount {
  readonly field: string;
  /** `valueKey` of the value. */
  readonly key: string;
  /** Number of systems that have the value. */
  readonly systems: number;
}

/** Maximum number of systems of a value with rows in the table `rare`. */
export const RARE_SYSTEMS = 2000;
/** Maximum number of code points of a value that is searched. */
const FACET_POINTS = 64;
/** Number of systems of any other value with rows in the table `common`. */
export const COMMON_ROWS = 64;

/**
 * Whether a system is too heavy to be in the table `rare`, which has it once for each of its values: its values are not
 * rare then.
 * @param values number of its values in all facets
 * @param weight its weight in the table `names`
 */
export function isHeavy(values: number, weight: number): boolean {
  return values * weight > 2 ** 20;
}

/** Returns the schema of the table `facets`: values by field, then by the folds of their texts, which pages lack. */
export function facetValues(fold: (text: string) => string): TableSchema<ValueCount> {
  return {
    kind: 'facets',
    keys: 3,
    leafWeight: 24_576,
    keyOf: ({ field, key }) => [field, fold(textOfValue(key)), key],
    stored: { keys: 2, keyOf: ({ field, key }) => [field, key] },
    pack: rows => ({ systems: packNumbers(rows.map(({ systems }) => systems)) }),
    unpack: ([field, key], file, count) => {
      const systems = unpackIntegers(file['systems'], count, 1);
      return field!.map((own, i) => ({ field: own, key: key![i]!, systems: systems[i]! }));
    },
    weight: () => NUMBER_WEIGHT,
  };
}

/** The systems of rare values, by (field, key, name, id). */
export const RARE: TableSchema<KeyedSystem> = { ...MEMBERS, kind: 'facets' };

/** The first systems of values that are not rare, by (field, key, name, id). */
export const FREQUENT: TableSchema<KeyedSystem> = { ...RARE, leafWeight: 32_768 };

/** The text of a value by which it is completed. */
function textOfValue(key: string): string {
  return String(valueOfKey(key));
}

/** Whether a value may have rows in the table `rare`: ranges find numbers and dates. */
export function mayBeRare(value: FacetValue): boolean {
  return typeof value === 'string' ? dateOf(value) === undefined : typeof value === 'boolean';
}

/** Whether a search finds a value of a facet: a string of limited length, except dates. */
export function isSearchedValue(value: FacetValue): value is string {
  return typeof value === 'string' && mayBeRare(value) && lengthOf(value) <= FACET_POINTS;
}
