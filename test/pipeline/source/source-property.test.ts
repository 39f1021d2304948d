import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '#client/index.ts';
import { isObject } from '#format/json.ts';
import { InputError } from '#pipeline/index.ts';
import { malformed, type RawRecord } from '#pipeline/source/index.ts';
import { parse } from '#pipeline/source/json/parse-record.ts';
import { type Got, input, readAll } from './source-tools.ts';

/** Texts with much of what a scanner may stumble over. */
const text = fc
  .array(
    fc.constantFrom(
      '"',
      '\\',
      '\\"',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '\n',
      'a',
      'é',
      '恒',
      '🌟',
      ' ',
      'x'.repeat(40),
    ),
    { maxLength: 12 },
  )
  .map(parts => parts.join(''));
const value: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>(tie => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom<JsonValue>(null, true, false, {}, []),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(text, tie('value')), { maxLength: 4 }).map(entries => Object.fromEntries(entries)),
  ),
})).value;
/** A record begins with a coordinate, so that the smallest window shows what it is. */
const record = fc.dictionary(text, value, { maxKeys: 3 }).map((rest): JsonObject => ({ x: 1, ...rest }));
const space = fc.array(fc.constantFrom('', '', ' ', '\n', '\r\n', '\t'), { minLength: 7, maxLength: 7 });
const chunks = fc.array(fc.constantFrom(1, 2, 3, 5, 64, 1000), { minLength: 1, maxLength: 5 });
const windowBytes = fc.constantFrom(48, 64, 100, 1 << 16);

interface Expected {
  readonly value: JsonValue;
  readonly key?: string;
  readonly region?: string;
}
/** A text, and the records that it holds. */
interface Sample {
  readonly text: string;
  readonly records: Expected[];
}

/** JSON with the given white space between its tokens, in turn. */
function spaced(value: JsonValue, gaps: readonly string[]): string {
  let turn = 0;
  const gap = () => gaps[turn++ % gaps.length];
  const write = (value: JsonValue): string => {
    if (Array.isArray(value)) return `[${gap()}${value.map(item => write(item) + gap()).join(`,${gap()}`)}]`;
    if (!isObject(value)) return Object.is(value, -0) ? '-0' : JSON.stringify(value);
    const members = Object.entries(value).map(
      ([key, inner]) => `${JSON.stringify(key)}${gap()}:${gap()}${write(inner)}${gap()}`,
    );
    return `{${gap()}${members.join(`,${gap()}`)}}`;
  };
  return gap() + write(value) + gap();
}

const own = (entries: [string, JsonValue][]): JsonObject => Object.fromEntries(entries);
/** Keys that keep their place in an object, and that name systems. */
const key = text.filter(key => key !== '').map(key => `k${key}`);
const keyed = fc.uniqueArray(fc.tuple(key, record), { selector: ([key]) => key, maxLength: 6 });
const listed = fc.array(record, { maxLength: 6 });
const meta = fc.constantFrom<JsonObject>({}, { _meta: { n: ['}', 1] } });
const fromKeyed = (entries: [string, JsonValue][]) => entries.map(([key, value]) => ({ key, value }));
const fromList = (values: JsonValue[]) => values.map(value => ({ value }));

const document: fc.Arbitrary<[JsonValue, Expected[]]> = fc.oneof(
  listed.map((list): [JsonValue, Expected[]] => [list, fromList(list)]),
  fc
    .tuple(meta, keyed)
    .map(([meta, entries]): [JsonValue, Expected[]] => [{ ...meta, ...own(entries) }, fromKeyed(entries)]),
  fc
    .tuple(meta, listed, fc.constantFrom('data', 'systems'))
    .map(([meta, list, wrapper]): [JsonValue, Expected[]] => [{ ...meta, [wrapper]: list }, fromList(list)]),
  fc
    .tuple(meta, keyed, fc.constantFrom('data', 'systems'))
    .map(([meta, entries, wrapper]): [JsonValue, Expected[]] => [
      { ...meta, [wrapper]: own(entries) },
      fromKeyed(entries),
    ]),
  fc
    .tuple(meta, fc.uniqueArray(fc.tuple(key, listed), { selector: ([key]) => key, maxLength: 4 }))
    .map(([meta, regions]): [JsonValue, Expected[]] => [
      { ...meta, ...own(regions) },
      regions.flatMap(([region, list]) => list.map(value => ({ region, value }))),
    ]),
);
const documents = fc
  .tuple(document, space)
  .map(([[value, records], gaps]): Sample => ({ text: spaced(value, gaps), records }));
const lines = fc
  .tuple(
    fc.array(record, { minLength: 1, maxLength: 6 }),
    fc.constantFrom('\n', '\r\n', '\n\n', ' \n\t\r\n '),
    fc.boolean(),
  )
  .map(
    ([list, end, last]): Sample => ({
      text: list.map(value => spaced(value, [''])).join(end) + (last ? end : ''),
      records: fromList(list),
    }),
  );
/** The first value has more lines than one: that is what tells a series from NDJSON. */
const series = fc.tuple(fc.array(record, { minLength: 1, maxLength: 6 }), space).map(
  ([list, gaps]): Sample => ({
    text: list
      .map(value => spaced(value, gaps))
      .join('')
      .replace('{', '{\n'),
    records: fromList(list),
  }),
);
const samples = fc.oneof(documents, lines, series);

/** The value of a text that is JSON; not by `JSON.parse`, which errs on escaped keys (nodejs/node#63785). */
function exact(text: string): JsonValue {
  return parse(Buffer.from(text), { file: '', input: 0, offset: 0, line: 1, column: 1 }).value;
}

function reparse(got: Got): Expected[] {
  return got.records.map(({ text, key, region }) => ({
    value: exact(text),
    ...(key !== undefined && { key }),
    ...(region !== undefined && { region }),
  }));
}

describe('any shape, any white space, any chunks, any window', () => {
  test('gives back its records, in order', async () => {
    await fc.assert(
      fc.asyncProperty(samples, chunks, windowBytes, async ({ text, records }, chunks, windowBytes) => {
        const got = await readAll(input(text, chunks), { windowBytes });
        expect(got.error).toBeUndefined();
        expect(got.rejects).toEqual([]);
        expect(reparse(got)).toEqual(records);
      }),
      { numRuns: 1500 },
    );
  });

  test('with exact places', async () => {
    await fc.assert(
      fc.asyncProperty(samples, chunks, windowBytes, async (sample, chunks, windowBytes) => {
        const bytes = Buffer.from(sample.text);
        const got = await readAll(input(bytes, chunks), { windowBytes });
        for (const { text, location } of got.records) {
          const before = bytes.subarray(0, location.offset);
          expect(bytes.toString('utf8', location.offset, location.offset + Buffer.byteLength(text))).toBe(
            text,
          );
          expect(location.line).toBe(before.toString().split('\n').length);
          expect(location.column).toBe(before.length - (before.lastIndexOf(0x0a) + 1) + 1);
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** All records of a document as `JSON.parse` sees it, and the values that are none. */
function oracle(root: JsonValue, level = 0): JsonValue[] {
  if (Array.isArray(root)) return root;
  if (!isObject(root)) return [root];
  return Object.entries(root).flatMap(([key, value]): JsonValue[] => {
    if (
      key.startsWith('_') ||
      (typeof value === 'string' && ['$schema', 'title', 'description'].includes(key))
    )
      return [];
    const wraps = level === 0 && (key === 'data' || key === 'systems') && isObject(value) && !('x' in value);
    if (wraps) return oracle(value, 1);
    return Array.isArray(value) ? value : [value];
  });
}

function parsed(text: string): JsonValue | undefined {
  try {
    JSON.parse(text);
    return exact(text);
  } catch {
    return undefined;
  }
}

const mutation = fc.record({
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  cut: fc.constantFrom(0, 0, 1, 1, 2, 5, 30),
  put: fc.constantFrom(
    '',
    '',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    '\n',
    ' ',
    '0',
    '-',
    'x',
    'null',
    '""',
    '{}',
    '\u0001',
  ),
});

describe('a document changed somewhere', () => {
  test('is refused when JSON.parse refuses it, and loses no record when it does not', async () => {
    let broken = 0;
    let fine = 0;
    await fc.assert(
      fc.asyncProperty(documents, mutation, windowBytes, async (sample, { at, cut, put }, windowBytes) => {
        const index = Math.floor(at * sample.text.length);
        const text = (sample.text.slice(0, index) + put + sample.text.slice(index + cut)).toWellFormed();
        const got = await readAll(input(text), { windowBytes });
        const whole = parsed(text);
        const bad = got.records.filter(({ text }) => parsed(text) === undefined);
        if (whole === undefined) {
          broken++;
          // Two values in a row are not a document, but they may be a series, and then nothing of it is left out.
          const taken = got.records.map(({ text }) => text).join('');
          const series = taken.replace(/\s/g, '') === text.replace(/\s/g, '');
          expect(got.error !== undefined || bad.length > 0 || series).toBe(true);
        } else {
          fine++;
          expect(got.error).toBeUndefined();
          expect(bad).toEqual([]);
          const found = [
            ...got.records.map(({ text }) => parsed(text)!),
            ...got.rejects.map(reject => reject.record!),
          ];
          const alone =
            isObject(whole) && found.length === 1 && JSON.stringify(found[0]) === JSON.stringify(whole);
          if (!alone) for (const value of oracle(whole)) expect(found).toContainEqual(value);
        }
        if (got.error) expect(got.error).toBeInstanceOf(InputError);
        for (const { text, location } of bad) {
          const error = malformed({ bytes: Buffer.from(text), location } as RawRecord);
          expect(error.message).toMatch(/malformed JSON/);
          expect(error.message).not.toMatch('expected JSON,');
        }
      }),
      { numRuns: 4000 },
    );
    expect(Math.min(broken, fine)).toBeGreaterThan(300);
  });

  test('lines are cut where lines end, whatever they hold', async () => {
    await fc.assert(
      fc.asyncProperty(lines, mutation, chunks, async (sample, { at, cut, put }, chunks) => {
        const first = '{"x":0}\n';
        const index = Math.floor(at * sample.text.length);
        const text =
          first + (sample.text.slice(0, index) + put + sample.text.slice(index + cut)).toWellFormed();
        const got = await readAll(input(text, chunks));
        expect(got.error).toBeUndefined();
        const trim = (line: string) => line.replace(/^[ \t\r]+|[ \t\r]+$/g, '');
        expect(got.records.map(({ text }) => text)).toEqual(text.split('\n').map(trim).filter(Boolean));
      }),
      { numRuns: 1000 },
    );
  });
});
