/**
 * Fold tables in short ASCII, for source files.
 *
 * A map from code points to values has one word per code point: `gap:value`, where the gap is the difference to the
 * previous code point. `gap:value*count` stands for `count` equal words. The value of a mark is its rank; that of a
 * code point is its replacement: code points joined by commas, the first as the difference to the code point itself.
 * All numbers except counts have base 36. An empty value stands for an empty replacement.
 */
import type { FoldTable } from './fold.ts';

/** The maps of a fold table; words are separated by spaces. */
export interface FoldText {
  readonly map: string;
  readonly ranks: string;
  readonly search: string;
}

/** Writes the maps of a table. */
export function printFold({ map, ranks, search }: FoldTable): FoldText {
  const relative = (to: string, from: string) =>
    Array.from(to, (char, i) => print(codeOf(char) - (i === 0 ? codeOf(from) : 0))).join();
  return {
    map: printMap(map, relative),
    ranks: printMap(ranks, print),
    search: printMap(search, relative),
  };
}

/** Parses the result of `printFold`; words may be separated by any white space. */
export function parseFold({ map, ranks, search }: FoldText): Omit<FoldTable, 'unicode'> {
  const replacement = (value: string, from: number) => {
    if (value === '') return '';
    const [first, ...rest] = value.split(',').map(parse);
    return String.fromCodePoint(from + first!, ...rest);
  };
  return {
    map: parseMap(map, replacement),
    ranks: parseMap(ranks, parse),
    search: parseMap(search, replacement),
  };
}

const codeOf = (char: string) => char.codePointAt(0)!;
const print = (number: number) => number.toString(36);
const parse = (digits: string) => Number.parseInt(digits, 36);

function printMap<T>(map: ReadonlyMap<string, T>, printValue: (value: T, char: string) => string): string {
  const words: { word: string; count: number }[] = [];
  let last = 0;
  for (const [char, value] of map) {
    const word = `${print(codeOf(char) - last)}:${printValue(value, char)}`;
    const same = words.at(-1);
    if (same?.word === word) same.count++;
    else words.push({ word, count: 1 });
    last = codeOf(char);
  }
  return words.map(({ word, count }) => (count === 1 ? word : `${word}*${count}`)).join(' ');
}

function parseMap<T>(text: string, parseValue: (value: string, code: number) => T): Map<string, T> {
  const map = new Map<string, T>();
  let code = 0;
  for (const [word] of text.matchAll(/\S+/g)) {
    const [gap, value, count = 1] = word.split(/[:*]/) as [string, string, string?];
    for (let n = Number(count); n > 0; n--) {
      code += parse(gap);
      map.set(String.fromCodePoint(code), parseValue(value, code));
    }
  }
  return map;
}
