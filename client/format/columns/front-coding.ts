/**
 * A column of strings in sorted order, front-coded: each string without the part that it shares with the previous
 * one. (I. H. Witten, A. Moffat, T. C. Bell, "Managing Gigabytes", 1999, section 4.1.)
 */

import { sharedUnits } from '#format/btree/keys.ts';
import { isWide, reserve, takeTexts } from '#format/memory-cost.ts';
import { lengthOf, widthAt } from '#format/utf8.ts';
import { type NumbersPacked, packNumbers, unpackIntegers } from './numbers.ts';

/** Number of code points that each string shares with the previous one, and the rest of each string. */
export type FrontPacked = [shared: NumbersPacked, rests: string[]];

export function packFront(texts: readonly string[]): FrontPacked {
  const shared = new Float64Array(texts.length);
  const rests: string[] = new Array(texts.length);
  let before = '';
  for (let i = 0; i < texts.length; i++) {
    const text = texts[i]!;
    const units = sharedUnits(before, text);
    shared[i] = lengthOf(text.slice(0, units));
    rests[i] = text.slice(units);
    before = text;
  }
  return [packNumbers(shared), rests];
}

/**
 * Decodes a column of `count` strings.
 * @throws Error if it is not valid
 */
export function unpackFront(packed: unknown, count: number): string[] {
  const [sharedPacked, rests] = Array.isArray(packed) ? (packed as unknown[]) : [];
  if (!Array.isArray(rests) || rests.length !== count)
    throw new Error(`a sorted column lacks its ${count} strings`);
  const shared = unpackIntegers(sharedPacked, count);
  const texts: string[] = new Array(count);
  let before = '';
  let unitBytes = 1;
  for (let i = 0; i < count; i++) {
    const rest: unknown = rests[i];
    if (typeof rest !== 'string') throw new Error('a sorted column has a value that is not a string');
    const units = unitsOf(before, shared[i]!);
    if (isWide(rest)) unitBytes = 2;
    reserve(unitBytes * (units + rest.length));
    before = before.slice(0, units) + rest;
    texts[i] = before;
  }
  takeTexts(texts);
  return texts;
}

/**
 * UTF-16 length of the first `points` code points of a string.
 * @throws Error if it has fewer
 */
function unitsOf(text: string, points: number): number {
  let units = 0;
  for (let left = points; left > 0; left--) {
    if (units >= text.length)
      throw new Error(`a sorted column shares ${points} characters of a shorter string`);
    units += widthAt(text, units);
  }
  return units;
}
