/** Reading an SQLite file leaves no trace, and reads all that belongs to it. */
import { hash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test, vi } from 'vitest';
import { NetworkError } from '#client/index.ts';
import { openProvider } from '#client/node/index.ts';
import { openDatabase } from '#client/providers/sqlite/database-file.ts';
import { build } from '#pipeline/index.ts';
import { sqliteRecords } from '#pipeline/source/sqlite-records.ts';
import { database, filesOf } from '#test/support/databases.ts';
import { failure } from '#test/support/stored-files.ts';
import { inFolder } from '#test/support/temporary.ts';

const TABLE = 'CREATE TABLE systems (id TEXT, x REAL, y REAL, z REAL);';
const ROW = (id: string) => `INSERT INTO systems VALUES ('${id}', 1, 2, 3);`;
const WAL = 'PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;';

/** A database whose rows 'a' are in the file and rows 'b' in its log only. */
function writing(path: string): DatabaseSync {
  const writer = new DatabaseSync(path);
  writer.exec(`${WAL} ${TABLE} ${ROW('a')} PRAGMA wal_checkpoint(TRUNCATE); ${ROW('b')}`);
  return writer;
}

/** All files, with their contents and times; all that read a log note in its index what they read. */
function stateOf(folder: string) {
  return readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(({ name }) => {
      if (name.endsWith('-shm')) return [name];
      const path = join(folder, name);
      return [name, hash('sha256', readFileSync(path)), statSync(path).mtimeMs];
    });
}

/** The ids that a build and a provider find; the folder of the database is as it was. */
async function idsOf(path: string, folder: string): Promise<string[]> {
  const before = stateOf(folder);
  return inFolder(async temporary => {
    // Copies are made there.
    vi.stubEnv('TMPDIR', temporary);
    try {
      const { systems } = await build([path], join(folder, 'out', 'set'));
      const provider = await openProvider(path);
      const rows = await provider.sphere({ center: [0, 0, 0], radius: 100 }).toArray();
      await provider.close();
      expect(rows).toHaveLength(systems);
      expect(stateOf(folder)).toEqual(before);
      expect(readdirSync(temporary)).toEqual([]);
      return rows.map(({ id }) => id);
    } finally {
      vi.unstubAllEnvs();
    }
  });
}

describe('a database in WAL mode', () => {
  test('without a log: no files are made beside it, in a folder that may be written and one that may not', async () => {
    await inFolder(async folder => {
      mkdirSync(join(folder, 'out'));
      const path = database(join(folder, 'haven.db'), `${WAL} ${TABLE} ${ROW('a')}`);
      expect(filesOf(path)).toEqual(['haven.db']);
      expect(await idsOf(path, folder)).toEqual(['a']);
      chmodSync(path, 0o444);
      chmodSync(folder, 0o555);
      try {
        expect(await idsOf(path, folder)).toEqual(['a']);
      } finally {
        chmodSync(folder, 0o755);
      }
    });
  });

  test('with a writer: its log is read, and stays', async () => {
    await inFolder(async folder => {
      mkdirSync(join(folder, 'out'));
      const path = join(folder, 'haven.db');
      const writer = writing(path);
      expect(await idsOf(path, folder)).toEqual(['a', 'b']);
      writer.exec(ROW('c'));
      writer.close();
      expect(await idsOf(path, folder)).toEqual(['a', 'b', 'c']);
    });
  });

  test('with the log that a killed writer left: it is read, and stays', async () => {
    await inFolder(async folder => {
      const writer = writing(join(folder, 'live.db'));
      for (const [name, parts] of [
        ['without its index', ['', '-wal']],
        ['with its index', ['', '-wal', '-shm']],
        ['with an index that cannot be opened', ['', '-wal']],
      ] as const) {
        const left = join(folder, name);
        mkdirSync(join(left, 'out'), { recursive: true });
        const path = join(left, 'haven.db');
        for (const part of parts) copyFileSync(join(folder, `live.db${part}`), path + part);
        if (name.endsWith('opened')) mkdirSync(`${path}-shm`);
        expect(await idsOf(path, left)).toEqual(['a', 'b']);
        chmodSync(left, 0o555);
        try {
          expect(await idsOf(path, left)).toEqual(['a', 'b']);
        } finally {
          chmodSync(left, 0o755);
        }
      }
      writer.close();
    });
  });

  test('an empty log is none, and so is the index of none', async () => {
    await inFolder(async folder => {
      mkdirSync(join(folder, 'out'));
      const path = database(join(folder, 'haven.db'), `${WAL} ${TABLE} ${ROW('a')}`);
      writeFileSync(`${path}-wal`, '');
      expect(await idsOf(path, folder)).toEqual(['a']);
      writeFileSync(`${path}-shm`, '');
      rmSync(`${path}-wal`);
      expect(await idsOf(path, folder)).toEqual(['a']);
    });
  });
});

test('what a killed writer had begun to change is as it was before', async () => {
  await inFolder(async folder => {
    const live = database(
      join(folder, 'live.db'),
      `${TABLE} WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
       INSERT INTO systems SELECT 'S' || i, 1, 2, 3 FROM n`,
    );
    const writer = new DatabaseSync(live);
    // So small a cache that pages are written before the end.
    writer.exec("PRAGMA cache_size = 5; BEGIN; UPDATE systems SET id = 'torn' || id");
    const left = join(folder, 'left');
    mkdirSync(join(left, 'out'), { recursive: true });
    const path = join(left, 'haven.db');
    for (const part of ['', '-journal']) copyFileSync(live + part, path + part);
    writer.close();
    expect(readFileSync(path, 'latin1')).toContain('tornS');
    const ids = await idsOf(path, left);
    expect(ids).toHaveLength(5000);
    expect(ids.some(id => id.startsWith('torn'))).toBe(false);
  });
});

test('a write to a file that was opened as unchanging fails the reader of a build, and a provider sees the rows', async () => {
  await inFolder(async folder => {
    const path = database(join(folder, 'haven.db'), `${WAL} ${TABLE} ${ROW('a')}`);
    const provider = await openProvider(path);
    const ids = async () =>
      (await provider.sphere({ center: [0, 0, 0], radius: 100 }).toArray()).map(({ id }) => id);
    expect(await ids()).toEqual(['a']);
    const open = openDatabase(path);
    const writer = new DatabaseSync(path);
    writer.exec(ROW('b'));
    expect([open.isOutdated(), open.isTorn()]).toEqual([true, false]);
    expect([await ids(), provider.counts.systems]).toEqual([['a', 'b'], 2]);
    writer.exec(ROW('c'));
    expect([await ids(), provider.counts.systems]).toEqual([['a', 'b', 'c'], 3]);
    await provider.close();
    writer.close();
    expect(open.isTorn()).toBe(true);
    open.close();
    const records = sqliteRecords(path, 0, {});
    await records.next();
    database(path, ROW('d'));
    const error = await failure(records.next());
    expect(error).toBeInstanceOf(NetworkError);
    expect(error.message).toContain('was changed while it was read: try again');
  });
});

test('a provider sees a text that became unreadable, or readable, since it was opened', async () => {
  await inFolder(async folder => {
    const path = database(join(folder, 'haven.db'), `${TABLE} ${ROW('a')} ${ROW('b')}`);
    const provider = await openProvider(path);
    const ids = async () => (await provider.page()).systems.map(({ id }) => id);
    expect(await ids()).toEqual(['a', 'b']);
    database(path, "UPDATE systems SET id = CAST(x'ff' AS TEXT) WHERE id = 'b'");
    expect([await ids(), (provider as unknown as { rejected: number }).rejected]).toEqual([['a'], 1]);
    database(path, "UPDATE systems SET id = 'c' WHERE id <> 'a'");
    // An answer that is being read goes on.
    const rows = provider.sphere({ center: [0, 0, 0], radius: 100, details: true })[Symbol.asyncIterator]();
    expect((await rows.next()).value!.id).toBe('a');
    database(path, ROW('d'));
    expect(await ids()).toEqual(['a', 'c', 'd']);
    expect((await rows.next()).value!.id).toBe('c');
    await rows.return!();
    await provider.close();
  });
});
