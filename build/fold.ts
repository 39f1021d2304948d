import { writeFileSync } from 'node:fs';
import type { FoldTable } from '#format/fold/fold.ts';
import { printFold } from '#format/fold/fold-text.ts';

// `npm run fold`: writes the table of the fold from the Unicode data of this Node: client/format/fold/fold-data.ts
// for the code, and client/format/fold.json for other implementations. Every set contains the table: a newer table
// changes the files of sets, so it needs a new version of the package.

/** The fold table of the Unicode version that this Node has. */
export function deriveFold(): FoldTable {
  const map = new Map<string, string>();
  const marks: string[] = [];
  for (const char of codePoints()) {
    const folded = Array.from(char.normalize('NFD'), caseFold).join('').normalize('NFD');
    if (folded !== char) map.set(char, folded);
    else if (isMark(char)) marks.push(char);
  }
  return { unicode: process.versions['unicode']!, map, ranks: ranksOf(marks), search: searchMap(marks) };
}

/**
 * Marks that the search fold drops: accents, and the points of scripts that are read without them. Marks of other
 * scripts, and the voicing marks of kana, tell letters apart.
 */
const DROPPED =
  /(?![\u3099\u309a])[\p{Script=Inherited}\p{Script=Cyrillic}\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}]/u;

/** Letters that have no decomposition, and punctuation, as they are typed on a plain keyboard. */
const PLAIN: Readonly<Record<string, string>> = {
  ...{ ı: 'i', ø: 'o', ł: 'l', đ: 'd', ħ: 'h', ŧ: 't', æ: 'ae', œ: 'oe', ð: 'd', þ: 'th' },
  ...{ '\u02bb': "'", '\u02bc': "'", '\u2018': "'", '\u2019': "'", '\u201c': '"', '\u201d': '"' },
  ...{ '\u2010': '-', '\u2011': '-', '\u2012': '-', '\u2013': '-', '\u2014': '-', '\u2212': '-' },
  ...{ '\u00a0': ' ', '\u2009': ' ', '\u202f': ' ', '\u3000': ' ' },
};

function searchMap(marks: readonly string[]): Map<string, string> {
  const dropped = marks.filter(mark => DROPPED.test(mark)).map(mark => [mark, ''] as const);
  return new Map(
    [...dropped, ...Object.entries(PLAIN)].sort(([a], [b]) => a.codePointAt(0)! - b.codePointAt(0)!),
  );
}

/** All code points except surrogates and Hangul syllables. */
function* codePoints(): Generator<string> {
  for (let code = 0; code <= 0x10ffff; code++) {
    if (code === 0xac00) code = 0xd7a4;
    if (code === 0xd800) code = 0xe000;
    yield String.fromCodePoint(code);
  }
}

/**
 * Full case folding (C and F of Unicode's CaseFolding.txt) of a code point, from its case mappings. It is the lower
 * case of the upper case, with exceptions: Cherokee folds to upper case, which is older there, and the dotless i does
 * not fold to i. U+0345 would fold to a letter, which is not reordered among marks: the fold keeps it as a mark.
 */
function caseFold(char: string): string {
  if (char === '\u0131' || char === '\u0345') return char;
  if (/\p{Script=Cherokee}/u.test(char)) return char.toUpperCase();
  const folded = Array.from(char.toUpperCase(), upper => upper.toLowerCase()).join('');
  return folded === char ? char : Array.from(folded, caseFold).join('');
}

/** A mark of the lowest combining class, 1, and one of the highest, 240. */
const LOWEST = '\u0334';
const HIGHEST = '\u0345';

/** Whether the combining class of a code point is not 0: it is reordered with marks of other classes. */
function isMark(char: string): boolean {
  return trade(char, LOWEST) || trade(HIGHEST, char);
}

/** Whether the combining class of the first mark is higher than that of the second, and neither is 0. */
function trade(first: string, second: string): boolean {
  return (first + second).normalize('NFD') !== first + second;
}

/** Ranks from 1 in order of combining class. */
function ranksOf(marks: readonly string[]): Map<string, number> {
  const classes = marks.toSorted((a, b) => Number(trade(a, b)) - Number(trade(b, a)));
  const ranks = new Map(marks.map(mark => [mark, 0]));
  let rank = 0;
  let last = '';
  for (const mark of classes) {
    if (last === '' || trade(mark, last)) rank++;
    ranks.set(mark, rank);
    last = mark;
  }
  return ranks;
}

/** The source text of fold-data.ts. */
export function foldData(table: FoldTable): string {
  const { map, ranks, search } = printFold(table);
  const lines = (text: string) => text.match(/\S.{0,109}(?= |$)/g)!.join('\n');
  return `// Written by \`npm run fold\`. Do not edit.
import type { FoldTable } from './fold.ts';
import { parseFold } from './fold-text.ts';

const unicode = '${table.unicode}';

const map = \`
${lines(map)}
\`;

const ranks = \`
${lines(ranks)}
\`;

const search = \`
${lines(search)}
\`;

let table: FoldTable | undefined;

/** Returns the fold table that writers put into sets, of Unicode ${table.unicode}. */
export function foldTable(): FoldTable {
  table ??= { unicode, ...parseFold({ map, ranks, search }) };
  return table;
}
`;
}

/** The text of fold.json: code points in hex, as in the files of Unicode. */
export function foldJson({ unicode, map, ranks, search }: FoldTable): string {
  const hex = (text: string) =>
    Array.from(text, char => char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')).join(' ');
  const members = (entries: Iterable<readonly [string, string | number]>) => {
    const list = Array.from(entries, ([char, value]) => `"${hex(char)}":${JSON.stringify(value)}`);
    const lines = list.map((member, i) => `${member}${i % 6 === 5 ? ',\n' : ', '}`).join('');
    return `{\n${lines.slice(0, -2)}\n}`;
  };
  const changed = Array.from(map, ([char, folded]) => [char, hex(folded)] as const);
  const plain = Array.from(search, ([char, text]) => [char, hex(text)] as const);
  return `{\n"unicode": "${unicode}",\n"map": ${members(changed)},\n"ranks": ${members(ranks)},\n"search": ${members(plain)}\n}\n`;
}

if (import.meta.main) {
  const table = deriveFold();
  writeFileSync(new URL('../client/format/fold/fold-data.ts', import.meta.url), foldData(table));
  writeFileSync(new URL('../client/format/fold.json', import.meta.url), foldJson(table));
}
