import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type JsonObject,
  type OctreeNode,
  openTileset as openInBrowser,
  type SystemRow,
} from '#client/index.ts';
import {
  CorruptError,
  HavenChunksError,
  MissingIndexError,
  memorySource,
  NotFoundError,
  nodeCodec,
  openTileset,
  VersionError,
} from '#client/node/index.ts';
import { galaxySystems } from '#data/galaxy.ts';
import { FORMAT_VERSION, indexText, unpack } from '#format/index.ts';
import { exactText, seeded } from '#test/support/arbitrary.ts';
import { type Built, buildTexts, ndjson } from '#test/support/chunk-sets.ts';
import { HTML_PAGE } from '#test/support/file-server.ts';
import { failure, stampIndex } from '#test/support/stored-files.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

const RECORDS = [...galaxySystems({ count: 400, seed: 13, slim: true })] as unknown as JsonObject[];
const folder = temporaryFolder();
let built: Built;
beforeAll(async () => {
  const preview = { size: 1, field: null, order: 'lowest' } as const;
  const options = { chunkLimit: 3, detailWeight: 2000, summary: ['fauna'], preview, gzipLevel: 6 };
  const meta = '{"_meta":{"purpose":"damage"}}';
  built = await buildTexts(folder.path, [ndjson(RECORDS), meta], options);
});
afterAll(folder.remove);

type Files = Map<string, Uint8Array>;

/** Found at words, at values of many systems, inside words, and by the fold. */
const SEARCHED = ['a', 'gold', 'olonium', 'É'];

/** The previews of a node and those below. */
async function previewsBelow(node: OctreeNode): Promise<SystemRow[][]> {
  const below = await Promise.all((await node.children()).map(previewsBelow));
  return [await node.preview(), ...below.flat()];
}

/**
 * All that a set answers: every row with its record, some systems alone, the samples, the catalogues' `_meta`; all
 * names in both orders, all regions with their systems, and what is found by id, by name and by text.
 */
async function everything(files: Files, codec: boolean, preload = false): Promise<string> {
  const options = { preload, ...(codec && { codec: nodeCodec }) };
  const set = await openInBrowser(memorySource(files, 'the set'), options);
  const rows = await set.sphere({ center: [0, 0, 0], radius: Infinity, details: true }).toArray();
  const some = await set.details(RECORDS.slice(0, 5) as never);
  const samples = [await set.overview(), await previewsBelow((await set.root())!)];
  const names = [await set.names({ ignoreCase: true, limit: 1000 }), await set.page({ perPage: 1000 })];
  const regions = await set.regions().toArray();
  const members = await Promise.all(regions.map(({ region }) => set.inRegion(region).toArray()));
  const found = await Promise.all([
    set.systemById(RECORDS[7]!['id'] as string),
    set.systemsByName((RECORDS[7]!['name'] as string).toUpperCase(), { ignoreCase: true }),
    ...SEARCHED.map(text => set.search(text, { limit: 1000 })),
  ]);
  const all = [rows, some, samples, names, regions, members, found, await set.meta(), set.index];
  return exactText(all as never);
}

const damage = (bytes: Uint8Array, at: number, bit: number) => bytes.with(at, bytes[at]! ^ (1 << bit));

/** Kinds of damage to a file; `other` is another file of its kind. */
const DAMAGES: Record<
  string,
  (bytes: Uint8Array, random: () => number, other: Uint8Array) => Uint8Array | undefined
> = {
  flipped: (bytes, random) => damage(bytes, Math.floor(random() * bytes.length), Math.floor(random() * 8)),
  'flipped in its header': (bytes, random) =>
    damage(bytes, Math.floor(random() * 10), Math.floor(random() * 8)),
  'flipped in its trailer': (bytes, random) => damage(bytes, bytes.length - 1 - Math.floor(random() * 8), 0),
  cut: (bytes, random) => bytes.slice(0, Math.floor(random() * bytes.length)),
  'made longer': (bytes, random) =>
    Uint8Array.from([...bytes, ...bytes.slice(0, 1 + Math.floor(random() * 30))]),
  'another of its kind': (_bytes, _random, other) => other,
  'a page': () => new TextEncoder().encode(HTML_PAGE),
  empty: () => new Uint8Array(0),
  gone: () => undefined,
};

describe('a damaged set', () => {
  test('gives the right answer or a typed error that names the file, for any damage to any file', async () => {
    const random = seeded(61);
    const paths = [...built.files.stored.keys()].sort();
    const kinds = [...Map.groupBy(paths, path => path.split('/')[0]!).values()];
    expect(kinds.map(([path]) => path!.split('/')[0])).toEqual([
      ...['chunks', 'details', 'facets', 'fold', 'ids', 'index.json', 'listings', 'meta', 'names'],
      ...['preload', 'previews', 'search', 'tree'],
    ]);
    for (const [kind, files] of Object.entries({ names: 2, ids: 1, listings: 2, search: 3 }))
      expect(paths.filter(path => path.startsWith(`${kind}/`)).length, kind).toBeGreaterThanOrEqual(files);
    expect(paths.filter(path => path.startsWith('previews/')).length).toBeGreaterThan(2);
    expect(paths.filter(path => path.startsWith('tree/')).length).toBeGreaterThan(1);
    const valueSamples = new Set(
      paths.filter(
        path => path.startsWith('previews/') && 'facets' in unpack(built.files.contents.get(path)!),
      ),
    );
    const whole = await everything(new Map(built.files.stored), true);
    let right = 0;
    for (let i = 0; i < 220; i++) {
      const kind = kinds[i % kinds.length]!;
      const path = kind[Math.floor(random() * kind.length)]!;
      const other = kind.filter(of => of !== path)[0] ?? paths[0]!;
      const [what, harm] = Object.entries(DAMAGES)[Math.floor(random() * 9)]!;
      const files: Files = new Map(built.files.stored);
      const harmed = harm(files.get(path)!, random, files.get(other)!);
      if (harmed) files.set(path, harmed);
      else files.delete(path);
      // Other files are repeated in the preload file, which is then enough for an answer.
      const preload = path.startsWith('preload/');
      const answer = await everything(files, i % 6 > 0, preload).catch((error: unknown) => error);
      if (typeof answer === 'string') {
        expect(answer, `${path} ${what}`).toBe(whole);
        // No query of the test has a filter, and others read no facets.
        if (!path.startsWith('facets/') && !valueSamples.has(path)) right++;
      } else {
        expect(answer, `${path} ${what}`).toBeInstanceOf(HavenChunksError);
        // An index that is another file, or none, makes the place no chunk set.
        const known = what === 'gone' || path === 'index.json' ? NotFoundError : CorruptError;
        if (!(answer instanceof CorruptError) && !(answer instanceof VersionError))
          expect(answer).toBeInstanceOf(known);
        expect((answer as Error).message).toContain('the set');
        if (!(answer instanceof VersionError) && path !== 'index.json')
          expect((answer as Error).message).toContain(path);
        if (path === 'index.json') expect((answer as Error).message).toMatch(/index\.json|version/);
      }
    }
    // Pages of frequent values, and what a gzip header says of time and system, do no harm.
    expect(right).toBeLessThan(40);
  });

  test('is refused byte by byte of its index', async () => {
    const bytes = built.files.stored.get('index.json')!;
    for (let at = 0; at < bytes.length; at++) {
      const files = new Map(built.files.stored).set('index.json', damage(bytes, at, at % 7));
      const error = await failure(openTileset(memorySource(files)));
      expect(error, `byte ${at}`).toBeInstanceOf(HavenChunksError);
    }
  });
});

describe('an index', () => {
  const openSet = (text: string | undefined) => {
    const files: Files = new Map(built.files.stored);
    if (text === undefined) files.delete('index.json');
    else files.set('index.json', new TextEncoder().encode(text));
    return openTileset(memorySource(files, 'the set'));
  };
  const open = (text: string | undefined) => failure(openSet(text));
  const { text, signed } = {
    text: () => new TextDecoder().decode(built.files.stored.get('index.json')),
    /** With some members changed, or left out where undefined, and the generation made to fit. */
    signed: (change: object) => {
      const { generation: _, ...rest } = built.files.index;
      const members = Object.entries({ ...rest, ...change }).filter(([, of]) => of !== undefined);
      return stampIndex(indexText(Object.fromEntries(members) as never));
    },
  };

  test('of a newer version is refused by an error that names both', async () => {
    const error = await open(signed({ version: FORMAT_VERSION + 1 }));
    expect(error).toBeInstanceOf(VersionError);
    expect(error).toMatchObject({ found: FORMAT_VERSION + 1, supported: FORMAT_VERSION });
    expect(error.message).toMatch(new RegExp(`version ${FORMAT_VERSION + 1}\\b.*\\b${FORMAT_VERSION}\\b`));
    expect(signed({})).toBe(text());
  });

  test('without tables answers where systems are; other questions say what is missing, each once', async () => {
    const { search: _, listings: __, ...options } = built.files.index.options;
    const set = await openSet(signed({ tables: undefined, fold: undefined, options }));
    expect(await set.sphere({ center: [0, 0, 0], radius: Infinity }).toArray()).toHaveLength(RECORDS.length);
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', note);
    const asked: Record<string, () => Promise<unknown>> = {
      system: () => set.system('a'),
      'system, case ignored': () => set.system('a', { ignoreCase: true }),
      systemById: () => set.systemById('a'),
      names: () => set.names(),
      'names, case ignored': () => set.names({ ignoreCase: true }),
      page: () => set.page(),
      'page of a region': () => set.page({ region: 'a' }),
      regions: () => set.regions().toArray(),
      inRegion: () => set.inRegion('a').toArray(),
      list: () => set.list('region').toArray(),
      'page of a value': () => set.list('region', 'a'),
      'page in order': () => set.list('region', undefined, {}),
      search: () => set.search('a'),
    };
    for (const [question, ask] of Object.entries(asked))
      expect(await failure(ask()), question).toBeInstanceOf(MissingIndexError);
    await nextTurn();
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  test('that was altered is corrupt, whatever was altered', async () => {
    const { counts } = built.files.index;
    const changes = [
      text().replace(`"systems":${counts.systems}`, `"systems":${counts.systems + 1}`),
      text().replace('"chunkLimit":3', '"chunkLimit":4'),
      text().replace(/"generation":"[0-9a-f]/, of => `${of.slice(0, -1)}${of.endsWith('0') ? '1' : '0'}`),
      text().replace(/"generation":"[0-9a-f]*",/, ''),
      `${text()} `,
      text().slice(0, -1),
    ];
    for (const changed of changes) {
      expect(changed).not.toBe(text());
      const error = await open(changed);
      expect(error).toBeInstanceOf(CorruptError);
      expect(error.message).toMatch(/index\.json of the set/);
    }
  });

  test('that is missing or of something else is not a set; a page is reported as a page', async () => {
    for (const other of [undefined, '{}', '[]', 'null', '5', '{"format":"potree","version":1}'])
      expect(await open(other)).toBeInstanceOf(NotFoundError);
    expect((await open(HTML_PAGE)).message).toMatch(/HTML page/);
    expect(await open(HTML_PAGE)).toBeInstanceOf(CorruptError);
    expect(await open('')).toBeInstanceOf(CorruptError);
  });
});
