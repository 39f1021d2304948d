/** Searches catalogues without tables: every record is compared with the query. */
import { checkOptions } from '#client/query/options.ts';
import { checkSearched } from '#client/query/results.ts';
import { type FoldedHit, nameMatch, searchedText, searchResult } from '#client/query/search-match.ts';
import { SEARCH_OPTIONS } from '#client/query/table-options.ts';
import type { SearchHit, SearchOptions, SearchResult } from '#client/query/types.ts';
import { checkInteger } from '#client/query/validate.ts';
import { SEARCHED_POINTS } from '#format/btree/search-schemas.ts';
import type { FacetField } from '#format/facets/facet-field.ts';
import type { Fold } from '#format/fold/fold.ts';
import { firstPoints } from '#format/fold/words.ts';
import type { SystemRow } from '#format/system-row.ts';
import type { RecordFacets } from './record-facets.ts';

/** A system with the search folds of its strings. */
export interface SearchedRecord {
  /** Of its name. */
  readonly name: string;
  /** Of its values in each searched field but the name. */
  readonly values: readonly (readonly string[])[];
  readonly row: SystemRow;
}

/** The searched parts of a catalogue. */
export interface SearchedCatalogue {
  readonly fold: Fold;
  /** Searched fields. */
  readonly fields: readonly string[];
  readonly facets: RecordFacets;
  /** Returns the systems whose name or searched field may match a folded query, in the order of (name, id). */
  recordsOf(query: string): Iterable<SearchedRecord>;
  /** Returns the systems that have a value of a facet, in the order of (name, id). */
  systemsOf(facet: FacetField, value: string): Iterable<SystemRow>;
}

/**
 * Returns the systems that match a string.
 * @throws ArgumentError
 */
export function searchRecords(
  text: string,
  options: SearchOptions,
  { fold, fields, facets, recordsOf, systemsOf }: SearchedCatalogue,
): SearchResult {
  checkOptions(options, SEARCH_OPTIONS);
  const { limit = 50, signal } = options;
  signal?.throwIfAborted();
  checkInteger('limit', limit, 0);
  const query = searchedText(checkSearched(text), fold.search);
  const names = new Map<string, FoldedHit>();
  const others = new Map<string, FoldedHit>();
  for (const { name, values, row } of recordsOf(query)) {
    const how = recordMatch(name, values, query, fields);
    if (how) (how.match === 'value' ? others : names).set(row.id, { hit: { ...row, ...how }, name });
  }
  const found = facets.matching(query);
  const byFacet = new Map<string, FoldedHit>();
  for (const { facet, field, value } of found) {
    for (const row of systemsOf(facet, value)) {
      if (names.has(row.id) || byFacet.has(row.id)) continue;
      byFacet.set(row.id, { hit: { ...row, match: 'value', field, value }, name: '' });
    }
  }
  const hits = [...names, ...byFacet, ...[...others].filter(([id]) => !byFacet.has(id))];
  return searchResult(
    hits.map(([, hit]) => hit),
    limit,
    'infix',
    { values: found.slice(0, limit), moreValues: found.length > limit, truncated: hits.length > limit },
  );
}

/**
 * How a system matches a folded query anywhere; undefined if it does not.
 * @param name its folded name
 * @param values its folded values of each searched field but the name
 * @param fields searched fields
 */
function recordMatch(
  name: string,
  values: readonly (readonly string[])[],
  query: string,
  fields: readonly string[],
): Pick<SearchHit, 'match' | 'field'> | undefined {
  const match = fields.includes('name')
    ? nameMatch(firstPoints(name, SEARCHED_POINTS), query, 'infix')
    : undefined;
  if (match) return { match };
  const field = values.findIndex(own => own.some(value => value.includes(query)));
  return field < 0 ? undefined : { match: 'value', field: fields.filter(name => name !== 'name')[field]! };
}
