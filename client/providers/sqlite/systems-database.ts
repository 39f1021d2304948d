/** The systems of a database in Haven's schema, as queries see them; adapts to missing columns. */

import type { SQLOutputValue } from 'node:sqlite';
import type { SystemWithRecord } from '#client/query/types.ts';
import type { FacetField } from '#format/facets/facet-field.ts';
import type { Fold } from '#format/fold/fold.ts';
import { MAX_EXPONENT } from '#format/geometry/cell.ts';
import type { JsonObject } from '#format/json.ts';
import type { Counts } from '#format/system.ts';
import type { SystemRow } from '#format/system-row.ts';
import { fillFacetTables } from './facet-tables.ts';
import { HavenDatabase } from './haven-database.ts';
import { damageError, sqliteError } from './node-sqlite.ts';
import { type SearchedColumn, searchedColumns } from './searched-columns.ts';
import { fieldName, quoted } from './select.ts';

export type Parameters = Record<string, string | number>;
export type SqlRow = Record<string, SQLOutputValue>;

// Conditions for the system with an id, and for the systems with a name or in a region. Each tests the column too,
// not only the computed value, because only columns have indexes. A value may be a number if the column has no type.
export const BY_ID = 'id = :id AND own_id IN (:id, CAST(:id AS INTEGER))';
export const BY_NAME =
  'name = :name AND (own_name IN (:name, CAST(:name AS NUMERIC)) OR own_id IN (:name, CAST(:name AS INTEGER)))';
export const IN_REGION =
  'region = :region AND (own_region IN (:region, CAST(:region AS NUMERIC)) OR own_region IS NULL)';

/** The columns of a row. */
export const ROW = 'id, name, x, y, z, region';

/** Coordinates of this magnitude or more are invalid. */
const BEYOND = 2 ** MAX_EXPONENT;
/** Number of systems whose records are read together. */
const BATCH = 256;

/**
 * Queries a database by SQL. It has functions `fold`, which returns NULL for values that are not strings, and `has` and
 * `anyhas`, which search strings and JSON arrays of strings; and a view `usable` of the systems that have an id, a
 * position and only valid strings: `id`, `name`, `x`, `y`, `z` and `region` as in results; the columns of the table as
 * `own_id` and so on; searched fields as `text0`, `text1` and so on. Values are compared by their bytes, regardless of the collation of the table, and `sortKey`
 * sorts by them.
 * @throws CorruptError, NetworkError: all methods
 */
export class SystemsDatabase {
  /** SQL that sorts strings by their UTF-8 bytes: the strings themselves, except in a database with UTF-16. */
  readonly sortKey: (...texts: string[]) => string;
  /** SQL for the order of results: by name, then by id. */
  readonly byName: string;
  readonly #haven: HavenDatabase;
  /** Searched fields. */
  readonly #fields: readonly string[];
  /** The searched fields but the name, once the view exists. */
  #searched: readonly SearchedColumn[] = [];
  readonly #isUtf8: boolean;
  #hasView = false;
  /** Fields whose values are in the temporary tables of facets. */
  readonly #facets = new Set<string>();
  /** Number of results that are being read. */
  #reading = 0;
  #isRetired = false;

  /**
   * @param searched columns; `name` is the name in results; missing columns are ignored
   * @throws NotFoundError too
   */
  constructor(path: string, fold: Fold, searched: readonly string[]) {
    this.#haven = new HavenDatabase(path);
    const { sqlite } = this.#haven;
    this.#fields = searched;
    try {
      sqlite.function('fold', { deterministic: true }, text =>
        typeof text === 'string' ? fold(text) : null,
      );
      sqlite.function('has', { deterministic: true }, (text, query) =>
        typeof text === 'string' && fold.search(text).includes(query as string) ? 1 : 0,
      );
      sqlite.function('anyhas', { deterministic: true }, (list, query) =>
        stringsOf(list).some(text => fold.search(text).includes(query as string)) ? 1 : 0,
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

  /** Usable systems; `sql` is the rest of the query, from WHERE on. */
  *systems(sql: string, parameters: Parameters): Generator<SystemRow, void, undefined> {
    for (const row of this.rows(`SELECT ${ROW} FROM usable ${sql}`, parameters)) yield rowOf(row);
  }

  /** Systems with their records, which are read in batches. */
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

  /** Systems that may match a folded search string, by (name, id), with the strings of each searched field but the name. */
  *searched(query: string): Generator<{ system: SystemRow; texts: string[][] }, void, undefined> {
    this.#makeView();
    const conditions = this.#searched.map(
      ({ isList }, i) => `${isList ? 'anyhas' : 'has'}(text${i}, :query)`,
    );
    if (this.#fields.includes('name')) conditions.push('has(name, :query)');
    // Without searched fields nothing matches, but the parameter must be used.
    const where = conditions.join(' OR ') || ':query IS NULL';
    const texts = this.#searched.map((_, i) => `, text${i}`).join('');
    for (const row of this.rows(`SELECT ${ROW}${texts} FROM usable WHERE ${where} ${this.byName}`, {
      query,
    })) {
      yield {
        system: rowOf(row),
        texts: this.#searched.map(({ isList }, i) => {
          const text = row[`text${i}`];
          if (isList) return stringsOf(text);
          return typeof text === 'string' ? [text] : [];
        }),
      };
    }
  }

  #tables(): string[] {
    const rows = this.#haven.sqlite.prepare("SELECT name FROM pragma_table_list WHERE schema = 'main'");
    return Array.from(rows.all(), ({ name }) => String(name));
  }

  recordsOf(ids: readonly string[]): Map<string, JsonObject> {
    return this.#haven.recordsOf(ids);
  }

  /** Makes the temporary tables `facet_values` and `facet_orders` of some fields. */
  loadFacets(facets: readonly FacetField[]): void {
    const missing = facets.filter(({ field }) => !this.#facets.has(field));
    if (missing.length === 0) return;
    try {
      fillFacetTables(this.#haven.sqlite, this.whole(this.systems('', {})), missing);
    } catch (error) {
      throw sqliteError(this.#haven.path, error);
    }
    for (const { field } of missing) this.#facets.add(field);
  }

  count(table: string, where = 'true', parameters: Parameters = {}): number {
    const [row] = this.rows(`SELECT count(*) AS n FROM ${table} WHERE ${where}`, parameters);
    return row!['n'] as number;
  }

  /** Numbers of usable systems and of their planets, moons and stations. */
  counts(): Counts {
    const tables = this.#tables();
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

  /**
   * True if another connection has written since it was opened.
   * @throws CorruptError, NetworkError
   */
  get isOutdated(): boolean {
    return this.#haven.isOutdated;
  }

  /** Closes the database after the results that are being read. */
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

  /** Creates the view. SQL cannot find invalid strings: the whole database is read for them. */
  #makeView(): void {
    if (this.#hasView) return;
    const { sqlite, columns, rowId } = this.#haven;
    const searched = searchedColumns(sqlite, columns, this.#tables(), this.#fields);
    this.#searched = searched;
    // The table exists if an earlier read of the database failed.
    sqlite.exec('CREATE TEMP TABLE IF NOT EXISTS unfit (key PRIMARY KEY)');
    const insert = sqlite.prepare('INSERT OR IGNORE INTO unfit VALUES (?)');
    let isFit = '';
    for (const { row, id, refusal } of this.#haven.systems()) {
      if (!refusal) continue;
      insert.run(rowId ? row : id);
      isFit = `AND ${rowId ?? 'CAST(id AS TEXT)'} NOT IN (SELECT key FROM unfit)`;
      // Without row ids, an invalid id cannot be referred to.
      if (!rowId && this.#isUtf8) isFit += ' AND CAST(CAST(id AS TEXT) AS BLOB) = utf8(CAST(id AS TEXT))';
    }
    sqlite.exec(`CREATE TEMP VIEW usable AS ${usableSystems(columns, searched)} ${isFit}`);
    this.#hasView = true;
  }

  #withRecords<T extends SystemRow>(systems: readonly T[]): (T & SystemWithRecord)[] {
    const records = this.recordsOf(systems.map(({ id }) => id));
    return systems.map(system => {
      const record = records.get(system.id);
      if (record) return { ...system, record };
      throw sqliteError(
        this.#haven.path,
        damageError(`system ${system.id} is listed, but not found by its id`),
      );
    });
  }
}

function usableSystems(columns: readonly string[], searched: readonly SearchedColumn[]): string {
  const own = (field: string) => {
    const column = columns.find(name => fieldName(name) === field);
    return column === undefined ? 'NULL' : quoted(column);
  };
  const name = `coalesce(nullif(CAST(${own('name')} AS TEXT), ''), CAST(id AS TEXT))`;
  const texts = searched.map(({ sql }, i) => `, ${sql} AS text${i}`);
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

/** The strings of a JSON array of strings that SQLite made. */
function stringsOf(list: unknown): string[] {
  return typeof list === 'string' ? (JSON.parse(list) as string[]) : [];
}

export function rowOf({ id, name, x, y, z, region }: SqlRow): SystemRow {
  return { id, name, x, y, z, region } as unknown as SystemRow;
}
