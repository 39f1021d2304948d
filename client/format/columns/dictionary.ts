/** Strings that repeat: the distinct strings in order of first appearance, and the index of each row's string. */
import { reserve, SLOT, takeTexts } from '#format/memory-cost.ts';
import { lengthOf } from '#format/utf8.ts';
import { type NumbersPacked, packNumbers, unpackNumbers } from './numbers.ts';

export const FORM = 1;

/** The distinct strings of a column. Sizes count code points, and 1 for each string. */
export interface Dictionary {
  readonly distinct: string[];
  /** Index of each string in `distinct`. */
  readonly rows: Uint32Array;
  /** Size of the distinct strings. */
  readonly size: number;
  /** Size of all strings. */
  readonly plain: number;
}

export function dictionaryOf(texts: readonly string[]): Dictionary {
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

/** Bytes of an index into a dictionary, by its number of entries. */
export function indexWidth(entries: number): number {
  return entries <= 1 ? 0 : entries <= 0x100 ? 1 : entries <= 0x10000 ? 2 : 3;
}

export function sizeOf({ distinct, rows, size }: Dictionary): number {
  return size + rows.length * indexWidth(distinct.length);
}

export function encode({ distinct, rows }: Dictionary): [strings: string[], rows: NumbersPacked] {
  return [distinct, packNumbers(rows)];
}

export function decode(distinct: string[], [rows]: readonly unknown[], count: number): string[] {
  takeTexts(distinct);
  return lookUp(distinct, unpackNumbers(rows, count));
}

/**
 * The strings of some indices.
 * @throws Error if one is not in the dictionary
 */
export function lookUp(distinct: readonly string[], rows: Float64Array): string[] {
  reserve(SLOT * rows.length);
  const found: string[] = new Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const text = distinct[rows[i]!];
    if (text === undefined) throw new Error(`index ${rows[i]} is not in a dictionary of ${distinct.length}`);
    found[i] = text;
  }
  return found;
}

/** The encoding in words, for people who inspect a file. */
export function describe(distinct: readonly string[]): string {
  return `dictionary of ${distinct.length}`;
}
