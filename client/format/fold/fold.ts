/**
 * The fold of strings, which removes differences of case and Unicode normalisation. Its table of code points is in
 * the set, so that all readers fold in the same way, independent of their version of Unicode.
 */
import { packNumbers, unpackIntegers } from '#format/columns/numbers.ts';
import { packStrings, unpackStrings } from '#format/columns/strings.ts';
import type { Packable } from '#format/pack.ts';
import { countField } from '#format/unpack.ts';

/** Data of one version of Unicode for the fold. Keys are strings of one code point, in ascending order. */
export interface FoldTable {
  /** The version of Unicode, such as "17.0". */
  readonly unicode: string;
  /** Replacement of each code point that the fold changes; without Hangul syllables, which a rule decomposes. */
  readonly map: ReadonlyMap<string, string>;
  /** Combining class of each mark: runs of marks are sorted by it, stably. */
  readonly ranks: ReadonlyMap<string, number>;
  /** Replacement of each code point of a fold that the search fold changes; "" drops it. */
  readonly search: ReadonlyMap<string, string>;
}

/** Removes differences of case and Unicode normalisation. */
export interface Fold {
  /** The exact fold, by which names are compared when case is ignored. */
  (text: string): string;
  /** The search fold: the exact fold without accents, and with plain letters and punctuation. */
  readonly search: (text: string) => string;
}

/**
 * Returns a function that folds strings: strings that differ only in case or in Unicode normalisation have the same
 * fold, and the fold of a fold is itself. Strings must not contain lone surrogates.
 *
 * The fold is NFD(toCasefold(NFD(text))) of the Unicode Standard (D145 in section 3.13), except that U+0345 (combining
 * iota below) is not changed: as a letter it would not be reordered with marks, and strings would have to be normalised
 * first.
 */
export function makeFold({ map, ranks, search }: FoldTable): Fold {
  const changed = new RegExp(`[${ranges(map.keys())}\\u{${hex(HANGUL)}}-\\u{${hex(HANGUL_END - 1)}}]`, 'gu');
  const marks = new RegExp(`[${ranges(ranks.keys())}]{2,}`, 'gu');
  const change = (char: string) => map.get(char) ?? lettersOf(char);
  const order = (run: string) => [...run].sort((a, b) => ranks.get(a)! - ranks.get(b)!).join('');
  const fold = (text: string) =>
    PRINTABLE_ASCII.test(text) ? text.toLowerCase() : text.replace(changed, change).replace(marks, order);
  const simplified = search.size > 0 && new RegExp(`[${ranges(search.keys())}]`, 'gu');
  const simplify = (text: string) =>
    simplified && !PRINTABLE_ASCII.test(text) ? text.replace(simplified, char => search.get(char)!) : text;
  return Object.assign(fold, { search: (text: string) => simplify(fold(text)) });
}

const PRINTABLE_ASCII = /^[ -~]*$/;

/** The code points of ASCII, for which all tables are equal. */
const ASCII = String.fromCharCode(...Array(0x80).keys());

const hex = (code: number) => code.toString(16);

/** Ascending code points, for a class of a regular expression. */
function ranges(chars: Iterable<string>): string {
  const runs: [first: number, last: number][] = [];
  for (const char of chars) {
    const code = char.codePointAt(0)!;
    const run = runs.at(-1);
    if (run?.[1] === code - 1) run[1] = code;
    else runs.push([code, code]);
  }
  return runs.map(([first, last]) => `\\u{${hex(first)}}-\\u{${hex(last)}}`).join('');
}

/** Range of Hangul syllables; the end is exclusive. */
const HANGUL = 0xac00;
const HANGUL_END = 0xd7a4;

/** The two or three letters of a Hangul syllable (the Unicode Standard, section 3.12). */
function lettersOf(syllable: string): string {
  const index = syllable.charCodeAt(0) - HANGUL;
  const leading = 0x1100 + Math.floor(index / 588);
  const vowel = 0x1161 + Math.floor((index % 588) / 28);
  const trailing = index % 28;
  return trailing === 0
    ? String.fromCharCode(leading, vowel)
    : String.fromCharCode(leading, vowel, 0x11a7 + trailing);
}

/** Returns the content of the fold file, for `pack`. */
export function packFold({ unicode, map, ranks, search }: FoldTable): Packable {
  const codes = (chars: Iterable<string>) => packNumbers(Array.from(chars, char => char.codePointAt(0)!));
  return {
    unicode,
    rows: map.size,
    from: codes(map.keys()),
    to: packStrings([...map.values()]),
    marks: ranks.size,
    mark: codes(ranks.keys()),
    rank: packNumbers([...ranks.values()]),
    letters: search.size,
    letter: codes(search.keys()),
    plain: packStrings([...search.values()]),
  };
}

/**
 * Decodes the content of the fold file.
 * @throws Error if it is not valid, or if a fold by it would not be its own fold
 */
export function unpackFold(file: Record<string, unknown>): FoldTable {
  const { unicode } = file;
  if (typeof unicode !== 'string')
    throw new Error(`field "unicode" is ${String(unicode)}, expected a string`);
  const rows = countField(file, 'rows');
  const to = unpackStrings(file['to'], rows);
  const map = new Map(unpackChars(file['from'], rows).map((char, i) => [char, to[i]!]));
  const marks = countField(file, 'marks');
  const rank = unpackIntegers(file['rank'], marks, 1);
  const ranks = new Map(unpackChars(file['mark'], marks).map((char, i) => [char, rank[i]!]));
  for (const text of to) {
    if (text === '' || [...text].some(char => map.has(char) || isHangul(char))) {
      throw new Error(`"${text}" is not the fold of a code point: it would be folded further`);
    }
  }
  if (Array.from(ASCII, char => map.get(char) ?? char).join('') !== ASCII.toLowerCase()) {
    throw new Error('the fold of ASCII is not its lower case');
  }
  for (const char of ranks.keys()) {
    if (map.has(char) || char < '\x80') throw new Error(`"${char}" is not a mark that the fold keeps`);
  }
  const letters = countField(file, 'letters');
  const plain = unpackStrings(file['plain'], letters);
  const search = new Map(unpackChars(file['letter'], letters).map((char, i) => [char, plain[i]!]));
  for (const [char, text] of search) {
    if (map.has(char) || char < '\x80') throw new Error(`"${char}" is not a letter of a fold`);
    if ([...text].some(other => map.has(other) || search.has(other) || isHangul(other))) {
      throw new Error(`"${text}" is not the search fold of "${char}": it would be folded further`);
    }
  }
  return { unicode, map, ranks, search };
}

/** A column of ascending code points. */
function unpackChars(packed: unknown, count: number): string[] {
  let last = -1;
  return Array.from(unpackIntegers(packed, count), code => {
    if (code <= last || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
      throw new Error(`code point ${code} follows ${last}, expected ascending order`);
    }
    last = code;
    const char = String.fromCodePoint(code);
    if (isHangul(char)) throw new Error(`the Hangul syllable ${code} is in the table`);
    return char;
  });
}

function isHangul(char: string): boolean {
  const code = char.charCodeAt(0);
  return code >= HANGUL && code < HANGUL_END;
}
