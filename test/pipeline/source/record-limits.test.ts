/** Records that are larger than any may be. */
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { InputError } from '#pipeline/index.ts';
import { LineReader } from '#pipeline/source/json/lines.ts';
import { Sink } from '#pipeline/source/sink.ts';
import { Window } from '#pipeline/source/window.ts';
import { A, B, input, readAll } from './source-tools.ts';

describe('too large', () => {
  const big = (bytes: number) => `{"id":"big","x":"${'\\"é'.repeat(bytes / 4)}"}`;
  const shapes: Record<string, (record: string) => string> = {
    lines: record => `${A}\n  ${record}\n${B}\n`,
    'last line': record => `${A}\n${B}\n${record}`,
    list: record => `[${A},\n  ${record},${B}]`,
    keyed: record => `{"A": ${A},\n  "C": ${record} , "B": ${B}}`,
    values: record => `${A.replace(',', ',\n')} ${record}${B}`,
  };
  for (const [name, wrap] of Object.entries(shapes)) {
    for (const windowBytes of [64, 1 << 20]) {
      test(`a record above the limit is rejected in ${name}, window ${windowBytes}`, async () => {
        const record = big(4000);
        const text = Buffer.from(wrap(record));
        const got = await readAll(input(text), { windowBytes, recordBytes: 2000 });
        expect(got.error).toBeUndefined();
        expect(got.records.map(r => JSON.parse(r.text).id)).toEqual(['a', 'b']);
        expect(got.rejects).toHaveLength(1);
        const { location, reason } = got.rejects[0]!;
        expect(location.offset).toBe(text.indexOf(record));
        expect(reason).toMatch(`it has ${Buffer.byteLength(record)} bytes`);
      });

      test(`and is malformed where it is malformed, in ${name}, window ${windowBytes}`, async () => {
        const record = big(4000).replace(/"}$/, '" 1}');
        const text = Buffer.from(wrap(record));
        const got = await readAll(input(text), { windowBytes, recordBytes: 2000 });
        expect(got.error).toBeInstanceOf(InputError);
        expect(got.error!.message).toMatch(`(byte ${text.indexOf('" 1}') + 2})`);
      });
    }
  }

  test('white space around a line is not counted', async () => {
    const line = `${' '.repeat(5000)}${big(4000)}${' '.repeat(5000)}`;
    for (const windowBytes of [64, 1 << 20]) {
      const got = await readAll(input(`${A}\n${line}\n${B}`), { windowBytes, recordBytes: 2000 });
      expect(got.records).toHaveLength(2);
      expect(got.rejects[0]!.reason).toMatch(`it has ${big(4000).length + 1000} bytes`);
      expect(got.rejects[0]!.location).toMatchObject({ offset: A.length + 1 + 5000, column: 5001 });
      expect(
        (await readAll(input(`${A}\n${' '.repeat(5000)}\n${B}`), { windowBytes, recordBytes: 2000 })).rejects,
      ).toEqual([]);
    }
  });

  test('a number without its end is malformed, however long', async () => {
    const number = `${'1'.repeat(4000)}.`;
    for (const text of [`[${A},${number},${B}]`, `${A}\n${number}\n${B}`, `[${A}, ${number}`]) {
      const { error } = await readAll(input(text), { windowBytes: 64, recordBytes: 2000 });
      expect(error).toBeInstanceOf(InputError);
      expect(error!.message).toMatch(/ends inside .*expected a digit/);
    }
  });

  test('exactly at the limit is fine', async () => {
    const got = await readAll(input(`${A}\n${B}`), { recordBytes: A.length });
    expect(got.records).toHaveLength(2);
    expect((await readAll(input(`${A}\n${B}`), { recordBytes: A.length - 1 })).rejects).toHaveLength(2);
  });

  test('65 MiB are above the limit, on a line and in a list', async () => {
    const piece = Buffer.alloc(1 << 20, 0x61);
    for (const [head, tail] of [
      [`${A}\n{"id":"`, `"}\n${B}`],
      [`[${A},{"id":"`, `"},${B}]`],
    ] as const) {
      async function* open() {
        yield Buffer.from(head);
        for (let i = 0; i < 65; i++) yield piece;
        yield Buffer.from(tail);
      }
      const got = await readAll({ file: 'big.json', index: 0, open });
      expect(got.error).toBeUndefined();
      expect(got.records.map(r => r.text)).toEqual([A, B]);
      expect(got.rejects[0]!.reason).toMatch('(65 MiB), more than the maximum of 64 MiB for a record');
    }
  });

  test('is never held whole', async () => {
    const endless = (function* () {
      for (let i = 0; i < 2000; i++) yield Buffer.alloc(1000, 0x31);
    })();
    const window = new Window(Readable.from(endless), 1024);
    const reader = new LineReader(window, new Sink(input(''), {}, { recordBytes: 10_000 }), 1, 0);
    let most = 0;
    for (;;) {
      await window.fill();
      most = Math.max(most, window.view.length);
      if (reader.read([]) === 'done') break;
    }
    expect(window.base + window.view.length).toBe(2_000_000);
    expect(most).toBeLessThan(2 * 10_000);
  });
});
