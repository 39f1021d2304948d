/**
 * Fold tables as short ASCII text, for source files.
 *
 * A map from code points to values is a word for each: `gap:value`, where the gap is the code point less the one
 * before. `gap:value*count` stands for so many equal words. The value of a mark is its rank; that of a code point is
 * what it becomes, as code points joined by commas, the first less the code point itself. All numbers but counts have
 * base 36.
 */
import type { FoldTable } from './fold.ts';

/** A fold table's two maps as text, words apart by spaces. */
export interface FoldText {
  readonly map: string;
  readonly ranks: string;
}

/** Writes the maps of a table. */
export function printFold({ map, ranks }: FoldTable): FoldText {
  const relative = (to: string, from: string) =>
    Array.from(to, (char, i) => print(codeOf(char) - (i === 0 ? codeOf(from) : 0))).join();
  return { map: printMap(map, relative), ranks: printMap(ranks, print) };
}

/** Reads what `printFold` wrote; any white space parts words. */
export function parseFold({ map, ranks }: FoldText): Pick<FoldTable, 'map' | 'ranks'> {
  return {
    map: parseMap(map, (value, from) => {
      const [first, ...rest] = value.split(',').map(parse);
      return String.fromCodePoint(from + first!, ...rest);
    }),
    ranks: parseMap(ranks, parse),
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
