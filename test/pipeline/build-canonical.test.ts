import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '#client/index.ts';
import { galaxySystems } from '#data/galaxy.ts';
import { catalogue, exactText, type Point, recordsAt, seeded, shuffled } from '#test/support/arbitrary.ts';
import { buildByHand, buildTexts, fingerprint, ndjson } from '#test/support/chunk-sets.ts';
import { inFolder } from '#test/support/temporary.ts';

/** The records as a keyed document, in that order; keys play no part where a record has id and name. */
function keyed(records: readonly JsonObject[]): string {
  return `{\n${records.map((record, i) => `  "key ${i}": ${exactText(record)}`).join(',\n')}\n}`;
}

const array = (records: readonly JsonObject[]) => `[${records.map(record => exactText(record)).join()}]`;

/** Cut into so many inputs, some of them empty. */
function inputs(
  records: readonly JsonObject[],
  count: number,
  shape: (of: readonly JsonObject[]) => string,
): string[] {
  const size = Math.ceil(records.length / count);
  return Array.from({ length: count }, (_, i) => shape(records.slice(i * size, (i + 1) * size)));
}

const memory = (megabytes: number) => ({ workers: 1, memoryBytes: megabytes * (1 << 20) });

describe('a set depends on its systems and options alone', () => {
  test('not on the order of the input, its division into files, or its shape', async () => {
    await fc.assert(
      fc.asyncProperty(catalogue, fc.nat(), fc.integer({ min: 1, max: 4 }), async (records, seed, count) => {
        const named = records.map(record => ({
          ...record,
          name: record['name'] ?? `name of ${record['id']}`,
        }));
        const others = shuffled(named, seed);
        const options = { chunkLimit: 1 + (seed % 7), gzipLevel: 1 };
        await inFolder(async folder => {
          const of = async (texts: string[], name: string) => {
            const { files, summary } = await buildTexts(folder, texts, options, name);
            expect(summary.systems).toBe(records.length);
            return fingerprint(files);
          };
          const one = await of([ndjson(named)], 'one');
          const shape = [ndjson, keyed, array][seed % 3]!;
          expect(await of(inputs(others, count, shape), 'other')).toEqual(one);
        });
      }),
      { numRuns: 36 },
    );
  });

  const plan = fc.record({
    taskBytes: fc.constantFrom(1, 150, 1000, 10_000),
  });

  test('not on the size of tasks: one for all, one each, divided again and again', async () => {
    await fc.assert(
      fc.asyncProperty(catalogue, fc.nat(), plan, async (records, seed, byHand) => {
        const options = { chunkLimit: 1 + (seed % 7), gzipLevel: 1 };
        await inFolder(async folder => {
          const { files } = await buildTexts(folder, [ndjson(records)], options);
          const other = await buildByHand(folder, [ndjson(shuffled(records, seed))], options, byHand);
          expect(fingerprint(other)).toEqual(fingerprint(files));
        });
      }),
      { numRuns: 30 },
    );
  });

  const random = seeded(21);
  const TASKS = { taskBytes: 300 };
  const CATALOGUES: [string, Point[]][] = [
    [
      'outliers far beyond the first records',
      Array.from({ length: 200 }, (_, i) => [random(), random(), i > 50 ? 1e5 ** (i % 20) : 0]),
    ],
    [
      'first records far beyond the others',
      Array.from({ length: 200 }, (_, i) => [i < 5 ? 2 ** 499 : random(), random(), i / 1e9]),
    ],
    [
      'one dense knot in a bucket',
      Array.from({ length: 200 }, (_, i) => [i < 20 ? -50 * random() : 1 + i * 2 ** -52, 0, 0]),
    ],
    ['all on one point', Array.from({ length: 200 }, () => [3, 3, 3])],
    [
      'vast on one axis, tiny on another',
      Array.from({ length: 200 }, (_, i) => [1e19, i * 1e-9, random() * 1e-300]),
    ],
    [
      'both sides of the origin',
      Array.from({ length: 200 }, (_, i) => [i % 2 ? -1e-320 : 1, random() - 0.5, -0]),
    ],
  ];
  test.each(CATALOGUES)('nor where tasks are tiny and there are %s', async (_, at) => {
    const records = recordsAt(at);
    const options = { chunkLimit: 4, gzipLevel: 1 };
    await inFolder(async folder => {
      const { files } = await buildTexts(folder, [ndjson(records)], options);
      expect(fingerprint(await buildByHand(folder, [ndjson(records)], options, TASKS))).toEqual(
        fingerprint(files),
      );
      const turned = await buildByHand(
        folder,
        [ndjson(records.toReversed())],
        options,
        { taskBytes: 1 },
        'turned',
      );
      expect(fingerprint(turned)).toEqual(fingerprint(files));
    });
  });

  test('nor on what was dropped: duplicates leave no trace, be they outliers or most of a bucket', async () => {
    const records = recordsAt(Array.from({ length: 120 }, () => [random(), random(), random()]));
    const twice = records.flatMap((record, i) => [
      record,
      { ...record, x: i % 3 ? 1e9 * (random() - 0.5) : 0.5, y: random() },
      { ...record, x: -1e-320 },
    ]);
    await inFolder(async folder => {
      const options = { chunkLimit: 4, gzipLevel: 1, onDuplicate: 'first' } as const;
      const { files } = await buildTexts(folder, [ndjson(records)], options);
      const again = await buildTexts(folder, [ndjson(twice)], options, 'twice');
      expect(again.summary.duplicates).toBe(240);
      expect(fingerprint(again.files)).toEqual(fingerprint(files));
      expect(fingerprint(await buildByHand(folder, [ndjson(twice)], options, TASKS))).toEqual(
        fingerprint(files),
      );
    });
  });

  test('nor on the memory that a whole build may take, or how hard it compresses', async () => {
    const records = [...galaxySystems({ count: 800, seed: 8 })] as unknown as JsonObject[];
    await inFolder(async folder => {
      const build = (of: readonly JsonObject[], megabytes: number, gzipLevel: number) =>
        buildTexts(
          folder,
          [ndjson(of)],
          { ...memory(megabytes), gzipLevel, chunkLimit: 30 },
          `set-${megabytes}-${gzipLevel}`,
        );
      const large = await build(records, 4096, 6);
      const small = await build(shuffled(records, 1), 64, 1);
      const [smallIndex, ...smallFiles] = fingerprint(small.files);
      const [largeIndex, ...largeFiles] = fingerprint(large.files);
      expect(smallFiles).toEqual(largeFiles);
      // The level is an option, which the index names.
      const { generation } = large.summary;
      expect(
        largeIndex!.replace('"gzipLevel":6', '"gzipLevel":1').replace(generation, small.summary.generation),
      ).toBe(smallIndex);
    });
  });

  test('nor where very many are on one point', async () => {
    // By key and by region, some with an id of their own, and two zeros that are one place.
    const record = (i: number) => ({
      ...(i % 3 === 0 && { id: `own ${i}` }),
      ...(i % 2 === 0 && { name: `Star ${i % 700}` }),
      ...{ x: i % 5 === 0 ? -0 : 0, y: 1, z: 2, size: i % 9, notes: 'n'.repeat(600) },
      ...(i % 7 === 0 && { planets: [{ name: 'p', moons: [{ name: 'm' }] }] }),
    });
    const members = Array.from({ length: 3000 }, (_, i) => `"K${i}":${exactText(record(i))}`);
    const listed = Array.from({ length: 3000 }, (_, i) => exactText(record(i + 1)));
    const others = ndjson(
      recordsAt([
        [0, 1, 3],
        [0, 2, 2],
        [5, 5, 5],
      ]),
    );
    const texts = [`{${members}}`, `{"North":[${listed.map(text => text.replace('own', 'north'))}]}`, others];
    await inFolder(async folder => {
      const build = (megabytes: number) =>
        buildTexts(
          folder,
          texts,
          {
            ...memory(megabytes),
            ...{ gzipLevel: 1, chunkLimit: 100, summary: ['size'], onDuplicate: 'last' },
          },
          `set-${megabytes}`,
        );
      const [large, small] = [await build(4096), await build(64)];
      expect(large.summary.systems).toBeGreaterThan(3000);
      expect(fingerprint(small.files)).toEqual(fingerprint(large.files));
      const counted = { seconds: 0, peakMemoryBytes: 0 };
      expect({ ...small.summary, ...counted }).toEqual({ ...large.summary, ...counted });
    });
  });

  test('but on every bit of them', async () => {
    const records = recordsAt([
      [0, 0, 0],
      [1, 2, 3],
    ]);
    await inFolder(async folder => {
      const generations = new Set<string>();
      const variants: JsonObject[][] = [
        records,
        [{ ...records[0]!, x: -0 }, records[1]!],
        [{ ...records[0]!, x: 5e-324 }, records[1]!],
        [{ ...records[0]!, note: null }, records[1]!],
        [{ ...records[0]!, note: '' }, records[1]!],
        [{ ...records[0]!, region: 'Unknown' }, records[1]!],
        [{ ...records[0]!, name: 'S0' }, records[1]!],
        records.slice(0, 1),
        [],
      ];
      for (const [i, of] of variants.entries())
        generations.add((await buildTexts(folder, [ndjson(of)], {}, `set-${i}`)).summary.generation);
      expect(generations.size).toBe(variants.length);
    });
  });

  test('and on the options that shape it', async () => {
    const records = recordsAt(Array.from({ length: 20 }, (_, i) => [i, i, i])).map(of => ({
      ...of,
      mass: 1,
    }));
    await inFolder(async folder => {
      const generations = new Set<string>();
      const all = [
        {},
        { chunkLimit: 4 },
        { detailWeight: 1000 },
        { summary: ['mass'] },
        { summary: ['size', 'mass'] },
        ...['mass', 'mass:asc', 'mass:desc'].map(text => ({ listings: text })),
      ];
      for (const [i, options] of all.entries())
        generations.add(
          (await buildTexts(folder, [ndjson(records)], options, `set-${i}`)).summary.generation,
        );
      expect(generations.size).toBe(all.length);
      const turned = await buildTexts(
        folder,
        [ndjson(records)],
        { summary: ['mass', 'size', 'id', 'mass'] },
        'turned',
      );
      expect(generations.has(turned.summary.generation)).toBe(true);
    });
  });

  test('not on the order of inputs with _meta', async () => {
    await inFolder(async folder => {
      const texts = [
        '{"_meta":{"of":"b"},"S":{"x":1,"y":1,"z":1}}',
        '{"_meta":{"of":"a"}}',
        '{"_meta":{"of":"c"}}',
      ];
      const { files } = await buildTexts(folder, texts, {});
      expect(fingerprint((await buildTexts(folder, texts.toReversed(), {}, 'turned')).files)).toEqual(
        fingerprint(files),
      );
    });
  });
});

describe('equal records without an id collapse into one, whichever comes first', () => {
  test.each([
    [
      'with their own fields in another order',
      ['{"name":"A","x":1,"y":2,"z":3,"m":1,"n":2}', '{"n":2,"m":1,"z":3,"y":2,"x":1,"name":"A"}'],
    ],
    [
      'written in another way',
      ['{"name":"A","x":1,"y":2,"z":3}', '{"name":"\\u0041","x":1.0,"y":20e-1,"z":3}'],
    ],
    ['with a null id and an empty one', ['{"name":"A","x":1,"y":2,"z":3}', '{"x":1,"y":2,"z":3,"name":"A"}']],
  ])('%s', async (_, texts) => {
    await inFolder(async folder => {
      const one = await buildTexts(folder, texts, {}, 'one');
      const other = await buildTexts(folder, texts.toReversed(), {}, 'other');
      expect(one.summary).toMatchObject({ systems: 1, identical: 1, duplicates: 0 });
      expect(fingerprint(other.files)).toEqual(fingerprint(one.files));
    });
  });
});
