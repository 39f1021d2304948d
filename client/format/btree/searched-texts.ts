/** Which texts of a system are searched, and how much of them. FORMAT.md, section 15. */

import { firstPoints, wordStarts } from '#format/fold/words.ts';
import type { JsonObject } from '#format/json.ts';
import type { SystemRow } from '#format/system-row.ts';
import { lengthOf } from '#format/utf8.ts';
import { fieldsWeight } from './system-columns.ts';

/** Fields that are searched unless others are asked for; `name` is the name that answers queries. */
export const SEARCHED_FIELDS: readonly string[] = ['name', 'materials', 'attributes'];

/**
 * The texts of a system that are searched, each once, in order of the fields, as they are (not folded). A field that
 * is a text counts as it is, a list by each of its elements that is a text, all else not at all; nor do empty texts.
 * @param name the name that answers queries, which may be derived; stands for the field `name`
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

/** Code points of a folded text that are searched. */
export const SEARCHED_POINTS = 1024;

/** The part of a folded text that is searched. */
export function searchedPart(text: string): string {
  return firstPoints(text, SEARCHED_POINTS);
}

/** What the searched texts of one system may cost together, so that no system takes more than its share of a set. */
const MOST_COST = 1 << 18;
/** About what a word adds beside the row of its system, and a character. */
const WORD_COST = 64;
const POINT_COST = 4;

/** What of a system's searched texts is indexed. */
export interface IndexedTexts {
  /** How many words of its name have rows, from the first on. */
  readonly words: number;
  readonly values: readonly string[];
}

/**
 * Chooses what of a system's searched texts is indexed: of its name the first words, at least one, and each value that
 * fits as a whole.
 * @param name the searched part of its folded name, where names are searched
 * @param values the searched parts of its other folded texts, each once, in order of the fields
 */
export function indexedTexts(
  system: SystemRow,
  name: string | undefined,
  values: readonly string[],
): IndexedTexts {
  const { name: ownName, id, region } = system;
  const perWord = WORD_COST + lengthOf(ownName) + lengthOf(id) + lengthOf(region) + fieldsWeight(system);
  // Most texts cost little even if each UTF-16 unit counts as a code point, which is cheaper to tell.
  const units = values.reduce((sum, value) => sum + value.length, name?.length ?? 0);
  // A word, with what follows it, has two units or more, but for the last one.
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
