import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type FileRef,
  type JsonObject,
  type JsonValue,
  memorySource,
  openTileset,
  type RootRef,
  type SetIndex,
  VersionError,
} from '#client/node/index.ts';
import { LISTINGS, MEMBERS } from '#format/btree/listing-schemas.ts';
import { IDS, NAMES } from '#format/btree/name-schemas.ts';
import { GRAMS, RESULTS, VALUES, WORDS } from '#format/btree/search-schemas.ts';
import {
  foldedNames,
  makeFold,
  pathOf,
  SHARDS,
  type TableSchema,
  type TreeNode,
  unpack,
  unpackFold,
  unpackTablePage,
  withoutGeneration,
} from '#format/index.ts';
import { jsonText } from '#format/json-text.ts';
import { inspectFile } from '#pipeline/cli/inspect/inspect-file.ts';
import { build, folderStore, verifySet } from '#pipeline/index.ts';
import { exactText, shuffled } from '#test/support/arbitrary.ts';
import {
  fingerprint,
  GOLDEN,
  goldenCatalogue,
  nodesOf,
  readSet,
  walkTree,
} from '#test/support/chunk-sets.ts';
import { failure, stampIndex } from '#test/support/stored-files.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

const { meta, systems } = goldenCatalogue();
const golden = readSet(GOLDEN.set);

/** Kinds of the files that `tableLines` reads. */
const TABLE_KINDS: readonly string[] = ['names', 'ids', 'listings', 'search', 'fold'];

/** All that a set holds, decoded: a row, a node or a member of the index in a line. */
async function linesOf(directory: string): Promise<string[]> {
  const index = JSON.parse(readFileSync(join(directory, 'index.json'), 'utf8')) as SetIndex;
  const lines = Object.entries(index).map(([name, value]) => `index.json ${name} ${jsonText(value)}`);
  const files: string[] = [];
  for await (const { path } of folderStore(directory).list(''))
    if (path !== 'index.json' && !TABLE_KINDS.includes(dirname(path))) files.push(path);
  const decoded = files.map(async path => {
    const { kind, value } = inspectFile(path, readFileSync(join(directory, path))).plain;
    const rows =
      kind === 'tree page'
        ? nodesIn(value as TreeNode)
        : kind === 'facet page'
          ? [value as JsonValue]
          : (value as JsonValue[]);
    return rows.map(row => `${kind} ${jsonText(row)}`);
  });
  const rows = (await Promise.all(decoded)).map(of => of.join('\n')).sort();
  return [...lines, ...rows.flatMap(of => of.split('\n')), ...tableLines(directory, index)];
}

/** The contents of the tables of a set and of its fold: a row, or a page's entry of an inner page, in a line. */
function tableLines(directory: string, { tables, fold }: SetIndex): string[] {
  const read = (ref: FileRef) => unpack(gunzipSync(readFileSync(join(directory, pathOf(ref)))));
  const lines: string[] = [];
  const add = <R>(name: string, root: RootRef | null, schema: TableSchema<R>): readonly R[] => {
    if (!root) return [];
    const page = unpackTablePage(read({ kind: schema.kind, ...root }), schema);
    const [what, rows] = 'rows' in page ? [name, page.rows] : [`${name} page`, page.entries];
    for (const row of rows) lines.push(`${what} ${jsonText(row as JsonObject)}`);
    return 'rows' in page ? page.rows : page.entries.flatMap(({ ref }) => add(name, ref, schema));
  };
  const table = unpackFold(read({ kind: 'fold', ...fold }));
  lines.push(`fold ${jsonText([table.unicode, [...table.map], [...table.ranks], [...table.search]])}`);
  add('names', tables.names, NAMES);
  add('folded', tables.folded, foldedNames(makeFold(table)));
  add('ids', tables.ids, IDS);
  for (const { field, key, shard } of add('listings', tables.listings, LISTINGS))
    add(`shard ${field} ${key}`, shard ?? null, SHARDS);
  add('members', tables.members, MEMBERS);
  add('ordered', tables.ordered, MEMBERS);
  add('words', tables.words, WORDS);
  add('values', tables.values, VALUES);
  add('grams', tables.grams, GRAMS);
  add('results', tables.results, RESULTS);
  return lines;
}

/** The nodes of a page, each without those below it. */
function nodesIn(node: TreeNode): JsonValue[] {
  if (node.kind !== 'inner') return [node as unknown as JsonObject];
  const { children, ...own } = node;
  return [{ ...own, children: children.length } as unknown as JsonObject, ...children.flatMap(nodesIn)];
}

/**
 * The differences between two lists of lines: `- ` before those that only the first has, `+ ` before those that only
 * the second has, in order; empty where they are equal. By their longest common subsequence.
 */
function lineDiff(before: readonly string[], after: readonly string[]): string[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  const a = before.slice(start);
  const b = after.slice(start);
  while (a.length > 0 && b.length > 0 && a.at(-1) === b.at(-1)) {
    a.pop();
    b.pop();
  }
  const common = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i]![j] =
        a[i] === b[j] ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
    }
  }
  const lines: string[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      i++;
      j++;
    } else if (j === b.length || (i < a.length && common[i + 1]![j]! >= common[i]![j + 1]!)) {
      lines.push(`- ${a[i++]}`);
    } else {
      lines.push(`+ ${b[j++]}`);
    }
  }
  return lines;
}

describe('the golden set', () => {
  test('has every kind of content', () => {
    const walked = nodesOf(walkTree(golden));
    const nodes = walked.map(({ node }) => node);
    const leaves = nodes.filter(node => node.kind === 'leaf');
    const spans = leaves.flatMap(leaf => leaf.spans);
    const has = {
      'pages below the first': walked.some(({ branch }) => branch),
      'previews of nodes': nodes.some(node => node.kind === 'inner' && node.preview),
      'a leaf of several chunks': leaves.some(leaf => leaf.spans.length > 1),
      'a chunk of several leaves': spans.some(({ start }) => start > 0),
      'a chunk without details': spans.some(({ chunk }) => chunk.details.length === 0),
      'a chunk of several detail files': spans.some(({ chunk }) => chunk.details.length > 1),
      'a file that begins inside a leaf': spans.some(({ chunk }) => chunk.firstId !== ''),
      'an overview and meta': golden.index.overview && golden.index.meta,
      // A value is common if more than 2,000 systems have it.
      'rows of each table': Object.entries(golden.index.tables).every(
        ([name, root]) => root || name === 'common',
      ),
      'an inner page': tableLines(GOLDEN.set, golden.index).some(line => /^\w+ page /.test(line)),
    };
    expect(Object.entries(has).filter(([, is]) => !is)).toEqual([]);
    const bytes = [...golden.stored.values()].reduce((sum, of) => sum + of.length, 0);
    expect(bytes).toBeLessThan(100_000);
  });

  test('is whole, to the last bit', async () => {
    const report = await verifySet(folderStore(GOLDEN.set), { canonical: true });
    expect(report).toMatchObject({ systems: systems.length, problems: [], orphans: [] });
  });

  test('is read as the catalogue that it was built from', async () => {
    const set = await openTileset(GOLDEN.set);
    const rows = await set.sphere({ center: [0, 0, 0], radius: Infinity }).toArray();
    const records = (await set.details(rows)) as JsonObject[];
    const texts = (of: readonly JsonObject[]) => of.map(record => exactText(record, true)).sort();
    expect(lineDiff(texts(systems), texts(records))).toEqual([]);
    expect(await set.meta()).toEqual([meta]);
    expect(rows.filter(({ id }) => id === '9007199254740993')).toMatchObject([{ name: '17' }]);
    expect(rows.filter(({ id }) => /^SYS_[0-9a-f]{32}$/.test(id)).map(({ name }) => name)).toEqual([
      'Drift',
      'Drift',
    ]);
  });

  test('of version 2 is refused by an error that names both versions', async () => {
    const { generation } = golden.index;
    const text = readFileSync(join(GOLDEN.set, 'index.json'), 'utf8');
    const next = withoutGeneration(text, generation).replace('"version":1', '"version":2');
    const files = new Map(golden.stored).set('index.json', Buffer.from(stampIndex(next)));
    const source = memorySource(files);
    for (const reading of [openTileset(source), verifySet(source)]) {
      const error = await failure(reading);
      expect(error).toBeInstanceOf(VersionError);
      expect(error).toMatchObject({ found: 2, supported: 1 });
      expect(error.message).toMatch(/version 2, this reader supports 1\b/);
    }
  });
});

describe('the golden catalogue, built again', () => {
  const folder = temporaryFolder();
  const again = join(folder.path, 'again');
  beforeAll(() => build([GOLDEN.catalogue], again, GOLDEN.options));
  afterAll(folder.remove);

  test('is the golden set, or the difference is shown', async () => {
    const difference = lineDiff(await linesOf(GOLDEN.set), await linesOf(again));
    const advice = 'the format has changed: raise its version, or undo it; "npm run golden" accepts it';
    expect(difference, advice).toEqual([]);
    expect(fingerprint(readSet(again)), advice).toEqual(fingerprint(golden));
  });

  /** The differences of the set of a catalogue with another string in it. */
  async function differenceOf(from: string, to: string): Promise<string[]> {
    const changed = join(folder.path, to);
    const input = join(folder.path, 'changed.json');
    const text = readFileSync(GOLDEN.catalogue, 'utf8');
    expect(text.split(from)).toHaveLength(2);
    writeFileSync(input, text.replace(from, to));
    await build([input], changed, GOLDEN.options);
    return lineDiff(await linesOf(GOLDEN.set), await linesOf(changed));
  }

  const TABLE_ROW = /^[-+] (names|folded|ids|listings|members|ordered|words|values|grams|results) \{/;

  test('a change of one system is shown as that system, and what leads to it', async () => {
    const difference = await differenceOf('"docks": 4', '"docks": 5');
    expect(difference.filter(line => /^[-+] details /.test(line))).toEqual([
      expect.stringMatching(/^- details .*"docks":4/),
      expect.stringMatching(/^\+ details .*"docks":5/),
    ]);
    expect(difference.filter(line => TABLE_ROW.test(line))).toEqual([]);
    expect(difference.length).toBeLessThan(40);
  });

  test('another name is shown in each table that has it', async () => {
    const difference = await differenceOf('"Zeros", "x"', '"Nulls", "x"');
    const rows = difference.filter(line => TABLE_ROW.test(line));
    const shown = Map.groupBy(rows, line => TABLE_ROW.exec(line)![1]!);
    const counts = Array.from(shown, ([table, lines]) => [table, lines.length]);
    // Of the grams also those that the two names share: their places are made of the names.
    expect(counts).toEqual([
      ...['names', 'folded', 'members', 'ordered'].map(of => [of, 2]),
      ['values', 2],
      ['grams', 8],
      ['results', 2],
    ]);
    for (const line of rows.filter(of => !/ grams /.test(of)))
      expect(line).toContain(line.startsWith('+') ? '"Nulls"' : '"Zeros"');
  });
});

test('lines that differ: what is left out and put in makes the one list the other', () => {
  const before = 'abcabba'.split('');
  expect(lineDiff(before, 'cbabac'.split(''))).toHaveLength(5);
  expect(lineDiff(before, before)).toEqual([]);
  expect(lineDiff([], ['a'])).toEqual(['+ a']);
  expect(lineDiff(['a', 'b', 'c'], ['a', 'x', 'c'])).toEqual(['- b', '+ x']);
  for (let seed = 0; seed < 50; seed++) {
    const after = shuffled([...before, 'd', 'e'], seed).slice(seed % 5);
    const lines = lineDiff(before, after);
    const kept = (sign: string) => lines.filter(line => line.startsWith(sign)).map(line => line.slice(2));
    expect(before.length - kept('-').length).toBe(after.length - kept('+').length);
    expect([...before, ...kept('+')].sort()).toEqual([...after, ...kept('-')].sort());
  }
});
