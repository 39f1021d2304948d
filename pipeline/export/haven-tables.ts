/** Writes Haven's tables to a new SQLite file. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { CorruptError } from '#client/index.ts';
import { loadSqlite } from '#client/providers/sqlite/node-sqlite.ts';
import { fieldColumns, type HavenTable, INDEXES, TABLES } from './haven-schema.ts';

export type HavenValue = string | number | null;

const CACHE_KIB = 64 * 1024;

/**
 * Inserts rows in one transaction. If a row violates a constraint of the schema (UNIQUE or NOT NULL), its table is
 * recreated without that constraint. Thus no row is lost, and a set that satisfies all constraints gets the exact
 * schema.
 */
export class HavenTables {
  /** Constraints that the tables lack, such as `systems.name UNIQUE`. */
  readonly relaxed: string[] = [];
  readonly #database: DatabaseSync;
  readonly #definitions: Record<HavenTable, string> = { ...TABLES };
  readonly #inserts: Record<HavenTable, StatementSync>;

  /** @param file path of a new file */
  constructor(file: string) {
    const { DatabaseSync } = loadSqlite();
    this.#database = new DatabaseSync(file, { enableForeignKeyConstraints: false });
    // An unfinished file is useless, so it need not survive a crash.
    this.#database.exec(`PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;
      PRAGMA cache_size = -${CACHE_KIB}; PRAGMA legacy_alter_table = ON; BEGIN`);
    this.#inserts = {
      systems: this.#create('systems'),
      planets: this.#create('planets', 'system_id'),
      moons: this.#create('moons', 'planet_id'),
      space_stations: this.#create('space_stations', 'system_id'),
    };
  }

  /**
   * Inserts a row.
   * @param cells the parent (for tables other than `systems`), then the fields in the order of the table
   * @returns its number
   * @throws CorruptError for a repeated id; errors of SQLite
   */
  insert(table: HavenTable, cells: readonly HavenValue[]): number {
    for (;;) {
      try {
        return Number(this.#inserts[table].run(...cells).lastInsertRowid);
      } catch (error) {
        this.#relax(error as Error);
      }
    }
  }

  /** Adds the indexes, and commits the transaction. */
  finish(): void {
    this.#database.exec(`${INDEXES} COMMIT`);
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #create(table: HavenTable, parent?: string): StatementSync {
    this.#database.exec(`CREATE TABLE ${table} (${this.#definitions[table]})`);
    const columns = fieldColumns(table).map(({ name }) => name);
    if (parent !== undefined) columns.unshift(parent);
    return this.#database.prepare(
      `INSERT INTO ${table} (${columns.join()}) VALUES (${columns.map(() => '?').join()})`,
    );
  }

  #relax(error: Error): void {
    const broken = /^(UNIQUE|NOT NULL) constraint failed: (\w+)\.(\w+)$/.exec(error.message);
    if (!broken) throw error;
    const [, constraint, table, column] = broken as unknown as [string, string, HavenTable, string];
    if (column === 'id') {
      throw new CorruptError(
        'several systems of the set have the same id: verify the set, and build it again',
        {
          cause: error,
        },
      );
    }
    this.relaxed.push(`${table}.${column} ${constraint}`);
    const strict = this.#definitions[table];
    this.#definitions[table] = strict.replace(new RegExp(`^( +${column} .*?) ${constraint}`, 'm'), '$1');
    this.#database.exec(`ALTER TABLE ${table} RENAME TO strict;
      CREATE TABLE ${table} (${this.#definitions[table]});
      INSERT INTO ${table} SELECT * FROM strict;
      DROP TABLE strict`);
  }
}
