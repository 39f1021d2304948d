import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { CorruptError, NotFoundError, type SystemRow } from '#client/index.ts';
import { type SqliteProvider, sqliteProvider } from '#client/node/index.ts';
import { HavenDatabase } from '#client/providers/sqlite/haven-database.ts';
import { BY_ID, BY_NAME, IN_REGION, SystemsDatabase } from '#client/providers/sqlite/systems-database.ts';
import { DEFAULT_FACETS, type FacetField, foldTable, makeFold } from '#format/index.ts';
import { CATALOGUES, noCatalogues } from '#test/pipeline/source/source-tools.ts';
import {
  type Catalogue,
  FACETS,
  faceted,
  fileCatalogue,
  galaxy,
  lines,
  nasty,
  realCatalogue,
} from '#test/support/catalogues.ts';
import { type Encoding, havenRecord, writeHaven } from '#test/support/databases.ts';
import { failure } from '#test/support/stored-files.ts';
import { inFolder } from '#test/support/temporary.ts';
import { examine } from './provider-conformance.ts';
import { examineAborts, examineFilters, examineRefusals } from './provider-refusals.ts';

const fold = makeFold(foldTable());
const bundled = new URL('../../../data/nearby-stars.json', import.meta.url);

describe('SQLite answers as SQL does over the records', () => {
  /** The catalogue as the schema of the migration guide has it. */
  const examined = (
    { systems }: Catalogue,
    seed: number,
    questions = 50,
    encoding: Encoding = 'UTF-8',
    facets: readonly FacetField[] = DEFAULT_FACETS,
  ) =>
    inFolder(async folder => {
      const path = join(folder, 'haven.db');
      const records = systems.map(({ record, id, name }) => havenRecord({ ...record, id, name }));
      writeHaven(path, records, encoding);
      await examine(lines(records).systems, fold, () => sqliteProvider(path, { fold, facets }), {
        questions,
        seed,
        facets,
      });
    });

  test('systems with all that texts stumble over', () => examined(nasty(), 1, 100));
  test.each(['UTF-16le', 'UTF-16be'] as const)('the same in a database of %s', encoding => {
    // SQLite itself writes U+FFFD for U+FFFF there.
    const text = nasty().text.replaceAll('\uffff', '\ufffd');
    return examined(fileCatalogue(Buffer.from(text), true), 1, 40, encoding);
  });
  test('systems with all that values of facets stumble over', () =>
    examined(faceted(), 9, 100, 'UTF-8', FACETS));
  test('the bundled stars', () => examined(fileCatalogue(readFileSync(bundled)), 2));
  test('a generated galaxy', () => examined(galaxy(2000), 3, 10));
  test('nothing', () => examined(lines([]), 4));

  describe.skipIf(noCatalogues)('real catalogues', () => {
    const names = ['oec/systems.ndjson.gz', 'haven/loadtest-10k.ndjson.gz', 'haven/data.json'];
    test.each(names)('%s', name => examined(realCatalogue(name), 5, 6));
  });

  describe.skipIf(noCatalogues)("the application's own databases", () => {
    const names = ['haven.db', 'VH-Database.db', 'with-fts.db', 'newer-schema-no-region.db'];
    test.each(names)('%s', name =>
      inFolder(async folder => {
        const path = join(folder, name);
        copyFileSync(join(CATALOGUES, 'haven', name), path);
        const haven = new HavenDatabase(path);
        const { systems } = lines(Array.from(haven.systems(), ({ record }) => record));
        haven.close();
        await examine(systems, fold, () => sqliteProvider(path, { fold }), {
          questions: 50,
          seed: 6,
        });
      }),
    );
  });

  test('refuses invalid queries, and ends when it is aborted', () =>
    inFolder(async folder => {
      const path = join(folder, 'haven.db');
      writeHaven(path, []);
      const provider = sqliteProvider(path, { fold });
      await examineRefusals(provider);
      await examineFilters(provider);
      await examineAborts(provider);
      provider.close();
    }));
});

/** A provider of a database that some statements make, and the connection that made it. */
async function asking(
  statements: string,
  ask: (provider: SqliteProvider, writer: DatabaseSync) => Promise<void>,
  searchFields?: string[],
): Promise<void> {
  await inFolder(async folder => {
    const path = join(folder, 'haven.db');
    const writer = new DatabaseSync(path);
    writer.exec(statements);
    const provider = sqliteProvider(path, { fold, searchFields });
    try {
      await ask(provider, writer);
    } finally {
      provider.close();
      writer.close();
    }
  });
}

const namesOf = (rows: readonly SystemRow[]) => rows.map(({ name }) => name);

describe('a table of some other generation', () => {
  test('with names that ignore case: they are compared as bytes', async () => {
    const table =
      'CREATE TABLE systems (id TEXT COLLATE NOCASE, name TEXT UNIQUE COLLATE NOCASE, x REAL, y REAL, z REAL)';
    const rows =
      "('1', 'b', 0, 0, 0), ('2', 'C', 0, 0, 0), ('3', 'a', 0, 0, 0), ('x', 'É', 0, 0, 0), ('X', 'É2', 0, 0, 0)";
    await asking(`${table}; INSERT INTO systems VALUES ${rows}`, async provider => {
      expect(namesOf((await provider.page()).systems)).toEqual(['C', 'a', 'b', 'É', 'É2']);
      expect(await provider.names({ prefix: '' })).toEqual(['C', 'a', 'b', 'É', 'É2']);
      expect(await provider.system('c')).toBe(undefined);
      expect((await provider.system('e\u0301', { ignoreCase: true }))?.id).toBe('x');
      expect((await provider.systemById('X'))?.name).toBe('É2');
      expect((await provider.details([{ id: 'X', x: 0, y: 0, z: 0 }]))[0]?.['name']).toBe('É2');
      const { systems } = await provider.page({ after: { name: 'a', id: '3' } });
      expect(namesOf(systems)).toEqual(['b', 'É', 'É2']);
    });
  });

  test('with integers as ids, without regions, planets and stations', async () => {
    const rows = "(10, 'a', 0, 0, 0), (9, 'b', 1, 0, 0)";
    const table = 'CREATE TABLE systems (id INTEGER PRIMARY KEY, name TEXT, x INTEGER, y INTEGER, z INTEGER)';
    await asking(`${table}; INSERT INTO systems VALUES ${rows}`, async provider => {
      expect(await provider.systemById('9')).toEqual({
        ...{ id: '9', name: 'b', x: 1, y: 0, z: 0, region: 'Unknown' },
        record: { id: 9, name: 'b', x: 1, y: 0, z: 0 },
      });
      for (const id of ['09', '9.0', ' 9', '']) expect(await provider.systemById(id)).toBe(undefined);
      const near = await provider.sphere({ center: [0.5, 0, 0], radius: 1 }).toArray();
      expect(near.map(({ id, distance }) => [id, distance])).toEqual([
        ['10', 0.5],
        ['9', 0.5],
      ]);
      expect(await provider.inRegion('Unknown').toArray()).toHaveLength(2);
      expect(provider.counts).toEqual({ systems: 2, planets: 0, moons: 0, stations: 0 });
      expect((await provider.search('B')).systems).toHaveLength(1);
    });
  });

  test('with numbers as names and regions, in columns without types', async () => {
    const rows = "(1, 7, 5), (2, 7.5, '5'), (3, '7', 0.25), (4, 'a', 'b'), (5, 0, 0)";
    const table = 'CREATE TABLE systems (id, name, region, x DEFAULT 0, y DEFAULT 0, z DEFAULT 0)';
    await asking(
      `${table}; INSERT INTO systems (id, name, region) VALUES ${rows}`,
      async (provider, writer) => {
        const { systems } = await provider.page();
        expect(namesOf(systems)).toEqual(['0', '7', '7', '7.5', 'a']);
        for (const { name, region } of systems) {
          expect(await provider.systemsByName(name)).toHaveLength(name === '7' ? 2 : 1);
          expect(await provider.inRegion(region).toArray()).toHaveLength(region === '5' ? 2 : 1);
        }
        expect(await provider.systemsByName('7.0')).toEqual([]);
        writer.exec('CREATE INDEX by_name ON systems (name)');
        expect(await provider.systemsByName('7')).toHaveLength(2);
      },
    );
  });

  test.each(['INTEGER', 'TEXT', 'NUMERIC', ''])('with long ids in a column of type "%s"', async type => {
    const ids = ['9223372036854775807', '9007199254740993', '9007199254740992', '-7', '0'];
    const systems = ids.map(id => `(${id}, nullif('n${id}', 'n-7'), 0, 0, 0)`).join();
    const planets = ids.map(id => `(${id}, 'p${id}')`).join();
    const tables = `
      CREATE TABLE systems (id ${type}, name TEXT, x REAL, y REAL, z REAL);
      CREATE TABLE planets (system_id ${type}, name TEXT);`;
    const rows = `INSERT INTO systems VALUES ${systems}; INSERT INTO planets VALUES ${planets}`;
    await asking(`${tables}; ${rows}`, async provider => {
      const page = (await provider.page()).systems;
      expect(page.map(({ id }) => id).sort()).toEqual([...ids].sort());
      const details = await provider.details(page);
      for (const [i, { id, name }] of page.entries()) {
        const whole = await provider.systemById(id);
        expect(whole).toMatchObject({ id, record: { planets: [{ name: `p${id}` }] } });
        expect(details[i]).toEqual(whole?.record);
        expect(await provider.system(name)).toEqual(whole);
      }
      expect(provider.counts).toEqual({ systems: 5, planets: 5, moons: 0, stations: 0 });
    });
  });
});

const SYSTEMS =
  'CREATE TABLE systems (id TEXT PRIMARY KEY, name TEXT, x REAL, y REAL, z REAL, region TEXT, "odd ""field" TEXT)';

describe('rows that lack something', () => {
  test('have their id for a name, and Unknown for a region', async () => {
    const rows =
      "('a', NULL, 0, 0, 0, NULL, NULL), ('b', '', 0, 0, 0, '', NULL), ('c', 'a', 0, 0, 0, 'Unknown', NULL)";
    await asking(`${SYSTEMS}; INSERT INTO systems VALUES ${rows}`, async provider => {
      const row = { x: 0, y: 0, z: 0 };
      expect((await provider.page()).systems).toEqual([
        { ...row, id: 'a', name: 'a', region: 'Unknown' },
        { ...row, id: 'c', name: 'a', region: 'Unknown' },
        { ...row, id: 'b', name: 'b', region: '' },
      ]);
      expect((await provider.systemsByName('a')).map(({ id }) => id)).toEqual(['a', 'c']);
      expect((await provider.systemsByName('b')).map(({ id }) => id)).toEqual(['b']);
      expect(await provider.systemsByName('')).toEqual([]);
      expect((await provider.inRegion('Unknown').toArray()).map(({ id }) => id)).toEqual(['a', 'c']);
      expect((await provider.search('A')).systems.map(({ id }) => id)).toEqual(['a', 'c']);
      expect((await provider.systemById('a'))?.record).toEqual({ ...row, id: 'a' });
    });
  });

  test('are counted as rejected without an id or a usable position', async () => {
    const wrong = [
      "NULL, 'n', 0, 0, 0",
      "'', 'n', 0, 0, 0",
      "'a', 'n', NULL, 0, 0",
      "'b', 'n', 0, 'far', 0",
    ].concat(["'c', 'n', 0, 0, 1e999", "'d', 'n', -1e160, 0, 0", "x'00', 'n', 0, 0, 0"]);
    const rows = [...wrong, "'ok', 'n', 0, 0, 0"].map(of => `(${of}, NULL, NULL)`).join();
    await asking(`${SYSTEMS}; INSERT INTO systems VALUES ${rows}`, async provider => {
      expect(provider.rejected).toBe(wrong.length);
      expect(provider.counts.systems).toBe(1);
      expect((await provider.systemsByName('n')).map(({ id }) => id)).toEqual(['ok']);
      expect((await provider.page()).total).toBe(1);
      expect(await provider.systemById('a')).toBe(undefined);
    });
  });
});

test('the fields that are searched can be chosen, whatever they are called', async () => {
  const rows = `('a', 'n', 0, 0, 0, 'Gold', NULL), ('b', 'gold', 0, 0, 0, NULL, 'Iron'), ('c', 'n', 0, 0, 0, NULL, NULL)`;
  const statements = `${SYSTEMS}; INSERT INTO systems VALUES ${rows}`;
  const ids = async (provider: SqliteProvider, text: string) =>
    (await provider.search(text)).systems.map(({ id }) => id);
  await asking(
    statements,
    async provider => {
      expect(await ids(provider, 'GOLD')).toEqual(['a']);
      expect(await ids(provider, 'ro')).toEqual(['b']);
    },
    ['region', 'odd "field', 'none'],
  );
  await asking(statements, async provider => expect(await ids(provider, 'a')).toEqual([]), []);
});

test('what others write is seen', async () => {
  await asking(`PRAGMA journal_mode = WAL; ${SYSTEMS}`, async (provider, writer) => {
    expect(await provider.system('n')).toBe(undefined);
    writer.exec("INSERT INTO systems VALUES ('a', 'n', 0, 0, 0, NULL, NULL)");
    expect((await provider.system('n'))?.id).toBe('a');
  });
});

test('a file that is not such a database is refused', async () => {
  await inFolder(folder => {
    const at = (name: string) => join(folder, name);
    expect(() => sqliteProvider(at('none.db'), { fold })).toThrow(NotFoundError);
    writeFileSync(at('text.db'), '{"a": "catalogue"}');
    expect(() => sqliteProvider(at('text.db'), { fold })).toThrow(CorruptError);
  });
  await asking('CREATE TABLE systems (id TEXT, name TEXT)', async provider => {
    expect(await failure(provider.page())).toBeInstanceOf(CorruptError);
  });
});

test('of very many systems only some are read before the first has its record', async () => {
  await inFolder(folder => {
    const path = join(folder, 'haven.db');
    writeHaven(
      path,
      galaxy(2000).systems.map(({ record }) => havenRecord(record)),
    );
    const database = new SystemsDatabase(path, fold, []);
    let read = 0;
    function* counted() {
      for (const system of database.systems('ORDER BY id', {})) {
        read++;
        yield system;
      }
    }
    for (const { id, record } of database.whole(counted())) {
      expect(record['id']).toBe(id);
      break;
    }
    expect(read).toBeLessThan(500);
    database.close();
  });
});

test('questions go by the indexes that the schema has', async () => {
  await inFolder(folder => {
    const path = join(folder, 'haven.db');
    const writer = new DatabaseSync(path);
    writer.exec(
      `${SYSTEMS}; CREATE INDEX by_name ON systems(name); CREATE INDEX by_region ON systems(region)`,
    );
    writer.close();
    const database = new SystemsDatabase(path, fold, ['name']);
    const plan = (where: string, parameters: Record<string, string>) =>
      Array.from(
        database.rows(`EXPLAIN QUERY PLAN SELECT * FROM usable WHERE ${where}`, parameters),
        row => row['detail'],
      );
    expect(plan(BY_ID, { id: 'a' })).toEqual([expect.stringMatching('SEARCH systems USING INDEX')]);
    for (const steps of [plan(BY_NAME, { name: 'a' }), plan(IN_REGION, { region: 'a' })]) {
      expect(steps.filter(step => /SEARCH/.test(String(step)))).toHaveLength(2);
      expect(steps.filter(step => /SCAN/.test(String(step)))).toEqual([]);
    }
    database.close();
  });
});
