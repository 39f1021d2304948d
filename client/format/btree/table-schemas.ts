import type { TableRoots } from '#format/index-json.ts';
import { FREQUENT, facetValues, RARE } from './facet-schemas.ts';
import { LISTINGS, MEMBERS, ORDERED } from './listing-schemas.ts';
import { foldedNames, IDS, NAMES } from './name-schemas.ts';
import type { TableSchema } from './page.ts';
import { FACET_GRAMS, GRAMS, RESULTS, VALUES, WORDS } from './search-schemas.ts';

/** Name of a table in `index.json`. */
export type TableName = keyof TableRoots;

/**
 * Schema of each table, by its name in `index.json`. Pages of `folded` and `facets` do not contain the folded keys: to
 * get them, use `foldedNames` and `facetValues` with the set's fold.
 */
export const TABLE_SCHEMAS = {
  names: NAMES,
  folded: foldedNames(),
  ids: IDS,
  listings: LISTINGS,
  members: MEMBERS,
  ordered: ORDERED,
  facets: facetValues(String),
  rare: RARE,
  common: FREQUENT,
  facetGrams: FACET_GRAMS,
  words: WORDS,
  values: VALUES,
  grams: GRAMS,
  results: RESULTS,
} as const satisfies Readonly<Record<TableName, TableSchema<unknown>>>;
