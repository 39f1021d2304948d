/** The systems of a database in Haven's schema as questions see them, whatever the table lacks. */
import type { SQLOutputValue } from 'node:sqlite';
import type { SystemWithRecord } from '#client/query/types.ts';
import { searchedPart } from '#format/btree/searched-texts.ts';
import { MAX_EXPONENT } from '#format/geometry/cell.ts';
import type { JsonObject } from '#format/json.ts';
import type { Counts } from '#format/system.ts';
import type { SystemRow } from '#format/system-row.ts';
import { HavenDatabase } from './haven-database.ts';
import { sqliteError } from './node-sqlite.ts';
import { fieldName, quoted } from './select.ts';

export type Parameters = Record<string, string | number>;
export type SqlRow = Record<string, SQLOutputValue>;

// What is true of the system of an id, and of those of a name or region. Each asks the columns as well as what
// answers in their place, for only columns have indexes. Any may be a number where the column has no type.
export const BY_ID = 'id = :id AND own_id IN (:id, CAST(:id AS INTEGER))';
export const BY_NAME =
  'name = :name AND (own_name IN (:name, CAST(:name AS NUMERIC)) OR own_id IN (:name, CAST(:name AS INTEGER)))';
export const IN_REGION =
  'region = :region AND (own_region IN (:region, CAST(:region AS NUMERIC)) OR own_region IS NULL)';

/** The columns of a row. */
export const ROW = 'id, name, x, y, z, region';

/** Magnitudes from this on are no positions. */
const BEYOND = 2 ** MAX_EXPONENT;
/** Systems whose records are read together. */
const BATCH = 256;

/**
 * Asks a database by SQL. It has functions `fold` and `searched`, which give NULL for what is no text, and a view `usable` of the
 * systems that have an id and a position, and no text that cannot be read: `id`, `name`, `x`, `y`, `z` and `region` as they answer; the columns of the
 * table as `own_id` and so on; those that are searched as `text0`, `text1` and so on. What answers is equal where its
 * bytes are, whatever the table says, and `sortKey` sorts it by them.
 * @throws CorruptError, NetworkError: all methods
 */
export class SystemsDatabase {
  /** What is true of a system that has `:part` in a searched text. */
  readonly matches: string;
  /** SQL for what sorts as texts do by their UTF-8: the texts themselves, but in a database that keeps them as UTF-16. */
  readonly sortKey: (...texts: string[]) => string;
  /** SQL that puts systems in the order of answers: by name, then by id. */
  readonly byName: string;
  readonly #haven: HavenDatabase;
  readonly #searched: readonly string[];
  readonly #isUtf8: boolean;
  #hasView = false;
  /** Answers that are being read. */
  #reading = 0;
  #isRetired = false;

  /**
   * @param searched columns; `name` stands for the name that answers, and what the table lacks is left out
   * @throws NotFoundError as well
   */
  constructor(path: string, fold: (text: string) => string, searched: readonly string[]) {
    this.#haven = new HavenDatabase(path);
    const { sqlite, columns } = this.#haven;
    const fields = searched.filter(
      field => field === 'name' || columns.some(column => fieldName(column) === field),
    );
    this.#searched = fields;
    // Where no field is searched nothing matches, but the parameter is given all the same.
    this.matches =
      fields.map((_, i) => `instr(searched(text${i}), :part) > 0`).join(' OR ') || ':part IS NULL';
    try {
      sqlite.function('fold', { deterministic: true }, text =>
        typeof text === 'string' ? fold(text) : null,
      );
      sqlite.function('searched', { deterministic: true }, text =>
        typeof text === 'string' ? searchedPart(fold(text)) : null,
      );
      sqlite.function('utf8', { deterministic: true }, text => Buffer.from(text as string));
      this.#isUtf8 = sqlite.prepare('PRAGMA encoding').get()!['encoding'] === 'UTF-8';
      this.sortKey = (...texts) => (this.#isUtf8 ? texts : texts.map(text => `utf8(${text})`)).join(', ');
      this.byName = `ORDER BY ${this.sortKey('name', 'id')}`;
    } catch (error) {
      this.close();
      throw sqliteError(path, error);
    }
  }

  *rows(sql: string, parameters: Parameters = {}): Generator<SqlRow, void, undefined> {
    const { sqlite, path } = this.#haven;
    this.#reading++;
    try {
      this.#makeView();
      yield* sqlite.prepare(sql).iterate(parameters);
    } catch (error) {
      throw sqliteError(path, error);
    } finally {
      this.#endReading();
    }
  }

  /** Usable systems; `sql` says which and how, from WHERE on. */
  *systems(sql: string, parameters: Parameters): Generator<SystemRow, void, undefined> {
    for (const row of this.rows(`SELECT ${ROW} FROM usable ${sql}`, parameters)) yield rowOf(row);
  }

  /** Systems with their records, which are read some at a time. */
  *whole<T extends SystemRow>(systems: Iterable<T>): Generator<T & SystemWithRecord, void, undefined> {
    this.#reading++;
    try {
      let batch: T[] = [];
      for (const system of systems) {
        if (batch.push(system) < BATCH) continue;
        yield* this.#withRecords(batch);
        batch = [];
      }
      yield* this.#withRecords(batch);
    } finally {
      this.#endReading();
    }
  }

  recordsOf(ids: readonly string[]): Map<string, JsonObject> {
    return this.#haven.recordsOf(ids);
  }

  count(table: string, where = 'true', parameters: Parameters = {}): number {
    const [row] = this.rows(`SELECT count(*) AS n FROM ${table} WHERE ${where}`, parameters);
    return row!['n'] as number;
  }

  /** What the usable systems hold. */
  counts(): Counts {
    const rows = this.rows("SELECT name FROM pragma_table_list WHERE schema = 'main'");
    const tables = Array.from(rows, ({ name }) => name);
    const has = (...names: string[]) => names.every(name => tables.includes(name));
    const planets = 'system_id IN (SELECT own_id FROM usable)';
    const moons = `planet_id IN (SELECT id FROM planets WHERE ${planets})`;
    const stations = 'own_id IN (SELECT system_id FROM space_stations)';
    return {
      systems: this.count('usable'),
      planets: has('planets') ? this.count('planets', planets) : 0,
      moons: has('planets', 'moons') ? this.count('moons', moons) : 0,
      stations: has('space_stations') ? this.count('usable', stations) : 0,
    };
  }

  /** True where others have written since it was opened. @throws CorruptError, NetworkError */
  get isOutdated(): boolean {
    return this.#haven.isOutdated;
  }

  /** Closes the database as soon as the answers that are being read are over. */
  retire(): void {
    this.#isRetired = true;
    if (this.#reading === 0) this.close();
  }

  close(): void {
    this.#haven.close();
  }

  #endReading(): void {
    if (--this.#reading === 0 && this.#isRetired) this.close();
  }

  /** Makes the view. SQL cannot tell texts that are not valid from others: finding them reads the whole database. */
  #makeView(): void {
    if (this.#hasView) return;
    const { sqlite, columns, rowId } = this.#haven;
    // It is there where an earlier reading of the database failed.
    sqlite.exec('CREATE TEMP TABLE IF NOT EXISTS unfit (key PRIMARY KEY)');
    const insert = sqlite.prepare('INSERT OR IGNORE INTO unfit VALUES (?)');
    let isFit = '';
    for (const { row, id, refusal } of this.#haven.systems()) {
      if (!refusal) continue;
      insert.run(rowId ? row : id);
      isFit = `AND ${rowId ?? 'CAST(id AS TEXT)'} NOT IN (SELECT key FROM unfit)`;
      // Without row ids an id that is not valid cannot be named.
      if (!rowId && this.#isUtf8) isFit += ' AND CAST(CAST(id AS TEXT) AS BLOB) = utf8(CAST(id AS TEXT))';
    }
    sqlite.exec(`CREATE TEMP VIEW usable AS ${usableSystems(columns, this.#searched)} ${isFit}`);
    this.#hasView = true;
  }

  #withRecords<T extends SystemRow>(systems: readonly T[]): (T & SystemWithRecord)[] {
    const records = this.recordsOf(systems.map(({ id }) => id));
    return systems.map(system => ({ ...system, record: records.get(system.id)! }));
  }
}

function usableSystems(columns: readonly string[], searched: readonly string[]): string {
  const own = (field: string) => {
    const column = columns.find(name => fieldName(name) === field);
    return column === undefined ? 'NULL' : quoted(column);
  };
  const name = `coalesce(nullif(CAST(${own('name')} AS TEXT), ''), CAST(id AS TEXT))`;
  const texts = searched.map((field, i) => `, ${field === 'name' ? name : own(field)} AS text${i}`);
  const isPosition = (axis: string) =>
    `typeof(${axis}) IN ('real', 'integer') AND ${axis} > -${BEYOND} AND ${axis} < ${BEYOND}`;
  return `
    SELECT
      CAST(id AS TEXT) COLLATE BINARY AS id, ${own('id')} AS own_id,
      ${name} AS name, ${own('name')} AS own_name,
      coalesce(CAST(${own('region')} AS TEXT), 'Unknown') AS region, ${own('region')} AS own_region,
      CAST(x AS REAL) AS x, CAST(y AS REAL) AS y, CAST(z AS REAL) AS z, x AS own_x, y AS own_y, z AS own_z
      ${texts.join('')}
    FROM systems
    WHERE typeof(id) IN ('text', 'integer') AND id <> '' AND ${['x', 'y', 'z'].map(isPosition).join(' AND ')}`;
}

export function rowOf({ id, name, x, y, z, region }: SqlRow): SystemRow {
  return { id, name, x, y, z, region } as unknown as SystemRow;
}
