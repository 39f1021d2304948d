/**
 * Divides folded strings into words for searching, each with the separators after it. Separators at the beginning of
 * a string are a separate word. These are separators, in every version of Unicode: U+0000 to 002F, 003A to 0040, 005B
 * to 0060, 007B to 00BF, 2000 to 206F, 3000 to 303F.
 */

import { widthAt } from '#format/utf8.ts';

function isSeparator(unit: number): boolean {
  if (unit < 0xc0) {
    return unit < 0x30 || (unit > 0x39 && unit < 0x41) || (unit > 0x5a && unit < 0x61) || unit > 0x7a;
  }
  return (unit >= 0x2000 && unit <= 0x206f) || (unit >= 0x3000 && unit <= 0x303f);
}

/** UTF-16 offsets of the words of a string, ascending from 0; none for an empty string. */
export function wordStarts(text: string): number[] {
  if (text === '') return [];
  const starts = [0];
  let inSeparators = isSeparator(text.charCodeAt(0));
  for (let i = 1; i < text.length; i++) {
    const separator = isSeparator(text.charCodeAt(i));
    if (inSeparators && !separator) starts.push(i);
    inSeparators = separator;
  }
  return starts;
}

/** The first code points of a string from a UTF-16 offset on, at most `count`. */
export function firstPoints(text: string, count: number, start = 0): string {
  // A code point has one unit or two.
  if (text.length - start <= count) return text.slice(start);
  let end = start;
  for (let points = 0; points < count && end < text.length; points++) {
    end += widthAt(text, end);
  }
  return text.slice(start, end);
}
