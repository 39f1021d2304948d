/**
 * Reads Haven's SQLite database: the tables `systems`, `planets`, `moons` and `space_stations`, in any version of its
 * schema. A system becomes the record that Haven's JSON would have:
 *
 * - each column, known or not, is a field; NULL is an absent field, a BLOB is base64;
 * - `planets` has the planets of the system, and `moons` those of each planet, in order of row id; absent if there
 *   are none;
 * - `space_station` is the first station of the system; any others are in the array `space_stations`;
 * - columns that only link rows are left out: `id` of planets, moons and stations, `system_id`, `planet_id`;
 * - names of known columns (`id`, `name`, `x`, `materials` and so on) are in lower case.
 *
 * A string that is invalid in the database's encoding makes its system a refusal: SQLite keeps any bytes, and
 * decoding would replace them.
 */
import type { DatabaseSync } from 'node:sqlite';
import { CorruptError, NetworkError } from '#client/errors.ts';
import type { JsonObject } from '#format/json.ts';
import { MAX_RECORD_BYTES, type Rejection } from '#format/record/limits.ts';
import { type DatabaseFile, openDatabase } from './database-file.ts';
import { clashingColumn, type KnownTable, strayReason, TIES } from './known-tables.ts';
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

/** A system of a database: its record, or the reason for its refusal. */
export interface HavenSystem {
  /** Row id; in a table without row ids, the number of the row, from 1. */
  readonly row: number | bigint;
  /** The id as a string, with digits that the float64 of the record may lack. */
  readonly id: string;
  readonly record: JsonObject;
  readonly refusal?: Rejection;
}

/** Rows without their parent. */
export interface Stray {
  readonly reason: string;
  readonly record?: JsonObject;
}

/** SQL for the wanted ids; the parameter is the result of `listOf`. */
const WANTED = '(SELECT value FROM json_each(?))';

/**
 * Maximum number of systems, and approximate bytes of JSON, for which planets, moons and stations are read together.
 */
const BATCH_ROWS = 256;
const BATCH_BYTES = 1 << 24;
const TOO_LARGE = `it has more than ${MAX_RECORD_BYTES / 2 ** 20} MiB with its planets, moons and stations: split it`;

export class HavenDatabase {
  readonly path: string;
  /** The read-only connection, for other queries. */
  readonly sqlite: DatabaseSync;
  /** Columns of the table `systems`, in their original spelling. */
  readonly columns: readonly string[];
  /** Name of the row ids of the table `systems`, if it has them. */
  readonly rowId: string | undefined;
  readonly #file: DatabaseFile;
  readonly #version: number;
  readonly #planets: NestedTable | undefined;
  readonly #moons: NestedTable | undefined;
  readonly #stations: NestedTable | undefined;

  /**
   * @param file the connection; a new read-only one by default
   * @throws NotFoundError if the file cannot be opened, NetworkError if it cannot be read at this time, CorruptError
   *   if it is not a database with this schema
   */
  constructor(path: string, file: DatabaseFile = openDatabase(path)) {
    this.path = path;
    this.#file = file;
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
      this.#checkFields();
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

  /**
   * True if others have changed the database after it was opened.
   * @throws CorruptError, NetworkError
   */
  get isOutdated(): boolean {
    try {
      return this.#file.isOutdated() || this.#dataVersion() !== this.#version;
    } catch (error) {
      throw sqliteError(this.path, error);
    }
  }

  /**
   * All systems, in order of row id.
   * @param form converts numbers to JSON values; by default to the nearest float64
   * @throws CorruptError, NetworkError
   */
  *systems(form: NumberForm = Number): Generator<HavenSystem, void, void> {
    yield* this.#systems(this.#select('systems'), form);
  }

  /**
   * Planets, moons and stations whose system or planet does not exist, as records of their own: `{id, planets,
   * space_station}` and `{moons}`. They are not systems, but can be counted and shown.
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
        const reason = strayReason(
          tables.join(' and ') || 'planets or space_stations',
          'system_id',
          record['id'],
        );
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

  /**
   * The records of some systems, by id; without refused systems.
   * @throws CorruptError, NetworkError
   */
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
   * Checks, after reading, that all rows came from one state of the database.
   * @throws NetworkError
   */
  checkState(): void {
    if (this.#file.isTorn())
      throw new NetworkError(
        `${this.path} was changed while it was read: try again, when no process writes to it`,
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

  #nested(name: KnownTable, parent: string, where: string): NestedTable | undefined {
    const field = name === 'space_stations' ? 'space_station' : 'planets';
    return this.#kindOf(name) && { name, parent, field, select: this.#select(name, where) };
  }

  #select(name: KnownTable, where = 'true'): Select {
    return this.#selectFrom({ from: name, where, ties: TIES[name] });
  }

  #selectFrom(options: Omit<SelectOptions, 'hasRowIds' | 'mayBeLarge'>): Select {
    try {
      // A view has no row ids, nor has a table WITHOUT ROWID, which is ordered by its key.
      const hasRowIds = Boolean(this.#kindOf(options.from)?.rowid);
      return new Select(this.sqlite, {
        ...options,
        hasRowIds,
        mayBeLarge: this.#file.bytes > MAX_RECORD_BYTES,
      });
    } catch (error) {
      throw sqliteError(this.path, error);
    }
  }

  /** @throws CorruptError for a name of a column that is invalid in the database's encoding */
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

  /** @throws CorruptError for a column with the name of a field for the rows of another table */
  #checkFields(): void {
    const clash = clashingColumn(table => (this.#kindOf(table) ? columnsOf(this.sqlite, table) : undefined));
    if (clash)
      throw new CorruptError(`${this.path}: ${clash.problem}: rename the column`, {
        file: this.path,
        field: clash.field,
      });
  }

  /** Systems with their planets, moons and stations, read in batches. */
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
      // A row without an id has no planets and stations.
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

/**
 * Ids as a JSON array. In a column without a type, a number never equals a string: integer ids are in the array in
 * both forms.
 */
function listOf(ids: readonly string[]): string {
  const values = ids.flatMap(id => [JSON.stringify(id), ...(/^(0|-?[1-9]\d*)$/.test(id) ? [id] : [])]);
  return `[${values.join()}]`;
}

/** SQL condition for a row without its parent. */
function strays(key: string, table: KnownTable, parent: KnownTable): string {
  return `NOT EXISTS (SELECT 1 FROM ${parent} WHERE ${parent}.id = ${table}.${key})`;
}
