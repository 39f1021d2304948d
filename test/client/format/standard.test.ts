/** FORMAT.md as a document: what refers to it, and what it refers to. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { foldTable, pack, packFold } from '#format/index.ts';
import { DEFAULT_OPTIONS } from '#pipeline/tasks/build-options.ts';
import { refTo } from '#test/support/stored-files.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const read = (path: string) => readFileSync(`${root}/${path}`, 'utf8');
const text = read('client/format/FORMAT.md');
const headings = new Set([...text.matchAll(/^#+ (\d+(?:\.\d+)?)\.? /gm)].map(([, number]) => number!));

/** Numbers of sections in a citation: "section 4", "sections 9, 11 and 12", "sections 3 to 10". */
const numbersIn = (citation: string) => citation.match(/\d+(?:\.\d+)?/g) ?? [];

/** Sections that a file cites; in Python also `[11.1]` in comments and docstrings. */
function citedIn(path: string): string[] {
  const source = read(path);
  const after = [...source.matchAll(/FORMAT\.md[^\s]*,\s+(?:\* )?(sections? [\d., and]*\d)/g)];
  const before = [...source.matchAll(/(sections? [\d., ]*(?: ?(?:and|to) )?[\d.]+) of FORMAT\.md/g)];
  const brackets = path.endsWith('.py')
    ? [...source.matchAll(/(?:#|"""|\. )\[([\d., ]+)\]/g)].map(match => [match[0], match[1]!])
    : [];
  return [...after, ...before, ...brackets].flatMap(([, citation]) => numbersIn(citation!));
}

describe('FORMAT.md', () => {
  const sources = globSync('{client,pipeline,test,build}/**/*.{ts,py,md,json}', { cwd: root });

  test('has the sections that the sources cite', () => {
    const cited = sources.flatMap(path => citedIn(path).map(section => ({ path, section })));
    expect(cited.length).toBeGreaterThan(30);
    expect(cited.filter(({ section }) => !headings.has(section))).toEqual([]);
  });

  test('has the sections that it and WHY.md cite', () => {
    for (const path of ['client/format/FORMAT.md', 'client/format/WHY.md']) {
      const prose = read(path).replace(/`[^`]*`/g, '');
      const cited = [
        ...prose.matchAll(/\(((?:\d+(?:\.\d+)?)(?:, \d+(?:\.\d+)?)*)\)/g),
        ...prose.matchAll(/sections? ([\d.,]+\d(?:,? (?:and|to) [\d.]*\d)?|\d+)/g),
      ];
      expect(cited.length).toBeGreaterThan(10);
      const missing = cited
        .flatMap(([, numbers]) => numbersIn(numbers!))
        .filter(section => !headings.has(section));
      expect(missing, path).toEqual([]);
    }
  });

  test('numbers its sections without a gap', () => {
    const numbers = [...headings].map(number => number.split('.').map(Number) as [number, number?]);
    let [section, part] = [0, 0];
    for (const [major, minor] of numbers) {
      if (minor === undefined) {
        expect(major).toBe(section + 1);
        section = major;
        part = 0;
      } else expect([major, minor]).toEqual([section, ++part]);
    }
    expect(section).toBeGreaterThan(15);
  });

  test('names files that are there', () => {
    for (const [, name] of text.matchAll(/(?<![\w./])([\w.-]+\.(?:schema\.json|md)|fold\.json)\b/g)) {
      expect(existsSync(`${root}/client/format/${name}`), name).toBe(true);
    }
    for (const [path] of text.matchAll(/test\/vectors\/[\w.]*/g)) {
      expect(existsSync(`${root}/${path}`), path).toBe(true);
    }
  });

  test('names the fold and the options that the builder writes', () => {
    const content = packFold(foldTable());
    const bytes = pack(content);
    const { hash } = refTo(bytes, 'fold');
    const { map, ranks } = foldTable();
    const count = (number: number) => number.toLocaleString('en');
    const facts = [
      `fold/${hash}.mpk`,
      `${count(bytes.length)} bytes`,
      `${count(map.size)} rows`,
      `${ranks.size} marks`,
      `${new Set(ranks.values()).size} ranks`,
    ];
    expect(facts.filter(fact => !text.replaceAll('\n', ' ').includes(fact))).toEqual([]);
    const { chunkLimit, detailWeight, preview } = DEFAULT_OPTIONS;
    for (const [option, value] of Object.entries({
      chunkLimit,
      detailWeight,
      'preview.size': preview.size,
    })) {
      expect(text).toMatch(new RegExp(`^\\| \`${option}\` \\|.*\\| ${count(value)} \\|$`, 'm'));
    }
  });
});
