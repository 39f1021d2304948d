/** Systems of one id: an error, one of them, or one system of which there were copies. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type JsonObject, openTileset } from '#client/node/index.ts';
import { build, InputError } from '#pipeline/index.ts';
import { shuffled } from '#test/support/arbitrary.ts';
import {
  buildTexts,
  fingerprint,
  ndjson,
  nodesOf,
  readSet,
  recordText,
  rowsOf,
  walkTree,
  writeInputs,
} from '#test/support/chunk-sets.ts';
import { failure } from '#test/support/stored-files.ts';
import { inFolder } from '#test/support/temporary.ts';

/** The ids of a set's systems, sorted. */
function idsOf(directory: string): string[] {
  const files = readSet(directory);
  const rows = nodesOf(walkTree(files)).flatMap(at => rowsOf(files, at));
  return rows.map(({ chunk, row }) => chunk.id[row]!).sort();
}

/** The whole records of a set, by the client. */
async function recordsOf(directory: string): Promise<string[]> {
  const rows = await (await openTileset(directory))
    .sphere({ center: [0, 0, 0], radius: Infinity, details: true })
    .toArray();
  return rows.map(({ record }) => recordText(record)).sort();
}

describe('systems of one id', () => {
  const three = [
    '{"id":"A","x":1,"y":0,"z":0}\n{"id":"B","x":9,"y":0,"z":0}',
    '{"id":"A","x":2,"y":0,"z":0}',
    '{"id":"A","x":3,"y":0,"z":0}',
  ];
  const xOf = async (texts: readonly string[], onDuplicate: 'first' | 'last') =>
    inFolder(async folder => {
      const { directory, summary } = await buildTexts(folder, texts, { onDuplicate });
      const rows = await (await openTileset(directory))
        .sphere({ center: [0, 0, 0], radius: Infinity })
        .toArray();
      return [summary.duplicates, Object.fromEntries(rows.map(({ id, x }) => [id, x]))];
    });

  test('are an error that names both places, unless the first or the last is to be kept', async () => {
    await inFolder(async folder => {
      const inputs = writeInputs(folder, 'in', three);
      const error = await failure(build(inputs, join(folder, 'set')));
      expect(error).toBeInstanceOf(InputError);
      for (const part of [
        '"A"',
        `${inputs[0]}, line 1, byte 0`,
        `${inputs[1]}, line 1, byte 0`,
        'first|last',
      ])
        expect(error.message).toContain(part);
      expect(existsSync(join(folder, 'set'))).toBe(false);
    });
    expect(await xOf(three, 'first')).toEqual([2, { A: 1, B: 9 }]);
    expect(await xOf(three, 'last')).toEqual([2, { A: 3, B: 9 }]);
  });

  test('are different if the keys around equal records give them another name or region', async () => {
    const record = '{"id":"A","x":1,"y":0,"z":0}';
    const whole = '{"id":"A","name":"N","region":"R","x":1,"y":0,"z":0}';
    const texts = (own: string) => [`{"R1":[${own}],"R2":[${own}]}`, `{"K1":${own},"K2":${own}}`];
    for (const text of texts(record)) expect(await xOf([text], 'first')).toEqual([1, { A: 1 }]);
    for (const text of texts(whole)) expect(await xOf([text], 'first')).toEqual([0, { A: 1 }]);
    expect(await xOf([`{"R1":[${record},${record}]}`], 'first')).toEqual([0, { A: 1 }]);
  });

  test('are compared as exact strings, and a number is its digits', async () => {
    const texts = [
      '{"id":1,"x":1,"y":0,"z":0}\n{"id":"1","x":2,"y":0,"z":0}\n{"id":"01","x":3,"y":0,"z":0}\n{"id":"1\\u0000","x":4,"y":0,"z":0}\n{"id":1.0,"x":5,"y":0,"z":0}',
    ];
    expect(await xOf(texts, 'first')).toEqual([2, { 1: 1, '01': 3, '1\0': 4 }]);
    expect(await xOf(texts, 'last')).toEqual([2, { 1: 5, '01': 3, '1\0': 4 }]);
    const digits = [
      '{"id":9007199254740993,"x":1,"y":0,"z":0}\n{"id":9007199254740992,"x":2,"y":0,"z":0}\n{"id":"9007199254740993","x":3,"y":0,"z":0}',
    ];
    expect(await xOf(digits, 'first')).toEqual([1, { '9007199254740993': 1, '9007199254740992': 2 }]);
  });

  test('an explicit id wins over one that was made of a key, whichever comes first', async () => {
    const explicit = '"V":{"id":"SYS_W","name":"own","x":1,"y":0,"z":0}';
    const derived = '"W":{"name":"key","x":2,"y":0,"z":0}';
    for (const policy of ['first', 'last'] as const)
      for (const members of [
        [explicit, derived],
        [derived, explicit],
      ])
        expect(await xOf([`{${members.join()}}`], policy)).toEqual([1, { SYS_W: 1 }]);
  });

  test('that were made of the content of equal records collapse under every policy', async () => {
    const twin = '{"name":"twin","x":1,"y":-0,"z":3,"planets":[{"b":1,"a":2}]}';
    const others = [
      '{"name":"twin","x":1,"y":0,"z":3,"planets":[{"b":1,"a":2}]}',
      '{"name":"twin","x":1,"y":-0,"z":3,"planets":[{"a":2,"b":1}]}',
    ];
    for (const onDuplicate of ['error', 'first', 'last'] as const)
      await inFolder(async folder => {
        const { summary, directory } = await buildTexts(
          folder,
          [`${twin}\n${twin}\n${others.join('\n')}`, twin],
          { onDuplicate },
        );
        expect(summary).toMatchObject({ systems: 3, identical: 2, duplicates: 0 });
        expect(await recordsOf(directory)).toEqual(
          [twin, ...others].map(of => recordText(JSON.parse(of))).sort(),
        );
      });
  });

  test('that are identical are one: a catalogue given twice builds the set of it given once', async () => {
    const records = (id: (i: number) => string) =>
      Array.from({ length: 30 }, (_, i) => `{${id(i)}"name":"N${i}","x":${i},"y":-0,"z":3,"extra":[${i}]}`);
    const own = records(i => `"id":"S${i}",`);
    const keyed = `{${records(() => '').map((text, i) => `"K${i}":${text}`)}}`;
    for (const [one, other] of [
      // Written in another way, core columns in other places.
      [
        own.join('\n'),
        `[${own.map(text => JSON.stringify(moved(JSON.parse(text))).replace('"y":0', '"y":-0.0'))}]`,
      ],
      [keyed, keyed],
    ] as const)
      await inFolder(async folder => {
        const once = await buildTexts(folder, [one], {}, 'once');
        for (const onDuplicate of ['error', 'first', 'last'] as const) {
          const twice = await buildTexts(folder, [one, other], { onDuplicate }, `twice-${onDuplicate}`);
          expect(twice.summary).toMatchObject({ systems: 30, identical: 30, duplicates: 0 });
          expect(fingerprint(twice.files)).toEqual(fingerprint(once.files));
        }
      });

    function moved({ id, x, ...rest }: JsonObject): JsonObject {
      return { x: x!, ...rest, id: id! };
    }
  });

  test('are the same whatever their spelling: as many are dropped, and the same one is kept', async () => {
    const spellings = [
      (x: number) => `{"id":"A","x":${x},"y":0,"z":0}`,
      (x: number) => `{"x":${x}.0, "id":"\\u0041","y":0,"z":0}`,
      (x: number) => `{"y":0e0,"z":0,"x":${x},"id":"A"}`,
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ x: fc.nat({ max: 2 }), spelling: fc.nat({ max: 2 }) }), {
          minLength: 1,
          maxLength: 8,
        }),
        fc.constantFrom('first' as const, 'last' as const),
        async (records, onDuplicate) =>
          inFolder(async folder => {
            const spelt = records.map(({ x, spelling }) => spellings[spelling]!(x)).join('\n');
            const plain = records.map(({ x }) => spellings[0]!(x)).join('\n');
            const { summary, files } = await buildTexts(folder, [spelt], { onDuplicate }, 'spelt');
            const expected = await buildTexts(folder, [plain], { onDuplicate }, 'plain');
            const { identical, duplicates } = expected.summary;
            expect(identical + duplicates).toBe(records.length - 1);
            expect(summary).toMatchObject({ systems: 1, identical, duplicates });
            expect(fingerprint(files)).toEqual(fingerprint(expected.files));
          }),
      ),
      { numRuns: 30 },
    );
  });

  test.each([
    ['-0', '"x":0', '"x":-0'],
    ['null', '"a":null', '"b":null'],
    ['the type of an id', '"id":1', '"id":"1"'],
    ['a name that is derived', '"id":"A"', '"id":"A","name":"A"'],
    ['the order of nested keys', '"p":{"a":1,"b":2}', '"p":{"b":2,"a":1}'],
    ['the order of fields', '"a":1,"b":2', '"b":2,"a":1'],
  ])('that differ in %s are different', async (_, one, other) => {
    const texts = [one, other].map(members => {
      const own = members.startsWith('"id"') ? members : `"id":"A",${members}`;
      return `{${own},"y":1,"z":1${own.includes('"x"') ? '' : ',"x":1'}}`;
    });
    await inFolder(async folder => {
      const error = await failure(build(writeInputs(folder, 'in', texts), join(folder, 'set')));
      expect(error.message).toContain('is already the id of a different system at');
    });
  });

  test('of one key of a keyed catalogue are two where their own ids are', async () => {
    await inFolder(async folder => {
      const text = '{"Sol":{"id":"a","x":1,"y":1,"z":1},"Sol":{"id":"b","x":1,"y":1,"z":1}}';
      const { summary, directory } = await buildTexts(folder, [text]);
      expect(summary).toMatchObject({ systems: 2, identical: 0, duplicates: 0 });
      const found = await (await openTileset(directory)).systemsByName('Sol');
      expect(found.map(({ id }) => id)).toEqual(['a', 'b']);
      const input = writeInputs(folder, 'same', ['{"Sol":{"x":1,"y":1,"z":1},"Sol":{"x":2,"y":1,"z":1}}']);
      const error = await failure(build(input, join(folder, 'other')));
      expect(error.message).toMatch(/line 1, byte 33: field id: "SYS_Sol" is already the id.*line 1, byte 7/);
    });
  });

  test('leave one each, however many there are and wherever they lie', async () => {
    const records = Array.from({ length: 900 }, (_, i) => ({ id: `S${i % 100}`, x: i % 7, y: i, z: -i }));
    await inFolder(async folder => {
      const { summary, directory } = await buildTexts(folder, [ndjson(shuffled(records, 2))], {
        onDuplicate: 'last',
        chunkLimit: 5,
        gzipLevel: 1,
      });
      expect(summary).toMatchObject({ systems: 100, duplicates: 800 });
      expect(new Set(idsOf(directory)).size).toBe(100);
    });
  });
});
