/** Rules for the text of every source file. */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = globSync('{build,client,data,pipeline,test}/**/*.{ts,js}', {
  cwd: root,
  exclude: path => /(^|\/)(node_modules|dist)$/.test(path),
});

/** Code that a doc comment cannot document: nothing, another comment, an end, an import, or a statement. */
const UNDOCUMENTED =
  /^$|^(\/\*|[)}\]]|(await|break|continue|for|if|return|switch|throw|try|while)\b|import\b(?! *[.(]))/;

/** Lines of doc comments that precede no declaration. The first comment of a file may document the file. */
function orphanedDocs(source: string): number[] {
  const orphans: number[] = [];
  for (const { 0: comment, index } of source.matchAll(/(?<=^[ \t]*)\/\*\*(?!\/).*?\*\//gms)) {
    const before = source.slice(0, index).replace(/^#!.*/, '');
    const after = source.slice(index + comment.length).replace(/^[ \t]*\n?([ \t]*\/\/.*\n)*[ \t]*/, '');
    const [next] = after.split('\n') as [string];
    if (before.trim() !== '' && UNDOCUMENTED.test(next)) orphans.push(before.split('\n').length);
  }
  return orphans;
}

test('every doc comment precedes a declaration', () => {
  expect(sources.length).toBeGreaterThan(100);
  const orphans = sources.flatMap(file =>
    orphanedDocs(readFileSync(`${root}/${file}`, 'utf8')).map(line => `${file}:${line}`),
  );
  expect(orphans).toEqual([]);
});

test.each([
  ['a doc comment of a declaration', '/** File. */\n/** Value. */\nconst a = 1;\n', []],
  ['a directive of the linter between them', 'a;\n/** Value. */\n// biome-ignore x: y\nconst a = 1;\n', []],
  ['a member, on the same line', 'interface A {\n  /** Value. */ readonly a: 1;\n}\n', []],
  ['another doc comment', 'a;\n/** Lost. */\n/** Value. */\nconst a = 1;\n', [2]],
  ['an empty line', 'a;\n/**\n * Lost.\n */\n\nconst a = 1;\n', [2]],
  ['the end of a block', 'class A {\n  /** Lost. */\n}\n', [2]],
  [
    'a statement, an import, the end of the file',
    'a;\n/** 1 */\nreturn 1;\n/** 2 */\nimport a;\n/** 3 */',
    [2, 4, 6],
  ],
])('orphaned doc comments are found: %s', (_, source, lines) => {
  expect(orphanedDocs(source)).toEqual(lines);
});
