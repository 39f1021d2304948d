/** Edits systems in an SQLite database of Haven's schema. */
import type { DatabaseSync } from 'node:sqlite';
import type { DatabaseFile } from '#client/providers/sqlite/database-file.ts';
import { HavenDatabase } from '#client/providers/sqlite/haven-database.ts';
import { loadSqlite } from '#client/providers/sqlite/node-sqlite.ts';
import { columnsOf, fieldName, quoted } from '#client/providers/sqlite/select.ts';
import { isObject, type JsonObject, type JsonValue } from '#format/json.ts';
import { normaliseRecord } from '#format/record/normalise.ts';
import type { System } from '#format/system.ts';
import { InputError } from '#pipeline/errors.ts';
import { writeError } from './sqlite-write-error.ts';
import type { CatalogueWriter, SystemEdit } from './system-edit.ts';

/** Time in milliseconds that a statement waits for other connections, in which nothing else can run. */
const PATIENCE = 50;

/** Fields of a system that are rows of other tables. */
const BODIES = ['planets', 'space_station', 'space_stations'];

/** Columns that link rows; they are not fields. */
const LINKS = ['id', 'system_id', 'planet_id'];

/** Condition for the rows of a system; ids may be numbers if the column has no type. */
const OF_SYSTEM = (column: string) =>
  `CAST(${column} AS TEXT) = :id AND ${column} IN (:id, CAST(:id AS INTEGER))`;

type Cell = string | number | null;

/**
 * A field becomes a column, and a column that the table lacks is added. After each edit the system is read back in the
 * same transaction: a value that the database cannot hold is an error, never altered; only -0 becomes 0, as in any
 * SQLite file.
 */
export class SqliteWriter implements CatalogueWriter {
  readonly #path: string;
  readonly #sqlite: DatabaseSync;

  /** @throws NotFoundError, NetworkError, CorruptError if it is not a database of this schema */
  constructor(path: string) {
    this.#path = path;
    new HavenDatabase(path).close();
    const { DatabaseSync } = loadSqlite();
    this.#sqlite = new DatabaseSync(path, { timeout: PATIENCE });
  }

  async write(edit: SystemEdit): Promise<void> {
    try {
      this.#sqlite.exec('BEGIN IMMEDIATE');
      try {
        this.#apply(edit);
        this.#sqlite.exec('COMMIT');
      } catch (error) {
        if (this.#sqlite.isTransaction) this.#sqlite.exec('ROLLBACK');
        throw error;
      }
    } catch (error) {
      throw writeError(this.#path, error);
    }
  }

  close(): void {
    this.#sqlite.close();
  }

  #apply(edit: SystemEdit): void {
    const { id } = edit;
    const record = this.#recordOf(id);
    const before = record && systemOf(record, id);
    const after = edit.apply(before);
    if (!after) {
      this.#deleteBodies(id, BODIES);
      this.#run(`DELETE FROM systems WHERE ${OF_SYSTEM('id')}`, { id });
      return;
    }
    const cells = cellsOf(after, !before);
    if (before) this.#update(id, cells, edit.fields);
    else {
      this.#insert('systems', cells, BODIES);
      this.#insertBodies(id, cells, BODIES);
    }
    const found = this.#recordOf(id);
    if (!edit.fields.includes('modified_at')) delete cells['modified_at'];
    const field = Object.keys(cells).find(key => !holds(cells[key]!, found?.[key]));
    if (field === undefined) return;
    const reason = 'a database of this schema cannot hold the value: give strings and numbers';
    throw new InputError(`${this.#path}: ${field} of system ${JSON.stringify(id)}: ${reason}`, {
      ...{ file: this.#path, field, reason },
    });
  }

  /** Sets the columns, and replaces the bodies, that an edit names. */
  #update(id: string, cells: JsonObject, fields: readonly string[]): void {
    const changed = fields.filter(key => Object.hasOwn(cells, key));
    const columns = changed.filter(key => !BODIES.includes(key));
    const sets = columns.map((key, i) => `${quoted(this.#column('systems', key))} = :v${i}`);
    const stamp = columnsOf(this.#sqlite, 'systems').find(name => fieldName(name) === 'modified_at');
    if (stamp !== undefined && !changed.includes('modified_at'))
      sets.push(`${quoted(stamp)} = CURRENT_TIMESTAMP`);
    if (sets.length > 0) {
      const values = columns.map((key, i) => [`v${i}`, this.#cell('systems', key, cells[key]!)]);
      this.#run(`UPDATE systems SET ${sets.join()} WHERE ${OF_SYSTEM('id')}`, {
        ...Object.fromEntries(values),
        id,
      });
    }
    const bodies = changed.filter(key => BODIES.includes(key));
    // Both fields of stations are rows of one table.
    const replaced = bodies.some(key => key !== 'planets')
      ? [...new Set([...bodies, 'space_station', 'space_stations'])]
      : bodies;
    this.#deleteBodies(id, replaced);
    this.#insertBodies(id, cells, replaced);
  }

  #insertBodies(id: string, record: JsonObject, names: readonly string[]): void {
    if (names.includes('planets')) {
      for (const planet of this.#bodies(record, 'planets')) {
        const row = this.#insert('planets', { ...planet, system_id: id }, ['moons']);
        for (const moon of this.#bodies(planet, 'moons')) this.#insert('moons', { ...moon, planet_id: row });
      }
    }
    for (const name of ['space_station', 'space_stations'])
      if (names.includes(name))
        for (const station of this.#bodies(record, name))
          this.#insert('space_stations', { ...station, system_id: id });
  }

  #deleteBodies(id: string, names: readonly string[]): void {
    const has = (table: string) => this.#hasTable(table);
    if (names.includes('planets') && has('planets')) {
      const planets = `SELECT id FROM planets WHERE ${OF_SYSTEM('system_id')}`;
      if (has('moons')) this.#run(`DELETE FROM moons WHERE planet_id IN (${planets})`, { id });
      this.#run(`DELETE FROM planets WHERE ${OF_SYSTEM('system_id')}`, { id });
    }
    if (names.some(name => name !== 'planets') && has('space_stations'))
      this.#run(`DELETE FROM space_stations WHERE ${OF_SYSTEM('system_id')}`, { id });
  }

  /** The objects of a field: an array, or one object. @throws InputError for other values */
  #bodies(record: JsonObject, field: string): JsonObject[] {
    const value = record[field] ?? [];
    const bodies = Array.isArray(value) ? value : [value];
    if (!bodies.every(isObject)) throw this.#refuse(field, 'expected objects');
    const link = LINKS.find(name => bodies.some(body => Object.hasOwn(body, name)));
    if (link === undefined) return bodies;
    throw this.#refuse(`${field}.${link}`, 'the column links rows of the database: leave the field out');
  }

  /** Inserts a row; returns its row id. Columns without a value get the defaults of the schema. */
  #insert(table: string, record: JsonObject, others: readonly string[] = []): number {
    if (!this.#hasTable(table)) throw this.#refuse(table, `the database has no table "${table}"`);
    const keys = Object.keys(record).filter(key => !others.includes(key) && record[key] !== null);
    const names = keys.map(key => quoted(this.#column(table, key)));
    const values = keys.map(key => this.#cell(table, key, record[key]!));
    const sql = `INSERT INTO ${table} (${names.join()}) VALUES (${names.map(() => '?').join()})`;
    return Number(this.#sqlite.prepare(sql).run(...values).lastInsertRowid);
  }

  /** The column of a field, which is added if the table lacks it. */
  #column(table: string, field: string): string {
    const name = columnsOf(this.#sqlite, table).find(column => column.toLowerCase() === field.toLowerCase());
    if (name === undefined) this.#sqlite.exec(`ALTER TABLE ${table} ADD COLUMN ${quoted(field)}`);
    return name ?? field;
  }

  #cell(table: string, field: string, value: JsonValue): Cell {
    if (value === null || typeof value === 'string') return value;
    // SQL knows no -0.
    if (typeof value === 'number') return value + 0;
    throw this.#refuse(
      table === 'systems' ? field : `${table}.${field}`,
      `a database holds strings and numbers, found ${JSON.stringify(value).slice(0, 60).toWellFormed()}`,
    );
  }

  #refuse(field: string, reason: string): InputError {
    return new InputError(`${this.#path}: ${field}: ${reason}`, { file: this.#path, field, reason });
  }

  #run(sql: string, parameters: Record<string, Cell>): void {
    this.#sqlite.prepare(sql).run(parameters);
  }

  #hasTable(name: string): boolean {
    return (
      this.#sqlite.prepare("SELECT 1 FROM pragma_table_list(?) WHERE schema = 'main'").get(name) !== undefined
    );
  }

  /** The record of a system as this transaction sees it. */
  #recordOf(id: string): JsonObject | undefined {
    const never = () => false;
    const file: DatabaseFile = {
      sqlite: this.#sqlite,
      // The values may have any size.
      bytes: Number.POSITIVE_INFINITY,
      isOutdated: never,
      isTorn: never,
      close: () => {},
    };
    return new HavenDatabase(this.#path, file).recordsOf([id]).get(id);
  }
}

/**
 * The fields of a system as its rows have them: name and region are strings.
 * @param isNew the columns id, name and region must have a value
 */
function cellsOf({ id, name, region, fields }: System, isNew: boolean): JsonObject {
  const { id: _, ...cells } = fields;
  const has = (field: string) => isNew || (fields[field] ?? null) !== null;
  return {
    ...(isNew && { id }),
    ...cells,
    ...(has('name') && { name }),
    ...(has('region') && { region }),
  };
}

function systemOf(record: JsonObject, id: string): System | undefined {
  const outcome = normaliseRecord(record, {}, { sha256: () => '', digits: () => id });
  return outcome.kind === 'system' ? outcome.system : undefined;
}

/** Whether a stored value has all of another one; the database has no null, no empty array, and defaults of its own. */
function holds(value: JsonValue, found: JsonValue | undefined): boolean {
  if (value === null || (Array.isArray(value) && value.length === 0)) return found === undefined;
  if (Array.isArray(value)) {
    return (
      Array.isArray(found) && found.length === value.length && value.every((item, i) => holds(item, found[i]))
    );
  }
  if (!isObject(value)) return value === found;
  return isObject(found) && Object.keys(value).every(key => holds(value[key]!, found[key]));
}
