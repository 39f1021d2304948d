import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openTileset } from '#client/node/index.ts';
import { build, InputError, type PlanOptions, type Reject, UsageError } from '#pipeline/index.ts';
import { checkBuildOptions } from '#pipeline/tasks/build-options.ts';
import { exactText, recordsAt } from '#test/support/arbitrary.ts';
import { buildTexts, ndjson, recordText, writeInputs } from '#test/support/chunk-sets.ts';
import { failure } from '#test/support/stored-files.ts';
import { inFolder } from '#test/support/temporary.ts';

/** The whole records of a set, by the client. */
async function recordsOf(directory: string): Promise<string[]> {
  const rows = await (await openTileset(directory))
    .sphere({ center: [0, 0, 0], radius: Infinity, details: true })
    .toArray();
  return rows.map(({ record }) => recordText(record)).sort();
}

describe('a record of the input', () => {
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

  test('is in the set, or is counted as rejected, skipped or a duplicate, and reported with its place', async () => {
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

test.each<[string, PlanOptions]>([
  ['chunk limit', { chunkLimit: 0 }],
  ['chunk limit', { chunkLimit: 1.5 }],
  ['chunk limit', { chunkLimit: 65_537 }],
  ['detail weight', { detailWeight: 999 }],
  ['gzip level', { gzipLevel: 10 }],
  ['engine is fast; give wasm or js', { engine: 'fast' as 'wasm' }],
  ['memory', { memoryBytes: Number.NaN }],
  ['number of workers', { workers: 0 }],
  ['name fewer fields', { summary: Array.from({ length: 900 }, (_, i) => `a summary field ${i}`) }],
])('an option out of range is a usage error: %s %j', async (what, options) => {
  const error = await failure((async () => checkBuildOptions(options))());
  expect(error).toBeInstanceOf(UsageError);
  expect(error.message).toContain(what);
});

test('progress is reported: records and bytes read, then systems built, up to all of them', async () => {
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
