import { isWide, reserve, SLOT, takeTexts } from '#format/memory-cost.ts';
import { lengthOf } from '#format/utf8.ts';
import { type NumbersPacked, packNumbers, unpackIntegers, unpackNumbers } from './numbers.ts';

/**
 * A column of texts, in the smallest of three forms by a size that does not depend on compression:
 * plain; a dictionary of the distinct texts with an index a row; or, for lists such as "Gold, Cadmium", a
 * dictionary of their tokens with the number of tokens a row and the index of each.
 */
export type StringsPacked =
  | [form: 0, texts: string[]]
  | [form: 1, distinct: string[], rows: NumbersPacked]
  | [form: 2, tokens: string[], counts: NumbersPacked, rows: NumbersPacked];

const SEPARATOR = ', ';

/** Packs a column; dictionaries list strings in order of first appearance. Sizes count code points. */
export function packStrings(texts: string[]): StringsPacked {
  const whole = dictionary(texts);
  const { plain } = whole;
  // Equal strings are looked at once.
  const isList = whole.distinct.map(text => text.includes(SEPARATOR));
  let lists = 0;
  for (const row of whole.rows) if (isList[row]) lists++;
  const indexed = whole.size + texts.length * width(whole.distinct.length);
  if (lists * 2 > texts.length) {
    const split = whole.distinct.map(text => text.split(SEPARATOR));
    const tokens = dictionary(split.flat());
    const counts = whole.rows.map(index => split[index]!.length);
    let used = 0;
    for (const count of counts) used += count;
    const listed = tokens.size + texts.length + used * width(tokens.distinct.length);
    if (listed < plain && listed < indexed) {
      return [
        2,
        tokens.distinct,
        packNumbers(counts),
        packNumbers(tokensOf(whole.rows, split, tokens.rows, used)),
      ];
    }
  }
  return indexed < plain ? [1, whole.distinct, packNumbers(whole.rows)] : [0, texts];
}

interface Dictionary {
  readonly distinct: string[];
  /** Index of each string in `distinct`. */
  readonly rows: Uint32Array;
  /** Size of the distinct strings. */
  readonly size: number;
  /** Size of all strings. */
  readonly plain: number;
}

function dictionary(texts: string[]): Dictionary {
  const indices = new Map<string, number>();
  const distinct: string[] = [];
  const sizes: number[] = [];
  const rows = new Uint32Array(texts.length);
  let size = 0;
  let plain = 0;
  for (let i = 0; i < texts.length; i++) {
    const text = texts[i]!;
    let index = indices.get(text);
    if (index === undefined) {
      index = distinct.length;
      indices.set(text, index);
      distinct.push(text);
      sizes.push(lengthOf(text) + 1);
      size += sizes[index]!;
    }
    rows[i] = index;
    plain += sizes[index]!;
  }
  return { distinct, rows, size, plain };
}

/**
 * The tokens of all rows.
 * @param rows the distinct text of each row
 * @param split the tokens of each distinct text
 * @param tokens the index of each token of all distinct texts, one text after another
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

/** Bytes of an index into a dictionary of so many entries. */
function width(entries: number): number {
  return entries <= 1 ? 0 : entries <= 0x100 ? 1 : entries <= 0x10000 ? 2 : 3;
}

/**
 * Reads a column of `count` texts.
 * @throws Error where the packed form is not one of `count` texts
 */
export function unpackStrings(packed: unknown, count: number): string[] {
  const [form, texts, first, second] = Array.isArray(packed) ? (packed as unknown[]) : [];
  if (!isTexts(texts)) throw new Error('a column of texts has no list of texts');
  if (form === 0) {
    takeTexts(texts);
    if (texts.length !== count) throw new Error(`${texts.length} texts for ${count} rows`);
    return texts;
  }
  if (form === 1) {
    takeTexts(texts);
    return look(texts, unpackNumbers(first, count));
  }
  if (form !== 2) throw new Error(`a column of texts has the unknown form ${String(form)}`);
  const counts = unpackIntegers(first, count, 1);
  let total = 0;
  for (let i = 0; i < count; i++) total += counts[i]!;
  const tokens = look(texts, unpackNumbers(second, total));
  // Joined, a token counts as often as it is used.
  let units = total * SEPARATOR.length;
  for (const token of tokens) units += token.length;
  reserve(units * (texts.some(isWide) ? 2 : 1));
  let end = 0;
  const joined = Array.from(counts, of => {
    end += of;
    return tokens.slice(end - of, end).join(SEPARATOR);
  });
  takeTexts(joined);
  return joined;
}

export function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(text => typeof text === 'string');
}

function look(texts: string[], rows: Float64Array): string[] {
  reserve(SLOT * rows.length);
  const found: string[] = new Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const text = texts[rows[i]!];
    if (text === undefined) throw new Error(`index ${rows[i]} is not in a dictionary of ${texts.length}`);
    found[i] = text;
  }
  return found;
}
