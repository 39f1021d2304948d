import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type JsonObject, type JsonValue, openTileset, type SystemRecord } from '#client/node/index.ts';
import { build, exportLines, exportSet, UsageError } from '#pipeline/index.ts';
import { coordinate, exactText, json, key, objectOf, text } from '#test/support/arbitrary.ts';
import { ndjson, PLAIN, recordText, systemsIn, writeInputs } from '#test/support/chunk-sets.ts';
import { inFolder } from '#test/support/temporary.ts';
import { ENDINGS, exportAndBuild, readText, recordsIn, sortedTexts } from './exported-files.ts';

/** The core columns. */
const seen = ({ id, name, region, x, y, z }: SystemRecord) => ({ id, name, region, x, y, z });

describe('what is exported equals what came in', () => {
  test('lines, to the last bit, with null, absent fields and nested order', async () => {
    const records = [
      '{"id":"a","name":"A","x":-0,"y":0.1,"z":-0.0,"region":"R","planets":[{"b":-0,"a":null},{"a":1,"b":2}]}',
      '{"id":"b","name":"B","x":1e150,"y":5e-324,"z":-1,"region":"R","__proto__":{"x":-0},"n":null,"":{}}',
      '{"id":"c","name":"C","x":1,"y":2,"z":3,"region":"Unknown","moons":[[],[[-0]]],"constructor":true}',
    ];
    await inFolder(async folder => {
      const inputs = writeInputs(folder, 'in', [`${records.join('\n')}\n`]);
      const { generation, ways } = await exportAndBuild(folder, inputs, {}, ENDINGS);
      const expected = sortedTexts(records.map(record => JSON.parse(record)));
      for (const { file, rebuilt } of ways) {
        expect(sortedTexts(recordsIn(file))).toEqual(expected);
        expect(rebuilt.generation).toBe(generation);
      }
    });
  });

  test('an id of more digits than float64 has is written where the record has it', async () => {
    const records = [
      '{"first":1,"id":12345678901234567890,"name":"A","x":1,"y":2,"z":3,"region":"R"}',
      '{"first":1,"id64":12345678901234567891,"name":"B","x":1,"y":2,"z":3,"last":{"a":-0}}',
    ];
    await inFolder(async folder => {
      const inputs = writeInputs(folder, 'in', [`${records.join('\n')}\n`]);
      const { generation, ways } = await exportAndBuild(folder, inputs, {}, ENDINGS);
      expect(readText(ways[0]!.file)).toMatch(/"first":1,"id":12345678901234567890\D/);
      for (const { rebuilt } of ways) expect(rebuilt.generation).toBe(generation);
    });
  });

  test('keys are names; those that repeat have their id beside them, and "_" never begins a key', async () => {
    const named = (id: string, name: string) => ({ id, name, x: 1, y: 2, z: 3, region: 'R' });
    const records = [
      named('1', 'Sol'),
      named('2', 'Alpha'),
      named('3', 'Alpha'),
      named('4', 'Alpha (2)'),
      named('5', '_meta'),
      named('6', 'data'),
      named('7', '__proto__'),
    ];
    await inFolder(async folder => {
      const inputs = writeInputs(folder, 'in', [ndjson(records)]);
      const { generation, ways } = await exportAndBuild(folder, inputs, {}, ['json']);
      const keys = Object.keys(JSON.parse(readText(ways[0]!.file)));
      expect(keys.sort()).toEqual(
        [
          "'_meta'",
          "'__proto__'",
          'Alpha (2) (2)',
          'Alpha (3) (3)',
          'Alpha (2) (4) (4)',
          'Sol',
          'data',
        ].sort(),
      );
      expect(sortedTexts(recordsIn(ways[0]!.file))).toEqual(sortedTexts(records));
      expect(ways[0]!.rebuilt.generation).toBe(generation);
    });
  });

  test('a value that came from a key is written if the key is lost, and only then', async () => {
    const keyed = '{"_meta":{"v":-0},"Sol":{"x":1,"y":2,"z":3},"K":{"id":null,"name":"N","x":4,"y":5,"z":6}}';
    await inFolder(async folder => {
      const inputs = writeInputs(folder, 'in', [keyed]);
      const { generation, set, ways } = await exportAndBuild(folder, inputs, {}, ['json', 'ndjson']);
      const [json, lines] = ways;
      expect(readText(json!.file)).toBe(
        '{\n"_meta":{"v":-0},\n"K":{"name":"N","x":4,"y":5,"z":6,"id":null},\n"Sol":{"x":1,"y":2,"z":3}\n}\n',
      );
      expect(json!.rebuilt.generation).toBe(generation);
      expect(json!.summary).toEqual({ shape: 'json', systems: 2, metasLeftOut: 0 });
      expect(readText(lines!.file)).toBe(
        '{"id":"SYS_K","name":"N","x":4,"y":5,"z":6}\n{"id":"SYS_Sol","name":"Sol","x":1,"y":2,"z":3}\n',
      );
      expect(lines!.summary).toEqual({ shape: 'ndjson', systems: 2, metasLeftOut: 1 });
      expect((await systemsIn(lines!.again)).map(seen)).toEqual((await systemsIn(set)).map(seen));
    });
  });

  test('a region that came from the key of a list is written; equal rows of two regions stay two systems', async () => {
    const row = '{"name":"N","x":1,"y":2,"z":3}';
    const regions = `{"North":[${row}],"South":[${row}],"Unknown":[${row}],"":[${row}]}`;
    await inFolder(async folder => {
      const inputs = writeInputs(folder, 'in', [regions]);
      const { set, ways } = await exportAndBuild(folder, inputs, {}, ['json', 'ndjson']);
      const expected = (await systemsIn(set)).map(seen);
      expect(expected.map(({ region }) => region).sort()).toEqual(['', 'North', 'South', 'Unknown']);
      for (const { again, file } of ways) {
        expect((await systemsIn(again)).map(seen)).toEqual(expected);
        const written = recordsIn(file).map(({ region }) => region);
        expect(written.sort()).toEqual(['', 'North', 'South', undefined]);
      }
    });
  });

  test('an id beyond 2^53 keeps its digits; ids made of the content are not written', async () => {
    const lines = [
      '{"id":12345678901234567891,"name":"big","x":1,"y":2,"z":3}',
      '{"id":12345678901234567890,"name":"near","x":1,"y":2,"z":3}',
      '{"id":-0,"name":"zero","x":1,"y":2,"z":3}',
      '{"name":"none","x":-0,"y":2,"z":3}',
    ];
    await inFolder(async folder => {
      const inputs = writeInputs(folder, 'in', [lines.join('\n')]);
      const { generation, ways } = await exportAndBuild(folder, inputs, {}, ENDINGS);
      for (const { file, rebuilt } of ways) {
        expect(rebuilt.generation).toBe(generation);
        expect(readText(file)).toMatch(/"id":12345678901234567891[,}]/);
        expect(recordsIn(file).filter(record => !('id' in record))).toHaveLength(1);
      }
    });
  });

  test('an empty set is {} or an empty file, and keeps its _meta', async () => {
    await inFolder(async folder => {
      await build(writeInputs(folder, 'in', ['{"_meta":{"a":1}}']), join(folder, 'set'));
      const tileset = await openTileset(join(folder, 'set'));
      await exportSet(tileset, join(folder, 'e.json'));
      await exportSet(tileset, join(folder, 'e.ndjson'));
      expect(JSON.parse(readText(join(folder, 'e.json')))).toEqual({ _meta: { a: 1 } });
      expect(readText(join(folder, 'e.ndjson'))).toBe('');
    });
  });

  test('fields of --summary are put back, from chunks that leaves share and details in parts', async () => {
    const records = Array.from({ length: 300 }, (_, i) => ({
      ...{ id: `S${i}`, name: `N${i}`, x: (i * 37) % 101, y: (i * 59) % 103, z: (i * 83) % 107, region: 'R' },
      photo: `${i}.png`,
      note: 'x'.repeat(i),
    }));
    await inFolder(async folder => {
      const inputs = writeInputs(folder, 'in', [ndjson(records)]);
      const options = { summary: ['photo'], chunkLimit: 40, detailWeight: 2000 };
      const { tileset, ways } = await exportAndBuild(folder, inputs, options, ['ndjson', 'json']);
      for (const { file } of ways) expect(sortedTexts(recordsIn(file))).toEqual(sortedTexts(records));
      const lines = [];
      for await (const line of exportLines(tileset)) lines.push(line);
      expect(lines.join('')).toBe(readText(join(folder, 'export.ndjson')));
    });
  });
});

/** Records as people write them: ids, names and regions of their own, blank, absent, numbers, repeated. */
const blank = fc.constantFrom<JsonValue | undefined>(undefined, undefined, null, '');
const ownId = fc.oneof(
  blank,
  fc.constantFrom<JsonValue>('a', 'b', 'a) (a', 'SYS_Sol', 'SYS_', '_'),
  fc.nat(20),
  text,
);
const ownName = fc.oneof(
  blank,
  fc.constantFrom<JsonValue>(
    'Sol',
    'Sol',
    'Sol (a)',
    'a',
    '_meta',
    '_x',
    'data',
    'systems',
    'x',
    '__proto__',
    7,
    false,
  ),
  text,
);
const ownRegion = fc.oneof(
  fc.constantFrom<JsonValue | undefined>(undefined, null, '', 'Unknown', 'North', 5),
  text,
);
const record = fc
  .tuple(
    ownId,
    ownName,
    ownRegion,
    coordinate,
    coordinate,
    coordinate,
    fc.option(fc.tuple(key, json), { freq: 3 }),
  )
  .map(([id, name, region, x, y, z, more]) => {
    const core: [string, JsonValue | undefined][] = [
      ...[...(more ? [more] : [])],
      ...Object.entries({ id, name, region, x, y, z }),
    ];
    return objectOf(core.filter((member): member is [string, JsonValue] => member[1] !== undefined));
  });
const sourceKey = fc.oneof(fc.constantFrom('Sol', 'K', 'a', 'data', 'x', 'Unknown', ''), key);

/** A text of any of the shapes that a build reads, and its number of records. */
const catalogueText = fc.oneof(
  fc.array(record, { minLength: 1, maxLength: 8 }).map(ndjson),
  fc.array(fc.tuple(sourceKey, record), { maxLength: 8 }).map(members),
  fc
    .array(fc.tuple(sourceKey, fc.array(record, { maxLength: 4 })), { minLength: 1, maxLength: 4 })
    .map(lists => members([...lists, ['_meta', { a: -0 }]])),
);

function members(of: readonly (readonly [string, JsonValue])[]): string {
  return `{${of.map(([name, value]) => `${JSON.stringify(name)}:${exactText(value)}`).join()}}`;
}

test('a set built from any export has the same systems, and each record but for what was supplied', async () => {
  let systems = 0;
  await fc.assert(
    fc.asyncProperty(catalogueText, async content =>
      inFolder(async folder => {
        const inputs = writeInputs(folder, 'in', [content]);
        const options = { onDuplicate: 'first' } as const;
        const built = await build(inputs, join(folder, 'probe'), { ...PLAIN, ...options }).catch(
          () => undefined,
        );
        if (!built || built.systems === 0) return;
        systems += built.systems;
        const { set, ways } = await exportAndBuild(folder, inputs, options, ['ndjson', 'json']);
        const original = await systemsIn(set);
        for (const { ending, again, rebuilt, file } of ways) {
          expect(rebuilt.rejected).toBe(0);
          const copy = await systemsIn(again);
          expect(copy.map(seen)).toEqual(original.map(seen));
          expect(recordsIn(file)).toHaveLength(original.length);
          copy.forEach((system, i) => {
            const supplied = suppliedIn(original[i]!, system);
            expect(recordText(system.record)).toBe(recordText({ ...original[i]!.record, ...supplied }));
            if (ending === 'json') expect(supplied).not.toHaveProperty('id');
          });
        }
      }),
    ),
    { numRuns: 40 },
  );
  expect(systems).toBeGreaterThan(20);
});

/** The id, name and region that an export wrote into a record; only blanks of the record's own may be replaced. */
function suppliedIn(original: SystemRecord, copy: SystemRecord): JsonObject {
  const supplied: JsonObject = {};
  for (const field of ['id', 'name', 'region'] as const) {
    const own = original.record![field];
    const now = copy.record![field];
    if (Object.is(own, now)) continue;
    const isBlank = own === undefined || own === null || (own === '' && field !== 'region');
    expect({ field, own, isBlank }).toEqual({ field, own, isBlank: true });
    expect(now).toBe(original[field]);
    if (field === 'region') expect(now).not.toBe('Unknown');
    supplied[field] = now!;
  }
  return supplied;
}

describe('the file', () => {
  const simple = ['{"Sol":{"x":1,"y":2,"z":3}}'];

  test('replaces an older one, through a symbolic link too, and leaves nothing else', async () => {
    await inFolder(async folder => {
      await build(writeInputs(folder, 'in', simple), join(folder, 'set'));
      const tileset = await openTileset(join(folder, 'set'));
      mkdirSync(join(folder, 'to'));
      writeFileSync(join(folder, 'to/old.json'), 'old');
      symlinkSync('old.json', join(folder, 'to/link.json'));
      await exportSet(tileset, join(folder, 'to/link.json'));
      expect(readText(join(folder, 'to/old.json'))).toContain('Sol');
      expect(readdirSync(join(folder, 'to')).sort()).toEqual(['link.json', 'old.json']);
    });
  });

  test('stays as it was where the set is damaged or the export aborted', async () => {
    await inFolder(async folder => {
      const records = Array.from({ length: 50 }, (_, i) => ({ id: `S${i}`, x: i, y: 0, z: 0, photo: 'p' }));
      await build(writeInputs(folder, 'in', [ndjson(records)]), join(folder, 'set'), { chunkLimit: 5 });
      mkdirSync(join(folder, 'to'));
      const file = join(folder, 'to/x.ndjson');
      writeFileSync(file, 'old');

      const stopped = new AbortController();
      const reason = new Error('enough');
      const onProgress = () => stopped.abort(reason);
      const whole = await openTileset(join(folder, 'set'));
      await expect(exportSet(whole, file, { signal: stopped.signal, onProgress })).rejects.toBe(reason);

      const details = join(folder, 'set/details', readdirSync(join(folder, 'set/details')).at(-1)!);
      writeFileSync(details, readFileSync(details).subarray(0, 20));
      const damaged = await openTileset(join(folder, 'set'));
      await expect(exportSet(damaged, file)).rejects.toThrow(/details\/.* is corrupt/);

      expect(readdirSync(join(folder, 'to'))).toEqual(['x.ndjson']);
      expect(readText(file)).toBe('old');
    });
  });

  test('must have an ending that tells a shape, and be no folder', async () => {
    await inFolder(async folder => {
      await build(writeInputs(folder, 'in', simple), join(folder, 'set'));
      const tileset = await openTileset(join(folder, 'set'));
      mkdirSync(join(folder, 'a.json'));
      await expect(exportSet(tileset, join(folder, 'x.xml'))).rejects.toThrow(UsageError);
      await expect(exportSet(tileset, join(folder, 'a.json'))).rejects.toThrow(UsageError);
      await expect(exportSet(tileset, join(folder, 'missing/x.json'))).rejects.toThrow(
        /missing\/x\.json: its folder/,
      );
      await expect(exportSet(tileset, join(folder, 'x.db.gz'))).rejects.toThrow(/or \.db$/);
      expect(existsSync(join(folder, 'x.xml'))).toBe(false);
    });
  });
});
