/** Chooses the searched strings of a system. FORMAT.md, section 15. */

import { firstPoints, wordStarts } from '#format/fold/words.ts';
import type { JsonObject } from '#format/json.ts';
import type { SystemRow } from '#format/system-row.ts';
import { lengthOf } from '#format/utf8.ts';
import { fieldsWeight } from './system-columns.ts';

/** Fields that are searched by default; `name` is the normalised name. */
export const SEARCHED_FIELDS: readonly string[] = ['name', 'materials', 'attributes'];

/**
 * The searched strings of a system, unique, in order of the fields, not folded. A string counts itself, an array each
 * of its strings; empty strings and other values are ignored.
 * @param name the normalised name, used for the field `name`
 * @param record its fields under their modern names
 * @param fields names of top-level fields
 */
export function searchedTexts(name: string, record: JsonObject, fields: readonly string[]): string[] {
  const texts = new Set<string>();
  for (const field of fields) {
    const value = field === 'name' ? name : Object.hasOwn(record, field) ? record[field] : undefined;
    for (const text of Array.isArray(value) ? value : [value]) {
      if (typeof text === 'string' && text !== '') texts.add(text);
    }
  }
  return [...texts];
}

/** Number of code points of a folded string that are searched. */
export const SEARCHED_POINTS = 1024;

/** The searched part of a folded string. */
export function searchedPart(text: string): string {
  return firstPoints(text, SEARCHED_POINTS);
}

/** Maximum cost of the searched strings of a system, which limits its part of the search tables. */
const MOST_COST = 1 << 18;
/** Approximate cost of a word, without the row of its system. */
const WORD_COST = 64;
const POINT_COST = 4;

/** The indexed part of the searched strings of a system. */
export interface IndexedTexts {
  /** Number of first words of its name that have rows. */
  readonly words: number;
  readonly values: readonly string[];
}

/**
 * Chooses the indexed part of the searched strings of a system: the first words of its name, at least one, and each
 * value that fits completely.
 * @param name the searched part of its folded name, if names are searched
 * @param values the searched parts of its other folded strings, unique, in order of the fields
 */
export function indexedTexts(
  system: SystemRow,
  name: string | undefined,
  values: readonly string[],
): IndexedTexts {
  const { name: ownName, id, region } = system;
  const perWord = WORD_COST + lengthOf(ownName) + lengthOf(id) + lengthOf(region) + fieldsWeight(system);
  // Most strings cost little even if each UTF-16 unit counts as a code point, which is cheaper to compute.
  const units = values.reduce((sum, value) => sum + value.length, name?.length ?? 0);
  // A word with its separators has at least two units, except the last word.
  if (perWord * (units / 2 + values.length + 1) + POINT_COST * units <= MOST_COST)
    return { words: Number.POSITIVE_INFINITY, values };
  let cost = 0;
  let words = 0;
  const starts = wordStarts(name ?? '');
  for (; words < starts.length; words++) {
    const added = perWord + POINT_COST * lengthOf(name!.slice(starts[words]!, starts[words + 1]));
    if (words > 0 && cost + added > MOST_COST) break;
    cost += added;
  }
  const kept = values.filter(value => {
    const added = perWord * wordStarts(value).length + POINT_COST * lengthOf(value);
    if (cost + added > MOST_COST) return false;
    cost += added;
    return true;
  });
  return { words, values: kept };
}
