/**
 * Reads a catalogue that Haven keeps in SQLite: the tables `systems`, `planets`, `moons` and `space_stations`, in any
 * generation of its schema. A system becomes the record that Haven's JSON would have:
 *
 * - each column is a field of its name, whatever columns there are; NULL is no field, a BLOB its bytes in base64;
 * - `planets` are those of the system, and `moons` those of each planet, by row id; where there are none, no field;
 * - `space_station` is the system's first; any others are the list `space_stations`;
 * - columns that only tie rows together are left out: `id` of planets, moons and stations, `system_id`, `planet_id`;
 * - the names of columns that have a meaning (`id`, `name`, `x`, `materials` and so on) are in lower case.
 *
 * A text that is not valid in the database's encoding makes its whole system a refusal: SQLite keeps any bytes, and
 * decoding would replace them.
 */
import type { DatabaseSync } from 'node:sqlite';
import { CorruptError, NetworkError } from '#client/errors.ts';
import type { JsonObject, JsonValue } from '#format/json.ts';
import { MAX_RECORD_BYTES, type Rejection } from '#format/record/limits.ts';
import { type DatabaseFile, openDatabase } from './database-file.ts';
import { type Batch, type NestedTable, nestedRows, refusalOf } from './nested-rows.ts';
import { sqliteError } from './node-sqlite.ts';
import {
  columnsOf,
  isWellFormed,
  type NumberForm,
  Select,
  type SelectOptions,
  type TableRow,
} from './select.ts';

/** Tables of the schema, with the columns that only tie rows together. */
const TIES = {
  systems: [],
  planets: ['id', 'system_id'],
  moons: ['id', 'planet_id'],
  space_stations: ['id', 'system_id'],
} as const;
type TableName = keyof typeof TIES;

/** A system of a database: its record, or why it cannot be one. */
export interface HavenSystem {
  /** Row id, or where its table has none how many come before it, and 1. */
  readonly row: number | bigint;
  /** Text of the id, with digits that the record's float64 may lack. */
  readonly id: string;
  readonly record: JsonObject;
  readonly refusal?: Rejection;
}

/** Rows whose parent is not there. */
export interface Stray {
  readonly reason: string;
  readonly record?: JsonObject;
}

/** The ids asked for; the parameter is what `listOf` makes of them. */
const WANTED = '(SELECT value FROM json_each(?))';

/** Systems whose planets, moons and stations are read together, and about how many bytes of JSON. */
const BATCH_ROWS = 256;
const BATCH_BYTES = 1 << 24;
const TOO_LARGE = `it has more than ${MAX_RECORD_BYTES / 2 ** 20} MiB with its planets, moons and stations: split it`;

export class HavenDatabase {
  readonly path: string;
  /** The connection, read-only, for any other question. */
  readonly sqlite: DatabaseSync;
  /** Columns of the table `systems` as they are written. */
  readonly columns: readonly string[];
  /** Name of the row ids of the table `systems`, where it has them. */
  readonly rowId: string | undefined;
  readonly #file: DatabaseFile;
  readonly #version: number;
  readonly #planets: NestedTable | undefined;
  readonly #moons: NestedTable | undefined;
  readonly #stations: NestedTable | undefined;

  /**
   * @throws NotFoundError where the file cannot be opened, NetworkError where it cannot be read now, CorruptError
   *   where it is no database, or none of this schema
   */
  constructor(path: string) {
    this.path = path;
    this.#file = openDatabase(path);
    this.sqlite = this.#file.sqlite;
    try {
      this.#version = this.#dataVersion();
      if (!this.#kindOf('systems')) {
        throw new CorruptError(
          `${path} is an SQLite database without the table "systems": expected Haven's schema`,
          { file: path, expected: 'systems' },
        );
      }
      this.#checkNames();
      this.columns = columnsOf(this.sqlite, 'systems');
      const systems = this.#select('systems');
      if (!systems.columns.includes('id'))
        throw new CorruptError(`${path}: the table "systems" has no column "id"`, {
          file: path,
          expected: 'id',
        });
      this.rowId = systems.rowId;
      this.#planets = this.#nested('planets', 'system_id', `system_id IN ${WANTED}`);
      this.#moons =
        this.#planets &&
        this.#nested(
          'moons',
          'planet_id',
          `planet_id IN (SELECT id FROM planets WHERE system_id IN ${WANTED})`,
        );
      this.#stations = this.#nested('space_stations', 'system_id', `system_id IN ${WANTED}`);
    } catch (error) {
      this.close();
      throw sqliteError(path, error);
    }
  }

  /** True where others have written since it was opened. @throws CorruptError, NetworkError */
  get isOutdated(): boolean {
    try {
      return this.#file.isOutdated() || this.#dataVersion() !== this.#version;
    } catch (error) {
      throw sqliteError(this.path, error);
    }
  }

  /**
   * All systems by row id.
   * @param form makes JSON values of numbers; by default the nearest float64
   * @throws CorruptError, NetworkError
   */
  *systems(form: NumberForm = Number): Generator<HavenSystem, void, void> {
    yield* this.#systems(this.#select('systems'), form);
  }

  /**
   * Planets, moons and stations of systems and planets that are not there, as records that have nothing else:
   * `{id, planets, space_station}` and `{moons}`. They are no systems, but can be counted and shown.
   * @throws CorruptError, NetworkError
   */
  *strays(): Generator<Stray, void, void> {
    const systems = (['planets', 'space_stations'] as const)
      .filter(name => this.#kindOf(name))
      .map(name => `SELECT system_id AS id FROM ${name} WHERE ${strays('system_id', name, 'systems')}`);
    if (systems.length > 0) {
      const lost = this.#selectFrom({ from: `(${systems.join(' UNION ')})` });
      for (const { record, refusal } of this.#systems(lost, Number)) {
        const tables = [
          ...('planets' in record ? ['planets'] : []),
          ...('space_station' in record ? ['space_stations'] : []),
        ];
        const reason = strayReason(tables.join(' and '), 'system_id', record['id']);
        yield refusal ? { reason: `${reason}; ${refusal.reason}` } : { record, reason };
      }
    }
    if (!this.#kindOf('moons')) return;
    const where = this.#planets && strays('planet_id', 'moons', 'planets');
    const lost = this.#selectFrom({ from: 'moons', ...(where && { where }) });
    try {
      for (const row of lost.rows()) {
        const moon = lost.object(row, Number);
        const reason = strayReason('moons', 'planet_id', moon['planet_id']);
        yield row.flaw
          ? { reason: `${reason}; ${refusalOf('moons', row, row.flaw).reason}` }
          : { record: { moons: [moon] }, reason };
      }
    } catch (error) {
      throw sqliteError(this.path, error);
    }
  }

  /** The records of some systems, by id; without those that have a refusal. @throws CorruptError, NetworkError */
  recordsOf(ids: readonly string[]): Map<string, JsonObject> {
    const records = new Map<string, JsonObject>();
    for (const { id, record, refusal } of this.#systems(
      this.#select('systems', `id IN ${WANTED}`),
      Number,
      listOf(ids),
    ))
      if (!refusal) records.set(id, record);
    return records;
  }

  /**
   * Checks, at the end of reading, that all was of one state of the database.
   * @throws NetworkError
   */
  checkState(): void {
    if (this.#file.isTorn())
      throw new NetworkError(
        `${this.path} was changed while it was read: try again, when nobody writes to it`,
        { file: this.path, reason: 'it was changed while it was read' },
      );
  }

  close(): void {
    this.#file.close();
  }

  #dataVersion(): number {
    return this.sqlite.prepare('PRAGMA data_version').get()!['data_version'] as number;
  }

  #kindOf(name: string): { rowid: number } | undefined {
    const kind = "SELECT type = 'table' AND NOT wr AS rowid FROM pragma_table_list(?)";
    return this.sqlite.prepare(kind).get(name) as { rowid: number } | undefined;
  }

  #nested(name: TableName, parent: string, where: string): NestedTable | undefined {
    const field = name === 'space_stations' ? 'space_station' : 'planets';
    return this.#kindOf(name) && { name, parent, field, select: this.#select(name, where) };
  }

  #select(name: TableName, where = 'true'): Select {
    return this.#selectFrom({ from: name, where, ties: TIES[name] });
  }

  #selectFrom(options: Omit<SelectOptions, 'hasRowIds' | 'mayBeLarge'>): Select {
    // A view has no row ids, nor has a table WITHOUT ROWID, which is in the order of its key.
    const hasRowIds = Boolean(this.#kindOf(options.from)?.rowid);
    return new Select(this.sqlite, {
      ...options,
      hasRowIds,
      mayBeLarge: this.#file.bytes > MAX_RECORD_BYTES,
    });
  }

  /** @throws CorruptError for the name of a column that is not valid in the database's encoding */
  #checkNames(): void {
    const encoding = String(this.sqlite.prepare('PRAGMA encoding').get()!['encoding']);
    for (const table of Object.keys(TIES)) {
      const names = this.sqlite
        .prepare('SELECT name, CAST(name AS BLOB) AS bytes FROM pragma_table_info(?)')
        .all(table);
      for (const { name, bytes } of names) {
        if (isWellFormed(Buffer.from(bytes as Uint8Array), encoding)) continue;
        throw new CorruptError(
          `${this.path}: table ${table}: the name of the column ${JSON.stringify(name)} is not valid UTF-8: rename it`,
          { file: this.path, field: String(name) },
        );
      }
    }
  }

  /** Systems with what belongs to them, read in batches. */
  *#systems(systems: Select, form: NumberForm, ...wanted: string[]): Generator<HavenSystem> {
    try {
      let rows: TableRow[] = [];
      let size = 0;
      for (const row of systems.rows(...wanted)) {
        size += row.size;
        if (rows.push(row) < BATCH_ROWS && size < BATCH_BYTES) continue;
        yield* this.#withNested(systems, rows, form);
        rows = [];
        size = 0;
      }
      yield* this.#withNested(systems, rows, form);
    } catch (error) {
      throw sqliteError(this.path, error);
    }
  }

  /** Some systems, each with its planets, moons and stations. */
  *#withNested(systems: Select, rows: readonly TableRow[], form: NumberForm): Generator<HavenSystem> {
    const ids = rows.map(row => systems.cell(row, 'id'));
    const size = rows.reduce((sum, row) => sum + row.size, 0);
    const limit = rows.length > 1 ? size + BATCH_BYTES : MAX_RECORD_BYTES;
    const batch: Batch = { ids: listOf(ids.filter(id => id !== null).map(String)), form, size, limit };
    const moons = nestedRows(this.#moons, batch);
    const planets = nestedRows(this.#planets, batch, (planet, id) => {
      const own = moons.get(id);
      if (own) planet['moons'] = own.records;
      return own?.refusal;
    });
    const stations = nestedRows(this.#stations, batch);
    const isTooLarge = batch.size > limit;
    if (isTooLarge && rows.length > 1) {
      const middle = rows.length >> 1;
      yield* this.#withNested(systems, rows.slice(0, middle), form);
      yield* this.#withNested(systems, rows.slice(middle), form);
      return;
    }
    for (const [i, row] of rows.entries()) {
      const record = systems.object(row, form);
      const id = String(ids[i]);
      // A row without an id has nothing that belongs to it.
      const own = ids[i] === null ? undefined : planets.get(id);
      const above = ids[i] === null ? undefined : stations.get(id);
      const [station, ...others] = above?.records ?? [];
      if (own) record['planets'] = own.records;
      if (station) record['space_station'] = station;
      if (others.length > 0) record['space_stations'] = others;
      const refusal = row.flaw
        ? refusalOf('systems', row, row.flaw)
        : isTooLarge
          ? { reason: TOO_LARGE }
          : (own?.refusal ?? above?.refusal);
      yield { row: row.number, id, record, ...(refusal && { refusal }) };
    }
  }
}

/** Ids as a JSON list: in a column without a type a number equals no text, so those that read as one are there as both. */
function listOf(ids: readonly string[]): string {
  const values = ids.flatMap(id => [JSON.stringify(id), ...(/^(0|-?[1-9]\d*)$/.test(id) ? [id] : [])]);
  return `[${values.join()}]`;
}

/** What is true of a row whose parent is not there. */
function strays(key: string, table: TableName, parent: TableName): string {
  return `NOT EXISTS (SELECT 1 FROM ${parent} WHERE ${parent}.id = ${table}.${key})`;
}

function strayReason(tables: string, key: string, parent: JsonValue | undefined): string {
  if (parent === undefined) return `${tables || 'planets or space_stations'} without a ${key}`;
  return `${tables} of ${key} ${JSON.stringify(parent)}, which is not there`;
}
