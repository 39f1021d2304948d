/** A record that has a key twice says two things, of which parsing keeps one: it is rejected. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type JsonProvider, openProvider } from '#client/node/index.ts';
import { build, type Reject } from '#pipeline/index.ts';
import { writeInputs } from '#test/support/chunk-sets.ts';
import { inFolder } from '#test/support/temporary.ts';

const GOOD = '{"id":"good","x":1,"y":2,"z":3}';
const AT = '"id":"i","x":1,"y":2,"z":3';
const SHAPES: Record<string, (record: string) => string | Buffer> = {
  lines: record => `${GOOD}\n${record}\n`,
  'values over lines': record => `${GOOD.replace(',', ',\n')}\n${record}`,
  list: record => `[${GOOD},\n${record}]`,
  keyed: record => `{"G":${GOOD},\n"B":${record}}`,
  wrapped: record => `{"_meta":{},"systems":{"G":${GOOD},\n"B":${record}}}`,
  'by region': record => `{"R":[${GOOD},\n${record}]}`,
  gzip: record => gzipSync(`[${GOOD},\n${record}]`),
};

describe('a key twice in one record is rejected', () => {
  const records: [record: string, field: string, key: string, inside: string][] = [
    [`{${AT},"name":"a","name":"b"}`, 'name', '"name"', ''],
    [`{${AT},"name":"a","na\\u006de":"a"}`, 'name', '"name"', ''],
    [`{${AT},"x":1}`, 'x', '"x"', ''],
    [`{${AT},"planets":[{"n":1},\n{"n":1, "n":2}]}`, 'planets', '"n"', ' in planets[1]'],
    [`{${AT},"planets":[{"moons":[{"a":{},"é":1,"a":{}}]}]}`, 'planets', '"a"', ' in planets[0].moons[0]'],
  ];
  for (const [shape, wrap] of Object.entries(SHAPES))
    test.each(records)(`${shape}: %s`, async (record, field, key, inside) => {
      // Lines hold one record each.
      const text = wrap(shape === 'lines' ? record.replace('\n', '') : record);
      await inFolder(async folder => {
        const path = join(folder, 'in.json');
        writeFileSync(path, text);
        const rejects: Reject[] = [];
        const summary = await build([path], join(folder, 'set'), {}, { onReject: of => rejects.push(of) });
        expect(summary).toMatchObject({ systems: 1, rejected: 1 });
        const [reject] = rejects;
        expect(reject).toMatchObject({ field, location: { file: path } });
        expect(reject).not.toHaveProperty('record');
        const found =
          /^the key (".+") occurs twice(.*), again at line (\d+), column (\d+) \(byte (\d+)\): keep one of them$/.exec(
            reject!.reason,
          )!;
        expect(found.slice(1, 3)).toEqual([key, inside]);
        // The place is that of the second one, in the text.
        const plain = Buffer.from(wrap === SHAPES['gzip'] ? `[${GOOD},\n${record}]` : (text as string));
        const [line, column, byte] = found.slice(3).map(Number) as [number, number, number];
        const again = plain.toString('utf8', byte).match(/^"(?:[^"\\]|\\.)*"/)![0];
        expect(JSON.parse(again)).toBe(JSON.parse(key));
        expect(plain.subarray(0, byte).toString().split('\n')).toHaveLength(line);
        expect(byte - (plain.lastIndexOf('\n', byte) + 1) + 1).toBe(column);

        const provider = (await openProvider(path, { kind: 'json' })) as JsonProvider;
        expect(provider.counts.systems).toBe(1);
        expect(provider.rejected).toEqual([
          expect.objectContaining({
            field,
            reason: expect.stringContaining(`the key ${key} occurs twice${inside}, again at`),
          }),
        ]);
      });
    });
});

test('_meta with a key twice is not kept, and that is reported', async () => {
  await inFolder(async folder => {
    const inputs = writeInputs(folder, 'in', [`{"_meta":{"v":1,"v":2},"G":${GOOD}}`]);
    const skips: string[] = [];
    const summary = await build(
      inputs,
      join(folder, 'set'),
      {},
      { onSkip: (_, why) => void skips.push(why) },
    );
    expect(summary).toMatchObject({ systems: 1, skipped: 1 });
    expect(skips[0]).toMatch(/^_meta cannot be kept: the key "v" occurs twice, again at line 1, column 17/);
  });
});
