/** Haven's tables in a new SQLite file. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { CorruptError } from '../../client/index.ts';
import { loadSqlite } from '../../client/node/sqlite.ts';
import { fieldColumns, INDEXES, TABLES, type TableName } from './schema.ts';

export type Cell = string | number | null;

const CACHE_KIB = 64 * 1024;

/**
 * Takes rows in one transaction. Where a row breaks a constraint of the schema, UNIQUE or NOT NULL, its table is made
 * anew without that constraint, so that a set that keeps them all gets the very schema, and any other loses no row.
 */
export class HavenTables {
  /** Constraints that the tables lack, as `systems.name UNIQUE`. */
  readonly relaxed: string[] = [];
  readonly #database: DatabaseSync;
  readonly #definitions: Record<TableName, string> = { ...TABLES };
  readonly #inserts: Record<TableName, StatementSync>;

  /** @param file path where no file is yet */
  constructor(file: string) {
    const { DatabaseSync } = loadSqlite();
    this.#database = new DatabaseSync(file, { enableForeignKeyConstraints: false });
    // A file that is not finished is of no use, so nothing is done to make it survive.
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
   * Adds a row: what it belongs to, for any table but `systems`, then the table's fields in order.
   * @returns its number
   * @throws CorruptError for an id that another system has, errors of SQLite
   */
  insert(table: TableName, cells: readonly Cell[]): number {
    for (;;) {
      try {
        return Number(this.#inserts[table].run(...cells).lastInsertRowid);
      } catch (error) {
        this.#relax(error as Error);
      }
    }
  }

  /** Adds the indexes, and writes what is not written. */
  finish(): void {
    this.#database.exec(`${INDEXES} COMMIT`);
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #create(table: TableName, parent?: string): StatementSync {
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
    const [, constraint, table, column] = broken as unknown as [string, string, TableName, string];
    if (column === 'id') {
      throw new CorruptError('the set has several systems of one id: verify it, and build it again', {
        cause: error,
      });
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
