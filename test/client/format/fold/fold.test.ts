import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deriveFold, foldData, foldJson } from '#build/fold.ts';
import { foldTable, makeFold } from '#format/index.ts';
import { seeded, text } from '#test/support/arbitrary.ts';
import { pythonWith, runProcess } from '#test/support/run-command.ts';

const table = foldTable();
const fold = makeFold(table);

/** The Unicode data of this Node can be compared with the table only if both are of one version. */
const otherUnicode = process.versions['unicode'] !== table.unicode;

const marks = [...table.ranks.keys()];

/** Texts of what the fold changes and reorders, among others. */
const foldable = fc
  .array(
    fc.oneof(
      fc.constantFrom(...table.map.keys()),
      fc.constantFrom(...marks),
      fc.constantFrom(...'\u0345\u0344\u0f73\u0f71ıςᾳẞaZ \u1100\u11a8'),
      fc.integer({ min: 0xac00, max: 0xd7a3 }).map(code => String.fromCharCode(code)),
      text,
    ),
    { maxLength: 8 },
  )
  .map(parts => parts.join(''));

/** All code points that this Node knows, private ones left out. */
const assigned = Array.from({ length: 0x110000 }, (_, code) => String.fromCodePoint(code)).filter(
  char => !/[\p{Cn}\p{Co}\p{Cs}]/u.test(char),
);

interface FoldJson {
  readonly unicode: string;
  readonly map: Readonly<Record<string, string>>;
  readonly ranks: Readonly<Record<string, number>>;
}

describe('the fold', () => {
  test.each([
    ['', ''],
    ['Gliese 581 [A]', 'gliese 581 [a]'],
    ['\0\tA\x7f', '\0\ta\x7f'],
    ['Ångström', 'a\u030angstro\u0308m'],
    ['STRASSE', 'strasse'],
    ['Straße', 'strasse'],
    ['STRAẞE', 'strasse'],
    ['ΣΊΣΥΦΟΣ', 'σι\u0301συφοσ'],
    ['Σίσυφος', 'σι\u0301συφοσ'],
    ['ᾼ', 'α\u0345'],
    ['\u212a', 'k'],
    ['\u03f4', 'θ'],
    ['ſ', 's'],
    ['ﬁx', 'fix'],
    ['ﬅ', 'st'],
    ['ŉ', 'ʼn'],
    ['İI', 'i\u0307i'],
    ['ıi', 'ıi'],
    ['Ꭰꭰ', 'ᎠᎠ'],
    ['ა Ა', 'ა ა'],
    ['𐐀', '𐐨'],
    ['가각힣', '\u1100\u1161\u1100\u1161\u11a8\u1112\u1175\u11c2'],
    ['恒星 🌟', '恒星 🌟'],
    ['\uf900', '豈'],
    ['\u0f73', '\u0f71\u0f72'],
    ['q\u0307\u0323', 'q\u0323\u0307'],
    ['q\u0323\u0307', 'q\u0323\u0307'],
    ['q\u0301\u0300', 'q\u0301\u0300'],
    ['Ạ\u0302\u0334', 'a\u0334\u0323\u0302'],
  ])('of %j is %j', (of, folded) => {
    expect(fold(of)).toBe(folded);
  });

  test.each([
    [['Å', 'å', '\u212b', 'A\u030a', 'a\u030a']],
    [['Ệ', 'ệ', 'e\u0302\u0323', 'E\u0323\u0302', 'ẹ\u0302', 'Ê\u0323']],
    [['Ω', 'ω', '\u2126']],
    [['각', '가\u11a8', '\u1100\u1161\u11a8']],
    [['\u1fb4', '\u03b1\u0345\u0301', 'ά\u0345', 'Ά\u0345']],
  ])('of %j is one', texts => {
    expect(new Set(texts.map(fold)).size).toBe(1);
  });

  test('of ASCII is its lower case', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), of => {
        expect(fold(of)).toBe(of.toLowerCase());
      }),
    );
  });

  test('is its own fold', () => {
    fc.assert(
      fc.property(foldable, of => {
        expect(fold(fold(of))).toBe(fold(of));
      }),
      { numRuns: 2000 },
    );
  });

  test('of two texts is that of each, unless the second begins with a mark', () => {
    fc.assert(
      fc.property(foldable, foldable, (a, b) => {
        fc.pre(!table.ranks.has([...fold(b)][0] ?? ''));
        expect(fold(a + b)).toBe(fold(a) + fold(b));
      }),
      { numRuns: 1000 },
    );
  });

  test('goes by the table alone', () => {
    const map = new Map([...table.map].filter(([char]) => char < 'Z'));
    const other = makeFold({
      unicode: '1.0',
      map: map.set('Z', 'zz').set('\ue000', 'x'),
      ranks: new Map(),
      search: new Map(),
    });
    expect(other('ÉB\ue000Z')).toBe('Ébxzz');
    const ranks = new Map([...'bcd'].map((mark, i) => [mark, 3 - i]));
    expect(makeFold({ unicode: '1.0', map, ranks, search: new Map() })('éBcdbcdaé')).toBe('éddccbbaé');
  });
});

describe.skipIf(otherUnicode)('the fold, by the Unicode of this Node,', () => {
  test('is one for canonically equivalent texts, and in normal form D', () => {
    fc.assert(
      fc.property(foldable, of => {
        const folded = fold(of);
        expect(fold(of.normalize('NFC'))).toBe(folded);
        expect(fold(of.normalize('NFD'))).toBe(folded);
        expect(folded.normalize('NFD')).toBe(folded);
      }),
      { numRuns: 2000 },
    );
    for (const char of assigned) {
      const folded = fold(char);
      if (fold(char.normalize('NFC')) !== folded || fold(char.normalize('NFD')) !== folded) expect.fail(char);
    }
  });

  test('puts all marks in one run into canonical order', () => {
    const random = seeded(1);
    for (let i = 0; i < 5; i++) {
      const run = marks.map(mark => ({ mark, at: random() })).sort((a, b) => a.at - b.at);
      const shuffled = run.map(({ mark }) => mark).join('');
      expect(fold(shuffled)).toBe(shuffled.normalize('NFD'));
    }
  });

  test('is one for both cases, but for the dotless i and for the iota below, whose capitals are other letters', () => {
    const differing = assigned.filter(
      char => new Set([char, char.toUpperCase(), char.toLowerCase()].map(fold)).size > 1,
    );
    const withIota = assigned.filter(char => char.normalize('NFD').includes('\u0345'));
    expect(differing).toEqual(['ı', ...withIota]);
  });

  test('has the table that the script derives', () => {
    const path = new URL('../../../../client/format/fold/fold-data.ts', import.meta.url);
    expect(foldData(deriveFold())).toBe(readFileSync(path, 'utf8'));
  });

  test('has the table of fold.json, which the script writes for other implementations', () => {
    const text = readFileSync(new URL('../../../../client/format/fold.json', import.meta.url), 'utf8');
    expect(text).toBe(foldJson(foldTable()));
    const { unicode, map, ranks } = JSON.parse(text) as FoldJson;
    const chars = (hex: string) =>
      String.fromCodePoint(...hex.split(' ').map(code => Number.parseInt(code, 16)));
    expect(unicode).toBe(foldTable().unicode);
    expect(new Map(Object.entries(map).map(([from, to]) => [chars(from), chars(to)]))).toEqual(
      foldTable().map,
    );
    expect(new Map(Object.entries(ranks).map(([mark, rank]) => [chars(mark), rank]))).toEqual(
      foldTable().ranks,
    );
  });
});

/** The same fold by Python's Unicode, normal form first; null where Python does not know a code point. */
const PROGRAM = `
import json, sys
from unicodedata import category, combining, normalize
def fold(text):
    if any(category(c) == 'Cn' for c in text): return None
    folded = (c if c == '\\u0345' else c.casefold() for c in normalize('NFD', text))
    return normalize('NFD', ''.join(folded))
asked = json.load(sys.stdin)
json.dump({'folds': [fold(t) for t in asked['texts']], 'classes': [combining(c) for c in asked['chars']]}, sys.stdout)
`;
const python = pythonWith('unicodedata');

describe.skipIf(python === undefined)('Python', () => {
  test('folds alike, and has the same marks in the same order', async () => {
    const texts = [...assigned, ...fc.sample(foldable, { numRuns: 5000, seed: 1 })];
    const input = JSON.stringify({ texts, chars: assigned });
    const { stdout, stderr } = await runProcess(python!, ['-c', PROGRAM], { input });
    expect(stderr).toBe('');
    const { folds, classes } = JSON.parse(stdout) as { folds: (string | null)[]; classes: number[] };

    const known = texts.map((of, i) => ({ of, folded: folds[i] })).filter(({ folded }) => folded !== null);
    expect(known.length).toBeGreaterThan(130_000);
    expect(known.filter(({ of, folded }) => fold(of) !== folded)).toEqual([]);

    const rankOf = new Map([[0, 0]]);
    assigned.forEach((char, i) => {
      if (folds[i] !== char) return;
      const rank = table.ranks.get(char) ?? 0;
      if (!rankOf.has(classes[i]!)) rankOf.set(classes[i]!, rank);
      if (rankOf.get(classes[i]!) !== rank) expect.fail(`${char} has class ${classes[i]} and rank ${rank}`);
    });
    const ranks = [...rankOf].sort(([a], [b]) => a - b).map(([, rank]) => rank);
    expect(ranks).toEqual([...new Set(ranks)].sort((a, b) => a - b));
    expect(ranks.length).toBeGreaterThan(50);
  });
});
