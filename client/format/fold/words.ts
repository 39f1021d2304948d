/**
 * Divides folded strings into words for searching, each with the separators after it. Separators at the beginning of
 * a string are a separate word. These are separators, in every version of Unicode: U+0000 to 002F, 003A to 0040, 005B
 * to 0060, 007B to 00BF, 2000 to 206F, 3000 to 303F.
 */

import { widthAt } from '#format/utf8.ts';

/** Number of code points by which a string is looked up. */
export const WINDOW = 24;

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

/** The first code points of a string from a UTF-16 offset on, at most WINDOW. */
export function windowOf(text: string, start = 0): string {
  return firstPoints(text, WINDOW, start);
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

/** The last code points of a string before a UTF-16 offset, at most WINDOW. */
export function windowBefore(text: string, end: number): string {
  let start = end;
  for (let points = 0; points < WINDOW && start > 0; points++) {
    const unit = text.charCodeAt(start - 1);
    start -= unit >= 0xdc00 && unit < 0xe000 ? 2 : 1;
  }
  return text.slice(start, end);
}

/** A string from a position inside a word on, with the beginning of the word. */
export interface WordPart {
  /** The rest of the string, at most WINDOW code points. */
  readonly rest: string;
  /** The first code points of the word before the position, at most WINDOW. */
  readonly before: string;
}

/**
 * All positions inside a word, except its beginning.
 * @param follows the string after the word, up to WINDOW code points
 */
export function partsOf(word: string, follows: string): WordPart[] {
  const parts: WordPart[] = [];
  const text = word + follows;
  for (let at = widthAt(word, 0); at < word.length; at += widthAt(word, at)) {
    parts.push({ rest: windowOf(text, at), before: windowOf(word.slice(0, at)) });
  }
  return parts;
}
