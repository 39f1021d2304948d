import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type JsonObject, memorySource, VersionError } from '#client/node/index.ts';
import { memoryStore, type VerifyReport, verifySet } from '#pipeline/index.ts';
import { seeded } from '#test/support/arbitrary.ts';
import { buildTexts, GOLDEN, goldenCatalogue, ndjson, readSet } from '#test/support/chunk-sets.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

type Files = ReadonlyMap<string, Uint8Array>;

interface Subject {
  readonly files: Files;
  /** The same systems, but for some that are changed, and one more. */
  readonly other: Files;
  /** Paths of the files of each kind. */
  readonly paths: ReadonlyMap<string, readonly string[]>;
}

const KINDS = [
  ...['chunks', 'details', 'previews', 'tree', 'facets', 'meta', 'preload', 'index.json'],
  ...['names', 'ids', 'listings', 'search', 'fold'],
];

const folder = temporaryFolder();
afterAll(folder.remove);
const subjects: Subject[] = [];

/** A set of a few systems, and the golden one: of many pages, but slower. */
beforeAll(async () => {
  const { meta, systems } = goldenCatalogue();
  const few = systems.filter((_, i) => i < 22 || i % 20 === 0);
  const changed = (of: readonly JsonObject[]) => [
    ...of.map((system, i) => (i % 9 === 0 ? { ...system, note: 'another generation' } : system)),
    { id: 'one more', name: 'One More', region: 'of another generation', x: 0.5, y: 0, z: 0 },
  ];
  const built = async (of: readonly JsonObject[], name: string) => {
    const texts = [ndjson(of), JSON.stringify({ _meta: meta })];
    return (await buildTexts(folder.path, texts, GOLDEN.options, name)).files.stored;
  };
  for (const [of, files] of [
    [few, await built(few, 'few')],
    [systems, readSet(GOLDEN.set).stored],
  ] as const) {
    const other = await built(changed(of), `other-${of.length}`);
    const paths = Map.groupBy([...files.keys()].sort(), path => path.split('/')[0]!);
    expect([...paths.keys()].sort()).toEqual(KINDS.toSorted());
    subjects.push({ files, other, paths });
  }
});

const flipped = (bytes: Uint8Array, at: number, bit: number) => bytes.with(at, bytes[at]! ^ (1 << bit));

/** Kinds of damage to a file; each returns the files that have changed. */
const DAMAGES: ((
  files: Map<string, Uint8Array>,
  path: string,
  random: () => number,
  subject: Subject,
) => string[])[] = [
  function flip(files, path, random) {
    const bytes = files.get(path)!;
    files.set(path, flipped(bytes, Math.floor(random() * bytes.length), Math.floor(random() * 8)));
    return [path];
  },
  function flipInHeader(files, path, random) {
    files.set(path, flipped(files.get(path)!, Math.floor(random() * 10), Math.floor(random() * 8)));
    return [path];
  },
  function flipAtTheEnd(files, path, random) {
    const bytes = files.get(path)!;
    files.set(path, flipped(bytes, bytes.length - 1 - Math.floor(random() * 10), Math.floor(random() * 8)));
    return [path];
  },
  function cut(files, path, random) {
    const bytes = files.get(path)!;
    files.set(path, bytes.slice(0, Math.floor(random() * bytes.length)));
    return [path];
  },
  function remove(files, path) {
    files.delete(path);
    return [path];
  },
  function append(files, path, random) {
    const bytes = files.get(path)!;
    const more = random() < 0.5 ? bytes : new Uint8Array(1 + Math.floor(random() * 9));
    files.set(path, Uint8Array.from([...bytes, ...more]));
    return [path];
  },
  function swap(files, path, random, { paths }) {
    const others = paths.get(path.split('/')[0]!)!.filter(of => of !== path);
    if (others.length === 0) return [];
    const other = others[Math.floor(random() * others.length)]!;
    const bytes = files.get(path)!;
    files.set(path, files.get(other)!).set(other, bytes);
    return [path, other];
  },
  function stale(files, path, random, { files: right, other }) {
    const kind = path.split('/')[0]!;
    const others = [...other.keys()].filter(of => of.startsWith(`${kind}/`) && !right.has(of)).sort();
    if (others.length === 0) return [];
    files.set(path, other.get(others[Math.floor(random() * others.length)]!)!);
    return [path];
  },
];

test('300 damages: each is found and its file named, or what the file holds is the same; no file of the set is an orphan', async () => {
  const random = seeded(97);
  const seen = new Set<string>();
  let same = 0;
  // Three rounds of every damage to every kind, the last of them to the golden set.
  for (let i = 0; i < 3 * DAMAGES.length * KINDS.length; i++) {
    const damage = DAMAGES[i % DAMAGES.length]!;
    const round = Math.floor(i / DAMAGES.length);
    const subject = subjects[Math.floor(round / KINDS.length) === 2 ? 1 : 0]!;
    const paths = subject.paths.get(KINDS[round % KINDS.length]!)!;
    const path = paths[Math.floor(random() * paths.length)]!;
    const files = new Map(subject.files);
    const damaged = damage(files, path, random, subject);
    // Every damage comes to every kind in both modes.
    const canonical = Math.floor(round / KINDS.length) % 2 === 0;
    const found = await faultsOf(files, canonical);
    // A page in the place of another hides the files below it.
    const hides = damage.name === 'swap' && damaged.some(file => found.includes(file));
    for (const file of damaged) {
      if (found.includes(file) || (hides && /^(facets|tree)\//.test(file))) continue;
      const what = `${damage.name} of ${file}, damage ${i}; found ${found}`;
      expect(inflated(file, files.get(file)), what).toEqual(inflated(file, subject.files.get(file)));
      if (canonical) same++;
    }
    if (damaged.length > 0) seen.add(`${damage.name} ${path.split('/')[0]}`);
    else expect(found).toBe('');
  }
  // Nearly all change what a file holds or break a rule of its form.
  expect(same).toBeLessThan(5);
  // Every damage came to every kind, but where there is one file of it, or no other such.
  const without = [
    'swap index.json',
    'stale index.json',
    'swap meta',
    'stale meta',
    'swap fold',
    'stale fold',
    'swap preload',
  ];
  const all = DAMAGES.flatMap(({ name }) => KINDS.map(kind => `${name} ${kind}`));
  expect(all.filter(of => !seen.has(of)).sort()).toEqual([...without, 'swap ids'].sort());
});

test('an index of another generation leads to files that are missing, each named', async () => {
  const { files, other } = subjects[0]!;
  const mixed = new Map(files).set('index.json', other.get('index.json')!);
  const { problems } = await verifySet(memorySource(mixed));
  const missing = [...new Set(problems.map(({ file }) => file.split('/')[0]))];
  expect(missing.sort()).toEqual([
    ...['facets', 'ids', 'listings', 'names', 'preload', 'previews', 'search', 'tree'],
  ]);
  expect(problems.filter(({ problem }) => problem !== 'the file is missing')).toEqual([]);
});

/** All that is found, in one text. No file of the set may be called an orphan, whatever is damaged. */
async function faultsOf(files: Files, canonical: boolean): Promise<string> {
  const store = memoryStore();
  for (const [path, bytes] of files) await store.put(path, bytes);
  let report: VerifyReport;
  try {
    report = await verifySet(store, { canonical });
  } catch (error) {
    // Only the index has a version.
    return error instanceof VersionError ? 'index.json' : (error as Error).message;
  }
  expect(report.orphans ?? []).toEqual([]);
  return report.problems.map(({ file, problem }) => `${file} ${problem}`).join('; ');
}

function inflated(path: string, bytes: Uint8Array | undefined): Uint8Array | undefined {
  if (!bytes || path === 'index.json') return bytes;
  return new Uint8Array(gunzipSync(bytes));
}
