import type { JsonObject } from './json.ts';

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
