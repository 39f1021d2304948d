/**
 * Lists such as "Gold, Cadmium": a dictionary of their tokens, the number of tokens of each row, and the index of each
 * token.
 */
import { isWide, reserve, takeTexts } from '#format/memory-cost.ts';
import { type Dictionary, dictionaryOf, indexWidth, lookUp } from './dictionary.ts';
import { type NumbersPacked, packNumbers, unpackIntegers, unpackNumbers } from './numbers.ts';

export const FORM = 2;

const SEPARATOR = ', ';

export interface TokenLists {
  readonly size: number;
  encode(): [tokens: string[], counts: NumbersPacked, rows: NumbersPacked];
}

/** The lists of a column; undefined unless more than half of its strings are lists. */
export function tokenListsOf({ distinct, rows }: Dictionary): TokenLists | undefined {
  // Equal strings are looked at once.
  const isList = distinct.map(text => text.includes(SEPARATOR));
  let lists = 0;
  for (const row of rows) if (isList[row]) lists++;
  if (lists * 2 <= rows.length) return undefined;
  const split = distinct.map(text => text.split(SEPARATOR));
  const tokens = dictionaryOf(split.flat());
  const counts = rows.map(index => split[index]!.length);
  let used = 0;
  for (const count of counts) used += count;
  return {
    size: tokens.size + rows.length + used * indexWidth(tokens.distinct.length),
    encode: () => [
      tokens.distinct,
      packNumbers(counts),
      packNumbers(tokensOf(rows, split, tokens.rows, used)),
    ],
  };
}

/**
 * The tokens of all rows.
 * @param rows the distinct string of each row
 * @param split the tokens of each distinct string
 * @param tokens the index of each token of all distinct strings, one string after another
 */
function tokensOf(
  rows: Uint32Array,
  split: readonly (readonly string[])[],
  tokens: Uint32Array,
  count: number,
): Uint32Array {
  const starts = new Uint32Array(split.length);
  for (let i = 1; i < split.length; i++) starts[i] = starts[i - 1]! + split[i - 1]!.length;
  const result = new Uint32Array(count);
  let end = 0;
  for (const row of rows) {
    const start = starts[row]!;
    for (let i = 0; i < split[row]!.length; i++) result[end++] = tokens[start + i]!;
  }
  return result;
}

export function decode(
  distinct: readonly string[],
  [countsPacked, rows]: readonly unknown[],
  count: number,
): string[] {
  const counts = unpackIntegers(countsPacked, count, 1);
  let total = 0;
  for (let i = 0; i < count; i++) total += counts[i]!;
  const tokens = lookUp(distinct, unpackNumbers(rows, total));
  // Joined, a token counts as often as it is used.
  let units = total * SEPARATOR.length;
  for (const token of tokens) units += token.length;
  reserve(units * (distinct.some(isWide) ? 2 : 1));
  let end = 0;
  const joined = Array.from(counts, length => {
    end += length;
    return tokens.slice(end - length, end).join(SEPARATOR);
  });
  takeTexts(joined);
  return joined;
}

/** The encoding in words, for people who inspect a file. */
export function describe(tokens: readonly string[]): string {
  return `lists of ${tokens.length} tokens`;
}
