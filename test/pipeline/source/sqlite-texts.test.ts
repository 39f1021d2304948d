/** Texts, names and sizes of an SQLite database that cannot be kept as they are. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openProvider, openTileset } from '#client/node/index.ts';
import { type BuildSummary, build, InputError, type Reject } from '#pipeline/index.ts';
import { codePoint } from '#test/support/arbitrary.ts';
import { PLAIN } from '#test/support/chunk-sets.ts';
import { database } from '#test/support/databases.ts';
import { failure } from '#test/support/stored-files.ts';
import { inFolder } from '#test/support/temporary.ts';

const TABLES = `
  CREATE TABLE systems (id TEXT PRIMARY KEY, name TEXT, x REAL, y REAL, z REAL, extra);
  CREATE TABLE planets (id INTEGER PRIMARY KEY, system_id TEXT, name TEXT);
  CREATE TABLE moons (id INTEGER PRIMARY KEY, planet_id INTEGER, name TEXT);
  CREATE TABLE space_stations (id INTEGER PRIMARY KEY, system_id TEXT, name TEXT);`;
/** Latin-1 text, cut in a character. */
const LATIN = "CAST(x'ff41c3' AS TEXT)";

interface Read {
  readonly summary: BuildSummary;
  readonly rejects: Reject[];
  /** Ids of the built set, and of the provider of the database itself. */
  readonly ids: string[];
  readonly provided: string[];
  readonly refused: number;
}

/** The results of a build and of a provider for a database. */
async function read(statements: string): Promise<Read> {
  return inFolder(async folder => {
    const path = database(join(folder, 'haven.db'), statements);
    const rejects: Reject[] = [];
    const onReject = (reject: Reject) => rejects.push(reject);
    const summary = await build([path], join(folder, 'set'), PLAIN, { onReject });
    const query = { center: [0, 0, 0], radius: Infinity, details: true } as const;
    const set = await openTileset(join(folder, 'set'));
    const provider = await openProvider(path, { kind: 'sqlite' });
    const [rows, provided] = await Promise.all([
      set.sphere(query).toArray(),
      provider.sphere(query).toArray(),
    ]);
    expect(provided.map(({ record }) => record)).toEqual(rows.map(({ record }) => record));
    const { rejected: refused } = provider as unknown as { rejected: number };
    await provider.close();
    return {
      summary,
      rejects,
      ids: rows.map(({ id }) => id),
      provided: provided.map(({ id }) => id),
      refused,
    };
  });
}

const system = (id: string, name = `'${id}'`) =>
  `INSERT INTO systems VALUES ('${id}', ${name}, 1, 2, 3, NULL);`;

describe('a text that is not valid in the encoding of its database is rejected with its place', () => {
  const cases: Record<string, [statements: string, field: string, location: string]> = {
    systems: [system('b', LATIN), 'name', 'table systems, row 2, column name'],
    planets: [
      `${system('b')} INSERT INTO planets VALUES (7, 'b', ${LATIN});`,
      'planets',
      'table planets, row 7, column name',
    ],
    moons: [
      `${system('b')} INSERT INTO planets VALUES (7, 'b', 'p'); INSERT INTO moons VALUES (9, 7, ${LATIN});`,
      'planets',
      'table moons, row 9, column name',
    ],
    stations: [
      `${system('b')} INSERT INTO space_stations VALUES (3, 'b', ${LATIN});`,
      'space_station',
      'table space_stations, row 3, column name',
    ],
  };
  test.each(Object.entries(cases))('of %s', async (_, [statements, field, location]) => {
    const { summary, rejects, ids, provided, refused } = await read(
      `${TABLES} ${system('a')} ${statements} ${system('c')}`,
    );
    expect(summary).toMatchObject({ systems: 2, rejected: 1 });
    expect([ids, provided, refused]).toEqual([['a', 'c'], ['a', 'c'], 1]);
    expect(rejects).toEqual([
      {
        location: expect.objectContaining({ path: 'systems row 2', line: 0 }),
        field,
        reason: `${location}: it is not valid UTF-8 (bytes ff41c3): correct it`,
      },
    ]);
  });

  test('of an id, in a table with row ids, without, and in a view', async () => {
    const columns = '(id TEXT PRIMARY KEY, name TEXT, x REAL, y REAL, z REAL)';
    const rows = `('a', 'A', 1, 2, 3), (${LATIN}, 'B', 1, 2, 3), ('c', ${LATIN}, 1, 2, 3), ('d', 'D', 1, 2, 3)`;
    for (const statements of [
      `CREATE TABLE systems ${columns}; INSERT INTO systems VALUES ${rows}`,
      `CREATE TABLE systems ${columns} WITHOUT ROWID; INSERT INTO systems VALUES ${rows}`,
      `CREATE TABLE stars ${columns}; INSERT INTO stars VALUES ${rows}; CREATE VIEW systems AS SELECT * FROM stars`,
      `CREATE TABLE systems (rowid TEXT, oid TEXT, _rowid_ TEXT, id TEXT, name TEXT, x REAL, y REAL, z REAL);
       WITH few(id, name, x, y, z) AS (VALUES ${rows}) INSERT INTO systems SELECT NULL, NULL, NULL, * FROM few`,
    ]) {
      const { rejects, ids, provided, refused } = await read(statements);
      expect([ids, provided, refused]).toEqual([['a', 'd'], ['a', 'd'], 2]);
      expect(rejects.map(({ field }) => field).sort()).toEqual(['id', 'name']);
    }
  });

  test('half of a surrogate pair in UTF-16, of which SQLite makes another character', async () => {
    for (const [encoding, half] of [
      ['UTF-16le', '00d84100'],
      ['UTF-16be', 'd8000041'],
      ['UTF-16le', '410000d8'],
    ]) {
      const { ids, provided, rejects } = await read(
        `PRAGMA encoding = '${encoding}'; ${TABLES} ${system('a', "'🌟 \uFFFD'")} ${system('b', `CAST(x'${half}' AS TEXT)`)}`,
      );
      expect([ids, provided]).toEqual([['a'], ['a']]);
      expect(rejects[0]!.reason).toContain(`column name: it is not valid UTF-16 (bytes ${half})`);
    }
  });

  test('of planets and moons of nothing', async () => {
    const { rejects } = await read(`${TABLES} ${system('a')}
      INSERT INTO planets VALUES (1, 'gone', ${LATIN}); INSERT INTO moons VALUES (4, 99, ${LATIN});`);
    expect(rejects.map(({ reason }) => reason)).toEqual([
      'planets with system_id "gone", which does not exist; table planets, row 1, column name: it is not valid UTF-8 (bytes ff41c3): correct it',
      'moons with planet_id 99, which does not exist; table moons, row 4, column name: it is not valid UTF-8 (bytes ff41c3): correct it',
    ]);
    expect(rejects.some(({ record }) => record !== undefined)).toBe(false);
  });

  test('whatever the bytes: what JSON takes is taken, what it rejects is rejected', async () => {
    const idOf = (i: number) => `S${String(i).padStart(2, '0')}`;
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 6 }),
      fc.string({ unit: codePoint, minLength: 1, maxLength: 4 }).map(text => new TextEncoder().encode(text)),
      fc
        .constantFrom([0xef, 0xbf, 0xbd], [0xed, 0xa0, 0x80], [0xc3], [0xff, 0x41])
        .map(list => Uint8Array.from(list)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(bytes, { minLength: 1, maxLength: 40 }), async texts => {
        const rows = texts.map((text, i) =>
          system(idOf(i), `CAST(x'${Buffer.from(text).toString('hex')}' AS TEXT)`),
        );
        const valid = (text: Uint8Array) => {
          try {
            return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(text);
          } catch {
            return undefined;
          }
        };
        const { ids, provided, summary } = await read(`${TABLES} ${system('fit')} ${rows.join('')}`);
        const expected = texts.flatMap((text, i) => (valid(text) === undefined ? [] : [idOf(i)]));
        expect([ids, provided]).toEqual([
          [...expected, 'fit'],
          [...expected, 'fit'],
        ]);
        expect(summary.rejected).toBe(texts.length - expected.length);
      }),
      { numRuns: 6 },
    );
  });

  test('of the name of a column: the whole database', async () => {
    await inFolder(async folder => {
      const path = database(join(folder, 'haven.db'), `CREATE TABLE systems (id TEXT, x, y, z, "nXme" TEXT)`);
      const bytes = readFileSync(path);
      bytes[bytes.indexOf('nXme') + 1] = 0xe4;
      writeFileSync(path, bytes);
      const error = await failure(build([path], join(folder, 'set')));
      expect(error).toBeInstanceOf(InputError);
      expect(error.message).toContain('table systems: the name of the column "n\uFFFDme" is not valid UTF-8');
    });
  });
});

test('columns with a meaning are found whatever the case of their names, as in SQLite', async () => {
  await inFolder(async folder => {
    const path = database(
      join(folder, 'haven.db'),
      `CREATE TABLE Systems (ID TEXT, NAME TEXT, X REAL, "Y" REAL, z REAL, Region TEXT, Materials TEXT, Other TEXT);
       CREATE TABLE Planets (ID INTEGER PRIMARY KEY, System_ID TEXT, Name TEXT);
       CREATE TABLE MOONS (Id INTEGER PRIMARY KEY, PLANET_ID INTEGER, Name TEXT);
       INSERT INTO systems VALUES ('a', 'Sol', 1, 2, 3, 'Core', 'Gold', 'o');
       INSERT INTO planets VALUES (1, 'a', 'Earth'); INSERT INTO moons VALUES (1, 1, 'Moon');`,
    );
    await build([path], join(folder, 'set'));
    for (const provider of [await openProvider(join(folder, 'set')), await openProvider(path)]) {
      expect((await provider.search('gold')).systems).toHaveLength(1);
      expect(await provider.system('Sol')).toMatchObject({
        ...{ id: 'a', x: 1, region: 'Core' },
        record: {
          ...{ id: 'a', name: 'Sol', x: 1, y: 2, z: 3, region: 'Core', materials: 'Gold', Other: 'o' },
          planets: [{ name: 'Earth', moons: [{ name: 'Moon' }] }],
        },
      });
      await provider.close();
    }
  });
});

test('a value, and a system with all that belongs to it, that are larger than a record may be are rejected', async () => {
  const mebibytes = (count: number) => `replace(hex(zeroblob(${(count << 20) / 2})), '0', 'a')`;
  const { rejects, ids, provided } =
    await read(`${TABLES} ${system('a')} ${system('b', mebibytes(65))} ${system('c')}
    ${system('d')} INSERT INTO planets VALUES (5, 'd', ${mebibytes(65)});
    ${system('e')} WITH n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 76)
    INSERT INTO planets SELECT i, 'e', ${mebibytes(1)} FROM n; ${system('f')}`);
  expect([ids, provided]).toEqual([
    ['a', 'c', 'f'],
    ['a', 'c', 'f'],
  ]);
  expect(rejects.map(({ location, reason }) => [location.path, reason])).toEqual([
    ['systems row 2', 'table systems, row 2, column name: it has more than 64 MiB: shorten it'],
    ['systems row 4', 'table planets, row 5, column name: it has more than 64 MiB: shorten it'],
    ['systems row 5', 'it has more than 64 MiB with its planets, moons and stations: split it'],
  ] satisfies [string, string][]);
  expect(rejects.every(({ record }: { record?: unknown }) => record === undefined)).toBe(true);
});
