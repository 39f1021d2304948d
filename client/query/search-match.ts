/** How systems match a search, and the order of its hits: the same for all providers. */
import { ArgumentError } from '#client/errors.ts';
import { wordStarts } from '#format/fold/words.ts';
import { compareText } from '#format/utf8.ts';
import { compareRows } from './order.ts';
import type { NameMatch, SearchHit, SearchMatch, SearchResult, SearchValue } from './types.ts';

/** All ways to match, the best first. */
const MATCHES: readonly SearchMatch[] = ['exact', 'prefix', 'word', 'inside', 'value'];

type SearchedMode = SearchResult['mode'];

/**
 * Returns the search fold of a string that is searched for.
 * @throws ArgumentError if nothing is left to search for
 */
export function searchedText(text: string, searchFold: (text: string) => string): string {
  const folded = searchFold(text);
  if (folded === '') throw new ArgumentError('the search string has only accents; give at least one letter');
  return folded;
}

/** How a folded name, or value of a facet, matches a folded query; undefined if it does not. */
export function nameMatch(name: string, query: string, mode: SearchedMode): NameMatch | undefined {
  if (!name.includes(query)) return undefined;
  if (name.startsWith(query)) return name.length === query.length ? 'exact' : 'prefix';
  if (startsWord(name, query)) return 'word';
  return mode === 'infix' ? 'inside' : undefined;
}

/** Whether a folded value matches a folded query. */
export function valueMatches(value: string, query: string, mode: SearchedMode): boolean {
  return value.includes(query) && (mode === 'infix' || startsWord(value, query));
}

function startsWord(text: string, query: string): boolean {
  return wordStarts(text).some(start => text.startsWith(query, start));
}

/** A value of a facet that matches. */
export interface FoundValue extends SearchValue {
  /** Search fold of the value. */
  readonly text: string;
  /** Key of the value. */
  readonly key: string;
}

/** The order of values: by match, field, search fold and key. */
export function compareFound(a: Omit<FoundValue, 'systems'>, b: Omit<FoundValue, 'systems'>): number {
  return (
    MATCHES.indexOf(a.match) - MATCHES.indexOf(b.match) ||
    compareText(a.field, b.field) ||
    compareText(a.text, b.text) ||
    compareText(a.key, b.key)
  );
}

/** A hit with the search fold of its name. */
export interface FoldedHit {
  readonly hit: SearchHit;
  readonly name: string;
}

/**
 * The result of a search.
 * @param found hits of different systems; names that are or begin with the query are complete
 * @param limit if there are more hits, later ones are left out: those of one way to match stay in the order found
 */
export function searchResult(
  found: readonly FoldedHit[],
  limit: number,
  mode: SearchedMode,
  { values, moreValues, truncated }: Pick<SearchResult, 'values' | 'moreValues' | 'truncated'>,
): SearchResult {
  const sorted = found.toSorted((a, b) => {
    const match = MATCHES.indexOf(a.hit.match);
    const byMatch = match - MATCHES.indexOf(b.hit.match);
    if (byMatch !== 0) return byMatch;
    if (match < 2) return compareText(a.name, b.name) || compareRows(a.hit, b.hit);
    return truncated ? 0 : compareRows(a.hit, b.hit);
  });
  return {
    systems: sorted.slice(0, limit).map(({ hit }) => hit),
    truncated,
    values: values.map(({ field, value, match, systems }) => ({ field, value, match, systems })),
    moreValues,
    mode,
  };
}
