/**
 * A column of texts in sorted order, front-coded: what each shares with the one before is left out.
 * (I. H. Witten, A. Moffat, T. C. Bell, "Managing Gigabytes", 1999, section 4.1.)
 */

import { sharedUnits } from '#format/btree/keys.ts';
import { isWide, reserve, takeTexts } from '#format/memory-cost.ts';
import { lengthOf, widthAt } from '#format/utf8.ts';
import { type NumbersPacked, packNumbers, unpackIntegers } from './numbers.ts';

/** Code points that each text shares with the one before, and the rest of each. */
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
 * Reads a column of `count` texts.
 * @throws Error where the packed form is not one of `count` texts
 */
export function unpackFront(packed: unknown, count: number): string[] {
  const [sharedPacked, rests] = Array.isArray(packed) ? (packed as unknown[]) : [];
  if (!Array.isArray(rests) || rests.length !== count)
    throw new Error(`a sorted column has not ${count} texts`);
  const shared = unpackIntegers(sharedPacked, count);
  const texts: string[] = new Array(count);
  let before = '';
  let unitBytes = 1;
  for (let i = 0; i < count; i++) {
    const rest: unknown = rests[i];
    if (typeof rest !== 'string') throw new Error('a sorted column holds what is no text');
    const units = unitsOf(before, shared[i]!);
    if (isWide(rest)) unitBytes = 2;
    reserve(unitBytes * (units + rest.length));
    before = before.slice(0, units) + rest;
    texts[i] = before;
  }
  takeTexts(texts);
  return texts;
}

/** Units of the first code points of a text. @throws Error where it has not so many */
function unitsOf(text: string, points: number): number {
  let units = 0;
  for (let left = points; left > 0; left--) {
    if (units >= text.length)
      throw new Error(`a sorted column shares ${points} characters of a shorter text`);
    units += widthAt(text, units);
  }
  return units;
}
