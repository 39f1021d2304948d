/** Chooses the searched strings of a system, and what is indexed of them. FORMAT.md, section 15. */

import { valuesAt } from '#format/facets/facet-extractor.ts';
import type { Fold } from '#format/fold/fold.ts';
import { firstPoints, wordStarts } from '#format/fold/words.ts';
import type { SearchMode } from '#format/index-json.ts';
import type { JsonObject } from '#format/json.ts';
import { type FieldPath, readPath } from '#format/record/record-path.ts';
import type { SystemRow } from '#format/system-row.ts';
import { lengthOf, widthAt } from '#format/utf8.ts';
import { GRAM, SEARCHED_POINTS } from './search-schemas.ts';

/** Fields that are searched by default, beside the values of facets; `name` is the normalised name. */
export const SEARCHED_FIELDS: readonly string[] = ['name'];

/** The searched part of a folded string. */
export function searchedPart(text: string): string {
  return firstPoints(text, SEARCHED_POINTS);
}

/** The searched fields of records, except the name. */
export interface ValueField {
  /** As in the options of the set. */
  readonly field: string;
  readonly path: FieldPath;
}

/** Paths of the searched fields except `name`, in their order. Any other string is the name of a member. */
export function valueFields(fields: readonly string[]): ValueField[] {
  return fields
    .filter(field => field !== 'name')
    .map(field => {
      const read = readPath(field, 0);
      const isPath = read?.end === field.length && read.path.steps.every(step => typeof step === 'string');
      return { field, path: isPath ? read.path : { text: field, steps: [field] } };
    });
}

/**
 * The searched strings of a record in one field: each string at its path, folded and split at ", ", distinct, in the
 * order of the record. Empty parts and other values are ignored.
 */
export function searchedValues(record: JsonObject, { path }: ValueField, fold: Fold): string[] {
  const texts = new Set<string>();
  for (const value of valuesAt(record, path)) {
    if (typeof value !== 'string') continue;
    for (const part of fold.search(value).split(', ')) if (part !== '') texts.add(part);
  }
  return [...texts];
}

/** Maximum cost of the values of a system, which limits its part of the search tables. */
const MOST_COST = 1 << 18;
/** Approximate cost of a value, without the row of its system. */
const VALUE_COST = 64;
const POINT_COST = 4;

/**
 * Chooses the values of a system that are searched: in the order of the fields, each that fits.
 * @param values the folded values of each field
 * @returns their searched parts, distinct in each field
 */
export function indexedValues(
  { name, id, region }: SystemRow,
  values: readonly (readonly string[])[],
): string[][] {
  const perValue = VALUE_COST + lengthOf(name) + lengthOf(id) + lengthOf(region);
  let cost = 0;
  return values.map(own => {
    const kept = new Set<string>();
    for (const text of own) {
      const value = searchedPart(text);
      const added = perValue + POINT_COST * lengthOf(value);
      if (kept.has(value) || cost + added > MOST_COST) continue;
      cost += added;
      kept.add(value);
    }
    return [...kept];
  });
}

/** Maximum length of id, name and region together of a system with rows in `words`, in code points. */
const WORDY_POINTS = 256;
/** Number of first words of a name that may have rows. */
const WORDY_WORDS = 8;

/**
 * Returns where the rows of a name in the table `words` begin: the offsets of its words, except the first. Each row has
 * the name from its offset on. The rows of `words` bring systems together that the table `results` scatters; names
 * without such rows are found by grams.
 * @param text the searched part of the search fold of the name
 */
export function wordRows({ id, name, region }: SystemRow, text: string): number[] {
  if (lengthOf(id) + lengthOf(name) + lengthOf(region) > WORDY_POINTS) return [];
  return wordStarts(text).slice(1, WORDY_WORDS);
}

/**
 * Calls `take` with the offsets of the beginning and the end of each gram of a searched string. A gram begins at each
 * code point, or only at the beginnings of words (mode `words`). Grams may be equal. No gram of a name begins at its first
 * code point: the table `folded` finds names from there.
 */
export function eachGram(
  text: string,
  mode: SearchMode,
  isName: boolean,
  take: (start: number, end: number) => void,
): void {
  const from = isName && text !== '' ? widthAt(text, 0) : 0;
  if (mode === 'words') {
    for (const at of wordStarts(text)) if (at >= from) take(at, at + firstPoints(text, GRAM, at).length);
    return;
  }
  let end = from + firstPoints(text, GRAM, from).length;
  for (let at = from; at < text.length; at += widthAt(text, at)) {
    take(at, end);
    if (end < text.length) end += widthAt(text, end);
  }
}

/** The grams of a searched string, distinct. */
export function gramsOf(text: string, mode: SearchMode, isName: boolean): Set<string> {
  const grams = new Set<string>();
  eachGram(text, mode, isName, (start, end) => grams.add(text.slice(start, end)));
  return grams;
}
