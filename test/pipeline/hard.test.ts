/** Catalogues at the edge of what a build can be asked for: each is built, verified and read back. */
import { createWriteStream, readdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { openTileset, type Tileset } from '#client/node/index.ts';
import { galaxy } from '#data/galaxy.ts';
import { type BuildSummary, build, folderStore, type Reject, verifySet } from '#pipeline/index.ts';
import { objectOf, type Point, seeded } from '#test/support/arbitrary.ts';
import { PLAIN, recordText, systemsIn, withSet, writeInputs } from '#test/support/chunk-sets.ts';
import { outcome, start } from '#test/support/run-command.ts';
import { inFolder } from '#test/support/temporary.ts';

const MIB = 2 ** 20;

/** For what takes ten seconds where nothing else runs, in milliseconds. */
const PATIENCE = 600_000;

/**
 * Builds in a process of its own, whose memory nothing else has used. Its heap is held small, since how much rubbish
 * a heap may gather before it is swept is up to the machine: a build that needs more fails.
 */
async function buildApart(input: string, out: string, heapMegabytes: number): Promise<BuildSummary> {
  const child = start(['build', input, '--out', out, '--json'], {
    NODE_OPTIONS: `--max-old-space-size=${heapMegabytes}`,
  });
  child.stdin!.end();
  const { code, stdout, stderr } = await outcome(child);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

/** Paths of all files of a set, relative to its folder. */
function pathsOf(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(directory, join(entry.parentPath, entry.name)));
}

/** Opens a set of so many systems once every file of it has been verified, and none is left over. */
async function provenSet(directory: string, systems: number): Promise<Tileset> {
  const report = await verifySet(folderStore(directory), { canonical: true });
  expect({ ...report, generation: '', bytes: 0, files: 0 }).toEqual({
    ...{ generation: '', bytes: 0, files: 0, systems },
    ...{ problems: [], orphans: [] },
  });
  return openTileset(directory);
}

describe('large records', () => {
  test('one of 5 MB comes back as it was', async () => {
    const random = seeded(5);
    const planets = Array.from({ length: 40_000 }, (_, i) => ({ name: `P${i}`, mass: random(), moons: [] }));
    const huge = { id: 'huge', x: 1, y: 2, z: 3, planets, text: 'wörds 🌟 '.repeat(240_000) };
    expect(Buffer.byteLength(JSON.stringify(huge))).toBeGreaterThan(5e6);
    const small = { id: 'small', x: 1, y: 2, z: 3.5 };
    await withSet([small, huge], {}, async ({ directory }) => {
      const set = await provenSet(directory, 2);
      const [record] = await set.details([huge]);
      expect(recordText(record) === recordText(huge)).toBe(true);
      expect(await set.details([small])).toEqual([small]);
      expect(set.counts.planets).toBe(40_000);
    });
  });

  /** A catalogue with one text of some MiB in it, in members of gzip: `[huge]` stands for the text. */
  function writeHuge(path: string, shape: string, mebibytes: number): void {
    const [head, tail] = shape.split('[huge]') as [string, string];
    const piece = gzipSync('x'.repeat(MIB));
    writeFileSync(path, Buffer.concat([gzipSync(head), ...Array(mebibytes).fill(piece), gzipSync(tail)]));
  }

  const KEYED =
    '{"a": {"x":1,"y":2,"z":3},\n\n  "huge": {"x":1,"y":2,"z":3,"text":"[huge]"},\n"b": {"x":4,"y":5,"z":6}}';
  const LINES =
    '{"id":"a","x":1,"y":2,"z":3}\n\n {"id":"huge","x":1,"y":2,"z":3,"text":"[huge]"}\n{"id":"b","x":4,"y":5,"z":6}\n';

  test.each([
    {
      name: 'a document',
      shape: KEYED,
      at: { line: 3, column: 11, path: '["huge"]' },
      ids: ['SYS_a', 'SYS_b'],
    },
    { name: 'a line', shape: LINES, at: { line: 3, column: 2 }, ids: ['a', 'b'] },
  ])('one of 70 MB in $name is rejected with its place, the others are built', async ({ shape, at, ids }) => {
    await inFolder(async folder => {
      const path = join(folder, 'in.json.gz');
      const out = join(folder, 'set');
      writeHuge(path, shape, 70);
      const rejects: Reject[] = [];
      const summary = await build([path], out, {}, { onReject: reject => void rejects.push(reject) });
      expect(summary).toMatchObject({ systems: 2, rejected: 1 });
      expect(rejects).toMatchObject([{ location: { file: path, ...at } }]);
      expect(rejects[0]!.reason).toMatch(
        /^it has 7340\d{4} bytes \(70 MiB\), more than the maximum of 64 MiB/,
      );
      await provenSet(out, 2);
      expect((await systemsIn(out)).map(({ id }) => id)).toEqual(ids);
    });
  });

  test.each([KEYED, LINES])('one of 200 MB is not held in memory: %#', async shape => {
    await inFolder(async folder => {
      const path = join(folder, 'in.json.gz');
      writeHuge(path, shape, 200);
      const summary = await buildApart(path, join(folder, 'set'), 100);
      expect(summary).toMatchObject({ systems: 2, rejected: 1 });
      expect(summary.peakMemoryBytes).toBeLessThan(450 * MIB);
    });
  });
});

describe('20,000 systems on one point', () => {
  const COUNT = 20_000;
  const LIMIT = 1024;
  const at = { x: 1.5, y: -2, z: 3 };
  const slim = (i: number) => ({ id: `S${i}`, ...at, region: `R${i % 50}`, fauna: `${i % 11}` });
  const lines = (ids: Iterable<number>) => Array.from(ids, i => `${JSON.stringify(slim(i))}\n`).join('');

  test('are one leaf of many parts in bounded memory, and one system more changes few files', {
    timeout: PATIENCE,
  }, async () => {
    await inFolder(async folder => {
      const text = lines(Array(COUNT).keys());
      const inputs = writeInputs(folder, 'in', [text, text + lines([COUNT])]) as [string, string];
      const [out, more] = [join(folder, 'set'), join(folder, 'more')];
      const summary = await buildApart(inputs[0], out, 120);
      expect(summary.peakMemoryBytes).toBeLessThan(700 * MIB);

      const set = await provenSet(out, COUNT);
      const center = [at.x, at.y, at.z] as const;
      const { pages, chunks } = await set.plan({ center, radius: 0 });
      expect(pages).toHaveLength(1);
      expect(chunks.length).toBeGreaterThanOrEqual(COUNT / LIMIT);
      expect(Math.max(...chunks.map(({ systems }) => systems))).toBeLessThanOrEqual(LIMIT);

      const first = Array.from({ length: COUNT }, (_, i) => `S${i}`)
        .sort()
        .slice(0, 10);
      const usage = { requests: 0, bytes: 0, cacheHits: 0, roundTrips: 0 };
      const cold = await openTileset(out);
      const rows = await cold.sphere({ center, radius: 0, limit: 10, usage }).toArray();
      expect(rows.map(({ id }) => id)).toEqual(first);
      // The root page and the part of the lowest ids: the others could only hold higher ones.
      expect(usage.requests).toBe(2);
      const some = [0, 9, 10, 1023, 1024, 9_999, 14_321, COUNT - 1].map(slim);
      expect(await set.details([...some, { id: 'S-1', ...at }])).toEqual([...some, undefined]);

      await build([inputs[1]], more, { flush: false, gzipLevel: 1 });
      expect(await (await openTileset(more)).details([slim(COUNT)])).toEqual([slim(COUNT)]);
      const before = new Set(pathsOf(out));
      const fresh = pathsOf(more).filter(path => !before.has(path));
      // Its chunk and its details, the page of the tree, and the overview if it is in that; or a part cut in two.
      expect(
        fresh.filter(path => /^(index|tree|chunks|details|previews)/.test(path)).length,
      ).toBeLessThanOrEqual(6);
      // And a leaf and what is above it, of each table.
      expect(fresh.length).toBeLessThanOrEqual(30);
      expect(before.size).toBeGreaterThan(2 * (COUNT / LIMIT));
    });
  });
});

describe('nine orders of magnitude of density', () => {
  const RADII = Array.from({ length: 10 }, (_, i) => 10 ** (i - 6));
  const distance = (p: Point, q: Point) =>
    Math.sqrt((p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2 + (p[2] - q[2]) ** 2);

  test.each([
    { name: 'far apart', spacing: 10_000 },
    { name: 'one inside another', spacing: 0 },
  ])('clusters $name are found exactly', async ({ spacing }) => {
    const random = seeded(9);
    const within = (radius: number) => (2 * random() - 1) * radius;
    const centres = RADII.map((_, k): Point => [spacing * k + 0.1, -spacing * k, 0.3]);
    const records = centres.flatMap(([x, y, z], k) =>
      Array.from({ length: 500 }, (_, i) => {
        const radius = RADII[k]!;
        return { id: `C${k}-${i}`, x: x + within(radius), y: y + within(radius), z: z + within(radius) };
      }),
    );
    const points = records.map(({ id, x, y, z }) => ({ id, at: [x, y, z] as Point }));
    await withSet(records, { chunkLimit: 64 }, async ({ directory }) => {
      const set = await provenSet(directory, records.length);
      for (const [k, center] of centres.entries()) {
        const farthest = Math.max(
          ...points.slice(500 * k, 500 * (k + 1)).map(({ at }) => distance(at, center)),
        );
        for (const radius of [farthest, farthest / 2]) {
          const rows = await set.sphere({ center, radius }).toArray();
          const inside = points.filter(({ at }) => distance(at, center) <= radius).map(({ id }) => id);
          expect(rows.map(({ id }) => id).sort()).toEqual(inside.sort());
          if (spacing > 0 && radius === farthest) expect(inside).toHaveLength(500);
        }
      }
    });
  });
});

/** HAVEN_TEST_REGIONS sets another number; a million takes minutes. */
const REGIONS = Number(process.env['HAVEN_TEST_REGIONS'] ?? 20_000);

test.each([
  { name: 'a region of its own for each', regionOf: (i: number) => `Region of ${i}` },
  { name: 'one region for all', regionOf: () => 'Everywhere' },
])(`${REGIONS} systems, $name`, { timeout: PATIENCE }, async ({ regionOf }) => {
  await inFolder(async folder => {
    const path = join(folder, 'in.ndjson');
    const random = seeded(3);
    const location = () => Math.round(random() * 1e6) / 100;
    const record = (i: number) => ({
      id: `S${i}`,
      x: location(),
      y: location(),
      z: location(),
      region: regionOf(i),
    });
    writeFileSync(path, Array.from({ length: REGIONS }, (_, i) => `${JSON.stringify(record(i))}\n`).join(''));
    const out = join(folder, 'set');
    await build([path], out, PLAIN);
    const set = await provenSet(out, REGIONS);
    for (const i of [0, 77, REGIONS >> 1, REGIONS - 1]) {
      const { systems, total } = await set.page({ region: regionOf(i), after: { name: `S${i}`, id: '' } });
      expect([systems[0]?.id, total]).toEqual([`S${i}`, regionOf(0) === regionOf(1) ? REGIONS : 1]);
    }
    const systems = await systemsIn(out);
    expect(systems).toHaveLength(REGIONS);
    const wrong = systems.filter(({ id, region }) => region !== regionOf(Number(id.slice(1))));
    expect(wrong).toEqual([]);
  });
});

test('10,000 unknown fields, each in one record', async () => {
  const random = seeded(10);
  const VALUES = [
    (i: number) => i / 7,
    (i: number) => `text ${i}`,
    () => null,
    (i: number) => [{ i }, -0],
    () => false,
  ];
  const records = Array.from({ length: 10_000 }, (_, i) =>
    objectOf([
      ...Object.entries({ id: `S${i}`, x: random(), y: random(), z: random() }),
      [`column ${i}`, VALUES[i % VALUES.length]!(i)],
    ]),
  );
  await withSet(records, {}, async ({ directory }) => {
    await provenSet(directory, records.length);
    const systems = new Map((await systemsIn(directory)).map(of => [of.id, of]));
    const wrong = records.filter(
      of => recordText(systems.get(of['id'] as string)?.record) !== recordText(of),
    );
    expect(wrong).toEqual([]);
  });
});

describe('texts', () => {
  /**
   * Every Unicode scalar value of the planes whose characters have case, composition or no width, the ideographs that
   * are decomposed, the tags and variation selectors, and the last; of the others, which are all alike, each 61st.
   */
  const SCALARS = Array.from({ length: 0x110000 }, (_, i) => i).filter(
    of =>
      (of < 0x20000 && (of < 0xd800 || of > 0xdfff)) ||
      (of >= 0x2f800 && of < 0x2fa20) ||
      (of >= 0xe0000 && of < 0xe1000) ||
      (of >= 0x20000 && of % 61 === 0) ||
      of === 0x10ffff,
  );

  test('of every character there is come back: ids, names, regions, keys and values', {
    timeout: PATIENCE,
  }, async () => {
    const size = 10_000;
    const records = Array.from({ length: Math.ceil(SCALARS.length / size) }, (_, i) => {
      const text = String.fromCodePoint(...SCALARS.slice(i * size, (i + 1) * size));
      const core = { id: `${text}#`, name: text, region: `${text}!`, x: i, y: 0, z: 0 };
      return objectOf([...Object.entries(core), [`${text}?`, [text]]]);
    });
    await withSet(records, PLAIN, async ({ directory }) => {
      const set = await provenSet(directory, records.length);
      const rows = await set.sphere({ center: [0, 0, 0], radius: Infinity, details: true }).toArray();
      const wrong = records.flatMap((of, i) => {
        const { id, name, region, record } = rows[i]!;
        const same = id === of['id'] && name === of['name'] && region === of['region'];
        return same && recordText(record) === recordText(of) ? [] : [i];
      });
      expect(wrong).toEqual([]);
      expect([...rows[1]!.name]).toHaveLength(size);
    });
  });

  test('that differ in normalisation, case or a character that is not seen are different ids', async () => {
    const ids = [
      ...[
        '\u00e9',
        'e\u0301',
        '\u00c9',
        'E\u0301',
        '\u00c5',
        '\u212b',
        'A\u030a',
        '\ud55c',
        '\u1112\u1161\u11ab',
      ],
      ...['ß', 'ẞ', 'ss', 'SS', '\ufb01', 'fi', 'i', 'I', '\u0131', '\u0130', 'i\u0307', '葛', '葛\u{e0100}'],
      ...['a', 'a ', ' a', 'a\u200b', 'a\u200d', 'a\ufe0f', 'a\u0000', '\ufeffa', '\u0430', '\uff41'],
      ...['\u{1d11e}', '\uffff', '\u{10ffff}'],
    ];
    expect(new Set(ids).size).toBe(ids.length);
    // On one point and in small chunks, so that ids alone tell where a system is.
    const records = ids.map((id, n) => ({ id, x: 1, y: 1, z: 1, n }));
    await withSet(records, { chunkLimit: 3 }, async ({ directory }) => {
      const set = await provenSet(directory, ids.length);
      expect(await set.details(records)).toEqual(records);
      const rows = await set.sphere({ center: [1, 1, 1], radius: 0 }).toArray();
      const byBytes = ids.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(rows.map(({ id }) => id)).toEqual(byBytes);
    });
  });
});

test('a galaxy of 15,000 whole systems is built in bounded memory', { timeout: PATIENCE }, async () => {
  await inFolder(async folder => {
    const path = join(folder, 'in.ndjson');
    await pipeline(Readable.from(galaxy({ count: 15_000 })), createWriteStream(path));
    const out = join(folder, 'set');
    const summary = await buildApart(path, out, 100);
    expect(summary).toMatchObject({ systems: 15_000, rejected: 0 });
    expect(summary.peakMemoryBytes).toBeLessThan(700 * MIB);
    await provenSet(out, 15_000);
  });
});
