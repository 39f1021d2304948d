/** zstd, JSON text sequences and GeoJSON. */
import { buffer } from 'node:stream/consumers';
import { constants, createZstdCompress, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError } from '#pipeline/index.ts';
import { A, B, input, readAll } from './source-tools.ts';

const texts = async (text: string | Uint8Array, chunks?: readonly number[]) => {
  const got = await readAll(input(text, chunks), { windowBytes: 64 });
  if (got.error) throw got.error;
  return got.records.map(({ text }) => text);
};

describe('zstd', () => {
  /** A frame that decoders skip. */
  const skipped = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
  test('any number of frames, in chunks of any size', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        async (cuts, chunks, skip) => {
          const lines = `${A}\n${B}\n`;
          const borders = [0, ...cuts.sort((a, b) => a - b), lines.length];
          const frames = borders.slice(1).map((to, i) => zstdCompressSync(lines.slice(borders[i], to)));
          const stored = Buffer.concat(frames.flatMap(frame => (skip ? [skipped, frame, skipped] : [frame])));
          expect(await texts(stored, chunks)).toEqual([A, B]);
        },
      ),
    ));
  test('that is cut, damaged or followed by other data is an error', async () => {
    const stored = zstdCompressSync(`${A}\n${B}\n`);
    for (const chunk of [1, 7, 1000]) {
      for (const length of [4, 9, stored.length - 1]) {
        const { error } = await readAll(input(stored.subarray(0, length), [chunk]));
        expect(error).toBeInstanceOf(InputError);
        expect(error!.message).toMatch(/^test\.json: the zstd data is truncated/);
      }
      for (const more of [Buffer.from('junk'), Buffer.alloc(9)]) {
        const { error } = await readAll(input(Buffer.concat([stored, more]), [chunk]));
        expect(error).toBeInstanceOf(InputError);
        expect(error!.message).toMatch(/^test\.json: the zstd data is corrupt/);
      }
    }
  });
  test('that needs too much memory to be unpacked is not called corrupt', async () => {
    const compress = createZstdCompress({ params: { [constants.ZSTD_c_windowLog]: 28 } });
    // Where the length is not known at the beginning, the window has the size of the option.
    compress.write(A);
    const stored = buffer(compress);
    setImmediate(() => compress.end());
    const { error } = await readAll(input(await stored));
    expect(error).toBeInstanceOf(InputError);
    expect(error!.message).toMatch(
      /needs more than 128 MiB of memory to be unpacked: compress it without --long$/,
    );
  });
  test('who stops reading closes the input', async () => {
    let closed = false;
    const frame = zstdCompressSync(`${A}\n`.repeat(1000));
    async function* open() {
      try {
        for (;;) yield frame;
      } finally {
        closed = true;
      }
    }
    const { readRecords } = await import('#pipeline/source/index.ts');
    for await (const _ of readRecords({ file: 'endless', index: 0, open }, {}, { windowBytes: 64 })) break;
    expect(closed).toBe(true);
  });
});

describe('JSON text sequences', () => {
  const spread = A.replaceAll(',', ',\n');
  test('records on one line or several, with line ends or without', async () => {
    expect(await texts(`\x1e${A}\n\x1e${B}\n`)).toEqual([A, B]);
    expect(await texts(`\uFEFF\x1e${A}\n\x1e\x1e${spread}\n\x1e${B}`)).toEqual([A, spread, B]);
    expect(await texts(`\x1e${A}\x1e${B}`)).toEqual([A, B]);
  });
  test('a separator inside a record is an error', async () => {
    for (const text of [`\x1e{"a":\x1e1}\n`, `\x1e[{}\x1e,{}]\n`, `[\x1e{}]`]) {
      const got = await readAll(input(text));
      const parses = got.records.every(({ text }) => {
        try {
          return JSON.parse(text) !== undefined;
        } catch {
          return false;
        }
      });
      expect(got.error !== undefined || !parses).toBe(true);
    }
  });
  test('a record that is cut says so', async () => {
    const { error, records } = await readAll(input(`\x1e${A}\n\x1e{"id":"b`));
    expect(records).toHaveLength(1);
    expect(error!.message).toMatch(/the input ends inside the record that begins at line 2/);
  });
});

describe('GeoJSON', () => {
  const F = '{"type":"Feature","properties":{"name":"n"},"geometry":{"type":"Point","coordinates":[1,2,3]}}';
  const G = F.replace('"n"', '"m"');
  test('a FeatureCollection, its members in any order', async () => {
    const members = [
      '"type":"FeatureCollection"',
      '"name":"layer"',
      '"crs":{"type":"name","properties":{"name":"urn"}}',
      '"bbox":[0,0,1,1]',
    ];
    for (const order of [members, [...members].reverse()]) {
      for (const text of [
        `{${order.join()},"features":[${F},${G}]}`,
        `{"features":[${F},${G}],${order.join()}}`,
        `{${order.join(',\n')},\n"features" : [\n${F},\n${G}\n]\n}`,
      ]) {
        const { records, rejects, skips, error } = await readAll(input(text));
        expect([error, rejects]).toEqual([undefined, []]);
        expect(records.map(({ text, location }) => [text, location.path])).toEqual([
          [F, 'features[0]'],
          [G, 'features[1]'],
        ]);
        expect(skips).toHaveLength(4);
      }
    }
    expect(await texts('{"type":"FeatureCollection","features":[]}')).toEqual([]);
  });
  test('one feature, a list or lines of them', async () => {
    expect(await texts(F)).toEqual([F]);
    expect(await texts(`[${F},${G}]`)).toEqual([F, G]);
    expect(await texts(`${F}\n${G}\n`)).toEqual([F, G]);
    expect(await texts(`\x1e${F}\n\x1e${G}\n`)).toEqual([F, G]);
  });
  test('a region that is called features is none', async () => {
    const { records } = await readAll(input(`{"features":[${A}],"R":[${B}]}`));
    expect(records.map(({ region }) => region)).toEqual(['features', 'R']);
  });
});
