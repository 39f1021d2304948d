/** Each value of a record comes back equal, or the record is rejected and counted: from JSON in any shape and from SQLite. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type JsonObject, openProvider, openTileset } from '#client/node/index.ts';
import { parseJson } from '#format/record/parse-json.ts';
import { build, exportSet, type Reject } from '#pipeline/index.ts';
import { exactText, float, object, objectOf, text, written } from '#test/support/arbitrary.ts';
import { PLAIN } from '#test/support/chunk-sets.ts';
import { inFolder } from '#test/support/temporary.ts';

/** Members that no record can keep, and what is said of them. */
const FLAWS: Record<string, [member: Buffer, reason: RegExp]> = {
  'half a surrogate pair': [Buffer.from('"flaw":"x\\ud800"'), /surrogate/],
  'half a pair as a key': [Buffer.from('"\\udc00":1'), /surrogate/],
  'half a pair deep inside': [Buffer.from('"flaw":[{"a":["\\ud83d "]}]'), /surrogate/],
  'a number beyond float64': [Buffer.from('"flaw":[1e999]'), /beyond the range/],
  'a key twice': [Buffer.from('"flaw":{"k":1,"k":1}'), /occurs twice/],
  'a key twice, one escaped': [Buffer.from('"flaw":[{"k":1,"\\u006b":1}]'), /occurs twice/],
  'too many levels': [Buffer.from(`"flaw":${'['.repeat(256)}${']'.repeat(256)}`), /nested deeper/],
  'no UTF-8': [Buffer.from('"flaw":"\xff"', 'latin1'), /not valid UTF-8/],
};

const MEANING = ['id', 'name', 'region', 'x', 'y', 'z', 'type', 'flaw'];
const LEGACY = [
  'x_cords',
  'y_cords',
  'z_cords',
  'fauna #',
  'flura #',
  'Sentinel level',
  'Materials',
  'Base location',
];

/** A record without an id, and what is wrong with it. */
const record = fc.tuple(
  object.map(of => objectOf(Object.entries(of).filter(([name]) => ![...MEANING, ...LEGACY].includes(name)))),
  fc.record(
    { name: fc.constantFrom('', null, 7, -0, true, 'N'), region: fc.constantFrom('', null, -0, 'R') },
    { requiredKeys: [] },
  ),
  fc.option(fc.constantFrom(...Object.keys(FLAWS)), { freq: 3 }),
);

/** Ways to put records, each with its key, into one text. */
const SHAPES: Record<string, (records: readonly [key: string, text: Buffer][]) => Buffer> = {
  lines: records =>
    joined(
      records.map(([, of]) => of),
      '',
      '\n',
      '\n',
    ),
  list: records =>
    joined(
      records.map(([, of]) => of),
      '[',
      ',',
      ']',
    ),
  keyed: records =>
    joined(
      records.map(([key, of]) => Buffer.concat([Buffer.from(`${JSON.stringify(key)}:`), of])),
      '{',
      ',',
      '}',
    ),
  'by region': records =>
    joined(
      records.map(([, of]) => of),
      '{"A":[',
      ',',
      ']}',
    ),
  gzip: records => gzipSync(SHAPES['list']!(records)),
};

function joined(parts: readonly Buffer[], head: string, comma: string, tail: string): Buffer {
  return Buffer.concat([
    Buffer.from(head),
    ...parts.flatMap((part, i) => (i > 0 ? [Buffer.from(comma), part] : [part])),
    Buffer.from(tail),
  ]);
}

test.each(Object.entries(SHAPES))('keys that are written with escapes, in JSON: %s', async (_shape, wrap) => {
  const escaped = '"\\u0078":1,"\\u0079":2,"\\u007a":3,"list":[{"a":1}]';
  const texts = ['A', 'B'].map((id): [string, Buffer] => [
    id,
    Buffer.from(`{"\\u0069d":"${id}",${escaped}}`),
  ]);
  await inFolder(async folder => {
    const path = join(folder, 'in.json');
    writeFileSync(path, wrap(texts));
    expect(await build([path], join(folder, 'set'), PLAIN)).toMatchObject({ systems: 2, rejected: 0 });
  });
});

test.each(Object.entries(SHAPES))('from JSON: %s', async (shape, wrap) => {
  let rejected = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 20 }), fc.nat(), async (records, seed) =>
      inFolder(async folder => {
        const sure = { id: 'sure', name: 'S', region: 'R', x: -0, y: 0, z: -0 };
        const all = records.map(([more, texts], i) =>
          objectOf(
            Object.entries({ ...more, ...texts, id: `S${i}`, x: i % 2 ? -0 : 5e-324, y: -0, z: 1 / 3 }),
          ),
        );
        const texts = all.map((of, i): [string, Buffer] => {
          // Strings hold no such characters unescaped.
          const plain = written(of, seed + i).text.replace(/[\r\n\t]/g, ' ');
          const flaw = records[i]![2];
          const end = plain.lastIndexOf('}');
          if (flaw === null) return [`K${i}`, Buffer.from(plain)];
          return [
            `K${i}`,
            Buffer.concat([Buffer.from(`${plain.slice(0, end)},`), FLAWS[flaw]![0], Buffer.from('}')]),
          ];
        });
        const path = join(folder, 'in.json');
        writeFileSync(path, wrap([...texts, ['sure', Buffer.from(exactText(sure))]]));
        const rejects: Reject[] = [];
        const summary = await build([path], join(folder, 'set'), PLAIN, { onReject: of => rejects.push(of) });
        const flaws = records.flatMap(([, , flaw]) => flaw ?? []);
        rejected += flaws.length;
        expect(summary).toMatchObject({
          systems: all.length + 1 - flaws.length,
          rejected: flaws.length,
          skipped: 0,
        });
        expect(rejects.map(({ reason }, i) => FLAWS[flaws[i]!]![1].test(reason))).toEqual(
          flaws.map(() => true),
        );

        const kept = [sure, ...all.filter((_, i) => records[i]![2] === null)]
          .map(of => exactText(of, true))
          .sort();
        const set = await openTileset(join(folder, 'set'));
        const found: JsonObject[] = [];
        for await (const batch of set.records()) found.push(...batch.map(of => of.record!));
        expect(found.map(of => exactText(of, true)).sort()).toEqual(kept);
        const isUtf8 = !flaws.includes('no UTF-8');
        if (isUtf8 && shape !== 'gzip') {
          const provider = await openProvider(path, { kind: 'json' });
          const rows = await provider
            .sphere({ center: [0, 0, 0], radius: Infinity, details: true })
            .toArray();
          expect(rows.map(of => exactText(of.record, true)).sort()).toEqual(kept);
        }
        // Other shapes tell names and regions, which an export writes down.
        if (shape !== 'lines' && shape !== 'list') return;
        const file = join(folder, 'out.ndjson');
        await exportSet(set, file);
        const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
        expect(lines.map(line => exactText(parseJson(line), true)).sort()).toEqual(kept);
      }),
    ),
    { numRuns: 12 },
  );
  expect(rejected).toBeGreaterThan(10);
});

test('from SQLite: every value of every column, whatever its name; NULL is an absent field', async () => {
  const idOf = (i: number) => `S${String(i).padStart(2, '0')}`;
  const value = fc.oneof(float, text, fc.constant(null));
  const names = fc.uniqueArray(fc.oneof(fc.constantFrom('__proto__', 'constructor', 'é', '0', 'a"b'), text), {
    selector: name => name.toLowerCase(),
    minLength: 1,
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(
      names.filter(list =>
        list.every(
          name =>
            name !== '' &&
            !name.includes('\0') &&
            !MEANING.includes(name.toLowerCase()) &&
            !LEGACY.includes(name),
        ),
      ),
      fc.array(fc.array(value, { minLength: 4, maxLength: 4 }), { minLength: 1, maxLength: 20 }),
      async (columns, rows) =>
        inFolder(async folder => {
          const path = join(folder, 'haven.db');
          const db = new DatabaseSync(path);
          const quoted = columns.map(name => `"${name.replaceAll('"', '""')}"`);
          db.exec(`CREATE TABLE systems (id, x REAL, y REAL, z REAL, ${quoted.join()})`);
          const insert = db.prepare(`INSERT INTO systems VALUES (?, 1, 2, 3 ${',?'.repeat(columns.length)})`);
          rows.forEach((row, i) => {
            insert.run(idOf(i), ...row.slice(0, columns.length));
          });
          db.close();
          await build([path], join(folder, 'set'), PLAIN);
          const expected = rows.map((row, i) =>
            objectOf([
              ...Object.entries({ id: idOf(i), x: 1, y: 2, z: 3 }),
              ...columns.flatMap((name, at) => (row[at] === null ? [] : [[name, row[at]!] as const])),
            ]),
          );
          for (const provider of [await openProvider(join(folder, 'set')), await openProvider(path)]) {
            const found = await provider.sphere({ center: [0, 0, 0], radius: 9, details: true }).toArray();
            expect(found.map(({ record }) => exactText(record, true))).toEqual(
              expected.map(of => exactText(of, true)),
            );
            await provider.close();
          }
        }),
    ),
    { numRuns: 12 },
  );
});
