/** Byte order marks inside a text: files that have one each, put together by `cat`. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonProvider } from '#client/node/index.ts';
import { InputError } from '#pipeline/index.ts';
import { readRecords } from '#pipeline/source/index.ts';
import { normalise } from '#pipeline/source/normalise-record.ts';
import { foldOf } from '#test/support/arbitrary.ts';
import { failure } from '#test/support/stored-files.ts';
import { A, B, input, readAll } from './source-tools.ts';

const MARK = '\uFEFF';

test('files of lines that have one each are read as if they had none, in windows of any size', async () => {
  const line = fc.constantFrom(A, B, `  ${A}\r`, '', ' ', '{"id":"\uFEFF","x":1,"y":2,"z":3}');
  const files = fc.array(fc.array(line, { maxLength: 4 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(files, fc.integer({ min: 1, max: 40 }), async (lines, size) => {
      const text = lines.map(own => `${MARK}${own.map(of => `${of}\n`).join('')}`).join('');
      const plain = text.replaceAll(/\uFEFF(?!")/g, '');
      const [marked, expected] = [
        await readAll(input(text, [size]), { windowBytes: 64 }),
        await readAll(input(plain)),
      ];
      // A file of marks alone is as empty as one of nothing.
      if (expected.records.length === 0) return;
      expect(marked.error).toBeUndefined();
      expect(marked.records.map(({ text }) => text)).toEqual(expected.records.map(({ text }) => text));
      expect([marked.rejects, marked.skips]).toEqual([[], []]);
      // Offsets are those of the text as it is.
      for (const { location, text: record } of marked.records) {
        expect(Buffer.from(text).toString('utf8', location.offset)).toMatch(record);
      }
      const counts = (of: string) =>
        jsonProvider(of.replaceAll(/"id":"[^"]*"/g, '"id":""'), { fold: foldOf(id => id) }).counts;
      expect(counts(text)).toEqual(counts(plain));
    }),
    { numRuns: 200 },
  );
});

test('values over several lines, and a file without a line break at its end', async () => {
  const spread = A.replaceAll(',', ',\n');
  for (const text of [
    `${spread}\n${MARK}${spread}`,
    `${MARK}${A}${MARK}${B}`,
    `${spread}${MARK}\n${MARK}${MARK} ${B}`,
  ]) {
    for (const windowBytes of [8, 1 << 20]) {
      const got = await readAll(input(text, [1]), { windowBytes });
      expect(got.error).toBeUndefined();
      expect(got.records).toHaveLength(2);
    }
    expect(jsonProvider(text.replace('"b"', '"c"'), { fold: foldOf(of => of) }).rejected).toEqual([]);
  }
});

test('a record that is too large after a mark is rejected for its size', async () => {
  const large = `{"id":"${'x'.repeat(5000)}"}`;
  const got = await readAll(input(`${A}\n${MARK}${large}\n${B}`, [64]), {
    windowBytes: 64,
    recordBytes: 1000,
  });
  expect(got.records).toHaveLength(2);
  expect(got.rejects[0]).toMatchObject({ location: { line: 2, column: 4 } });
  expect(got.rejects[0]!.reason).toContain(`it has ${large.length} bytes`);
});

describe('elsewhere it is an error that names it and its place', () => {
  test.each([
    ['in a list', `[${A},${MARK}${B}]`, A.length + 2],
    ['after a document', `[${A}]\n${MARK}[${B}]`, A.length + 3],
    ['before a key', `{"A":${A},${MARK}"B":${B}}`, A.length + 6],
    ['between values of one line', `${A}\n${A}${MARK}${B}\n`, 2 * A.length + 1],
    ['inside a record', `${A}\n{${MARK}"id":1}\n`, A.length + 2],
  ])('%s', async (_, text, offset) => {
    for (const bytes of [Buffer.from(text), gzipSync(text)]) {
      const error = await failure(parseAll(bytes));
      expect(error).toBeInstanceOf(InputError);
      expect(error.message).toContain(`(byte ${offset})`);
      expect(error.message).toContain('found a byte order mark (U+FEFF)');
    }
  });

  async function parseAll(bytes: Buffer): Promise<void> {
    for await (const batch of readRecords(input(bytes))) for (const raw of batch) normalise(raw);
  }
});
