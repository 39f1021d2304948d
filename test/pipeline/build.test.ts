import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type JsonObject, openTileset } from '#client/node/index.ts';
import { build, InputError, type PlanOptions, type Reject, UsageError } from '#pipeline/index.ts';
import { checkBuildOptions } from '#pipeline/tasks/build-options.ts';
import { exactText, recordsAt, shuffled } from '#test/support/arbitrary.ts';
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

describe('what goes in', () => {
  /** Kinds of what a list may hold, and what becomes of each. */
  const KINDS = ['kept', 'noX', 'vast', 'text', 'number', 'null', 'region', 'same', 'badId', 'deep'] as const;
  const REJECTED = ['noX', 'vast', 'text', 'number', 'null', 'badId', 'deep'];
  const deep = `${'['.repeat(256)}${']'.repeat(256)}`;
  const TEXT: Record<(typeof KINDS)[number], (i: number) => string> = {
    kept: i => `{"id":"S${i}","x":${i},"y":-0,"z":1e-9,"extra":{"b":${i},"a":null}}`,
    noX: i => `{"id":"S${i}","y":0,"z":0}`,
    vast: i => `{"id":"S${i}","x":1e200,"y":0,"z":0}`,
    text: i => `"S${i}"`,
    number: i => `${i}`,
    null: () => 'null',
    region: i => `{"type":"region","name":"R${i}","x":1,"y":1,"z":1}`,
    same: () => '{"name":"twin","x":5,"y":5,"z":5}',
    badId: i => `{"id":[${i}],"x":1,"y":1,"z":1}`,
    deep: i => `{"id":"S${i}","x":1,"y":1,"z":1,"deep":${deep}}`,
  };

  test('comes out, or is counted as rejected, skipped or a duplicate, and told with its place', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...KINDS), { maxLength: 40 }), async kinds => {
        const all = ['kept' as const, ...kinds];
        const count = (of: readonly string[]) => all.filter(kind => of.includes(kind)).length;
        await inFolder(async folder => {
          const text = `[\n${all.map((kind, i) => TEXT[kind](i)).join(',\n')}\n]`;
          const [path] = writeInputs(folder, 'in', [text]) as [string];
          const rejects: Reject[] = [];
          const skips: number[] = [];
          const summary = await build(
            [path],
            join(folder, 'set'),
            {},
            {
              onReject: of => void rejects.push(of),
              onSkip: location => void skips.push(location.line),
            },
          );
          const twins = count(['same']);
          expect(summary.rejected).toBe(count(REJECTED));
          expect(summary.skipped).toBe(count(['region']));
          expect(summary).toMatchObject({ identical: Math.max(0, twins - 1), duplicates: 0 });
          expect(summary.systems + summary.rejected + summary.skipped + summary.identical).toBe(all.length);
          const lines = (of: readonly string[]) =>
            all.flatMap((kind, i) => (of.includes(kind) ? [i + 2] : []));
          expect(rejects.map(({ location }) => location.line)).toEqual(lines(REJECTED));
          expect(skips).toEqual(lines(['region']));
          for (const { location, reason } of rejects) {
            expect(location.file).toBe(path);
            expect(reason).toMatch(/: /);
          }
          const kept = all.flatMap((kind, i) => (kind === 'kept' || kind === 'same' ? [TEXT[kind](i)] : []));
          expect(await recordsOf(join(folder, 'set'))).toEqual(
            [...new Set(kept)].map(of => recordText(JSON.parse(of))).sort(),
          );
        });
      }),
      { numRuns: 40 },
    );
  });

  test('fails a strict build where anything is rejected, and any build where all is', async () => {
    await inFolder(async folder => {
      const out = join(folder, 'set');
      const inputs = writeInputs(folder, 'in', [
        '[{"id":"a","x":1,"y":1,"z":1},\n{"id":"b","x":"one","y":1,"z":1}]',
      ]);
      const strict = await failure(build(inputs, out, { strict: true }));
      expect(strict).toBeInstanceOf(InputError);
      expect(strict.message).toContain(`${inputs[0]}, line 2`);
      expect(strict.message).toContain('field x');
      const none = await failure(build(writeInputs(folder, 'bad', ['[{},{"x":1}]']), out));
      expect(none).toBeInstanceOf(InputError);
      expect(none.message).toMatch(/all 2 records were rejected/);
      expect(readdirSync(folder).sort()).toEqual(['bad-0.json', 'in-0.json']);
      expect(await build(inputs, out)).toMatchObject({ systems: 1, rejected: 1 });
    });
  });

  test.each([
    ['no member', '{}'],
    ['no element', '[]'],
    ['no system', '{"_meta":{"a":1},"_b":{"x":1,"y":1,"z":1}}'],
  ])('may be nothing: a document with %s makes an empty set that answers', async (_, text) => {
    await inFolder(async folder => {
      const { summary, files, directory } = await buildTexts(folder, [text]);
      expect(summary).toMatchObject({ systems: 0, rejected: 0, duplicates: 0 });
      expect(files.index).toMatchObject({ tree: null, bounds: null, exponent: null });
      const set = await openTileset(directory);
      expect(await set.sphere({ center: [0, 0, 0], radius: Infinity }).toArray()).toEqual([]);
      expect(await set.details([{ id: 'a', x: 0, y: 0, z: 0 }])).toEqual([undefined]);
      expect((await set.plan({ center: [0, 0, 0], radius: Infinity })).chunks).toEqual([]);
      expect(set.bounds).toBeUndefined();
    });
  });

  test('keeps the _meta values of its inputs, each once', async () => {
    await inFolder(async folder => {
      const texts = [
        '{"_meta":{"v":2,"of":[null]},"S":{"x":1,"y":1,"z":1}}',
        '{"_meta":{"a":1}}',
        '{"_meta":{"a":1}}',
      ];
      const { directory, summary } = await buildTexts(folder, texts);
      expect(exactText(await (await openTileset(directory)).meta())).toBe('[{"a":1},{"v":2,"of":[null]}]');
      expect(summary.skipped).toBe(3);
    });
  });
});

test('_meta values and rejected records keep keys that are written with escapes', async () => {
  // V8 takes a key that is written with an escape for another one seen before (nodejs/node#63785).
  const values = ['{"p":1,"\\\\":0}', '{"p":1,"\\"":0}', '{"p":1,"\\n":0}'];
  await inFolder(async folder => {
    const records = values.map((value, i) => `"K${i}":${value}`);
    const inputs = writeInputs(folder, 'in', [
      ...values.map(value => `{"_meta":${value}}`),
      `{${records},"sure":{"x":1,"y":2,"z":3}}`,
    ]);
    const rejects: Reject[] = [];
    await build(inputs, join(folder, 'set'), {}, { onReject: reject => void rejects.push(reject) });
    expect(rejects.map(({ record }) => exactText(record))).toEqual(values);
    const metas = await (await openTileset(join(folder, 'set'))).meta();
    expect(metas.map(meta => exactText(meta)).sort()).toEqual(values.toSorted());
  });
});

test('summary fields are the same in chunks and in tables, whatever their keys', async () => {
  // V8 takes a key that is written with an escape for another one seen before (nodejs/node#63785).
  const keys = ['p', '\\', 'p', '"', 'q', 'a\\nb', 'q', 'a\nb', '\n', ''];
  const records = keys.map((key, i) => ({ id: `s${i}`, x: i, y: 0, z: 0, tag: { p: 1, q: 2, [key]: i } }));
  await inFolder(async folder => {
    const { directory } = await buildTexts(folder, [ndjson(records)], { summary: ['tag'] });
    const set = await openTileset(directory);
    const { systems } = await set.page();
    const byId = new Map(systems.map(({ id, fields }) => [id, exactText(fields!)]));
    for (const { id, tag } of records) expect(byId.get(id)).toBe(exactText({ tag }));
    const near = await set.sphere({ center: [0, 0, 0], radius: Infinity }).toArray();
    for (const { id, fields } of near) expect(exactText(fields!)).toBe(byId.get(id));
  });
});

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

  test('are told apart by exact text, and a number is its text', async () => {
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

test.each<[string, PlanOptions]>([
  ['chunk limit', { chunkLimit: 0 }],
  ['chunk limit', { chunkLimit: 1.5 }],
  ['chunk limit', { chunkLimit: 65_537 }],
  ['detail weight', { detailWeight: 999 }],
  ['gzip level', { gzipLevel: 10 }],
  ['memory', { memoryBytes: Number.NaN }],
  ['number of workers', { workers: 0 }],
  ['name fewer fields', { summary: Array.from({ length: 900 }, (_, i) => `a summary field ${i}`) }],
])('an option out of range is a usage error: %s %j', async (what, options) => {
  const error = await failure((async () => checkBuildOptions(options))());
  expect(error).toBeInstanceOf(UsageError);
  expect(error.message).toContain(what);
});

test('progress is told: records and bytes read, then systems built, up to all of them', async () => {
  await inFolder(async folder => {
    const records = recordsAt(Array.from({ length: 5000 }, (_, i) => [i, i, i]));
    const inputs = writeInputs(folder, 'in', [ndjson(records.slice(0, 2000)), ndjson(records.slice(2000))]);
    const read: (number | undefined)[][] = [];
    const built: number[][] = [];
    await build(
      inputs,
      join(folder, 'set'),
      { gzipLevel: 1 },
      {
        onProgress: (...of) => void read.push(of),
        onBuilt: (...of) => void built.push(of),
      },
    );
    const total = ndjson(records).length;
    expect(read.at(-1)).toEqual([5000, total, total]);
    expect(built.at(-1)).toEqual([5000, 5000]);
    for (const list of [read, built])
      expect(list.map(([n]) => n)).toEqual(list.map(([n]) => n).toSorted((a, b) => a! - b!));
  });
});

test('what a small file unpacks to does not stay in memory', () =>
  inFolder(async folder => {
    // 60 MB in less than 1 MB, by a name that does not tell that it is packed.
    const records = Array.from({ length: 60 }, (_, x) => ({
      id: `S${x}`,
      x,
      y: 0,
      z: 0,
      note: 'ab'.repeat(500_000),
    }));
    const input = join(folder, 'packed.json');
    writeFileSync(input, gzipSync(ndjson(records)));
    const spilled = new Set<string>();
    const onBuilt = () => {
      const [staging] = readdirSync(join(folder, 'set')).filter(name => name.startsWith('.building-'));
      for (const name of readdirSync(join(folder, 'set', staging!, 'scratch'), { recursive: true }))
        spilled.add(String(name));
    };
    const { systems } = await build([input], join(folder, 'set'), { search: { mode: 'none' } }, { onBuilt });
    expect(systems).toBe(60);
    expect([...spilled]).toContain(join('map', '0-records-0'));
  }));
