/**
 * Columns of strings, packed as `[form, strings, ...columns of numbers]`. Each encoding is a module with its form, its
 * size, `encode`, `decode` and `describe`, and is registered in the three places here; separate, because a reader's
 * bundle has no encoders.
 */
import * as dictionary from './dictionary.ts';
import type { NumbersPacked } from './numbers.ts';
import * as plain from './plain-strings.ts';
import * as tokenLists from './token-lists.ts';

export type StringsPacked = [form: number, strings: string[], ...columns: NumbersPacked[]];

/** Packs a column with its smallest encoding, by sizes that count code points and do not depend on compression. */
export function packStrings(texts: string[]): StringsPacked {
  const distinct = dictionary.dictionaryOf(texts);
  const indexed = dictionary.sizeOf(distinct);
  const lists = tokenLists.tokenListsOf(distinct);
  if (lists && lists.size < distinct.plain && lists.size < indexed)
    return [tokenLists.FORM, ...lists.encode()];
  if (indexed < distinct.plain) return [dictionary.FORM, ...dictionary.encode(distinct)];
  return [plain.FORM, texts];
}

/** By form. */
const DECODERS = [plain.decode, dictionary.decode, tokenLists.decode];

/**
 * Reads a column of `count` strings.
 * @throws Error if the packed form is not one of `count` strings
 */
export function unpackStrings(packed: unknown, count: number): string[] {
  const [form, strings, ...columns] = Array.isArray(packed) ? (packed as unknown[]) : [];
  if (!isTexts(strings)) throw new Error('a column of strings has no array of strings');
  const decode = typeof form === 'number' ? DECODERS[form] : undefined;
  if (!decode) throw new Error(`a column of strings has the unknown form ${String(form)}`);
  return decode(strings, columns, count);
}

/** The encoding of a valid column of strings in words, for people who inspect a file. */
export function describeStrings([form, strings]: StringsPacked): string {
  if (form === plain.FORM) return plain.describe();
  return form === dictionary.FORM ? dictionary.describe(strings) : tokenLists.describe(strings);
}

export function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(text => typeof text === 'string');
}
