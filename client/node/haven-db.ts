/**
 * Reads a catalogue that Haven keeps in SQLite: the tables `systems`, `planets`, `moons` and `space_stations`, in any
 * generation of its schema. A system becomes the record that Haven's JSON would have:
 *
 * - each column is a field of its name, whatever columns there are; NULL is no field, a BLOB its bytes in base64;
 * - `planets` are those of the system, and `moons` those of each planet, by row id; where there are none, no field;
 * - `space_station` is the system's first; any others are the list `space_stations`;
 * - columns that only tie rows together are left out: `id` of planets, moons and stations, `system_id`, `planet_id`.
 */
import type { DatabaseSync } from 'node:sqlite';
import { CorruptError } from '../errors.ts';
import type { JsonObject, JsonValue } from '../format/json.ts';
import { exactNumber, type NumberForm, type Row, Select } from './select.ts';
import { openDatabase, sqliteError } from './sqlite.ts';

/** Tables of the schema, with the columns that only tie rows together. */
const TIES = {
  systems: [],
  planets: ['id', 'system_id'],
  moons: ['id', 'planet_id'],
  space_stations: ['id', 'system_id'],
} as const;
type TableName = keyof typeof TIES;

/** Rows whose parent is not there. */
export interface Stray {
  readonly reason: string;
  readonly record: JsonObject;
}

/** The ids asked for; the parameter is what `listOf` makes of them. */
const WANTED = '(SELECT value FROM json_each(?))';

/** Systems whose planets, moons and stations are read together. */
const BATCH = 256;

export class HavenDatabase {
  readonly path: string;
  /** The connection, read-only, for any other question. */
  readonly sqlite: DatabaseSync;
  /** Columns of the table `systems`. */
  readonly columns: readonly string[];
  readonly #planets: Select | undefined;
  readonly #moons: Select | undefined;
  readonly #stations: Select | undefined;

  /**
   * @throws NotFoundError where the file cannot be opened, NetworkError where it cannot be read now, CorruptError
   *   where it is no database, or none of this schema
   */
  constructor(path: string) {
    this.path = path;
    this.sqlite = openDatabase(path);
    try {
      if (!this.#kindOf('systems')) {
        throw new CorruptError(
          `${path} is an SQLite database without the table "systems": expected Haven's schema`,
        );
      }
      this.columns = this.#select('systems').columns;
      if (!this.columns.includes('id'))
        throw new CorruptError(`${path}: the table "systems" has no column "id"`);
      this.#planets = this.#children('planets', `system_id IN ${WANTED}`);
      this.#moons =
        this.#planets &&
        this.#children('moons', `planet_id IN (SELECT id FROM planets WHERE system_id IN ${WANTED})`);
      this.#stations = this.#children('space_stations', `system_id IN ${WANTED}`);
    } catch (error) {
      this.close();
      throw sqliteError(path, error);
    }
  }

  /** All systems by row id; integers beyond 2^53 become the nearest float64. @throws CorruptError, NetworkError */
  *records(): Generator<JsonObject, void, void> {
    for (const [, record] of this.#records(this.#select('systems'), Number)) yield record;
  }

  /**
   * All systems by row id as JSON texts: integers with all their digits, -0 as it is, 1e999 for infinity.
   * @throws CorruptError, NetworkError
   */
  *texts(): Generator<string, void, void> {
    for (const [, record] of this.#records(this.#select('systems'), exactNumber)) {
      yield JSON.stringify(record);
    }
  }

  /**
   * Planets, moons and stations of systems and planets that are not there, as records that have nothing else:
   * `{id, planets, space_station}` and `{moons}`. They are no systems, but can be counted and shown.
   * @throws CorruptError, NetworkError
   */
  *strays(): Generator<Stray, void, void> {
    const systems = (['planets', 'space_stations'] as const)
      .filter(name => this.#kindOf(name))
      .map(name => `SELECT system_id AS id ${strays(name, 'system_id', 'systems')}`);
    if (systems.length > 0) {
      const lost = new Select(this.sqlite, systems.join(' UNION '));
      for (const [, record] of this.#records(lost, Number)) {
        const tables = [
          ...('planets' in record ? ['planets'] : []),
          ...('space_station' in record ? ['space_stations'] : []),
        ];
        yield { record, reason: strayReason(tables.join(' and '), 'system_id', record['id']) };
      }
    }
    if (!this.#kindOf('moons')) return;
    const moons = this.#planets ? strays('moons', 'planet_id', 'planets') : 'FROM moons';
    const lost = new Select(this.sqlite, `SELECT * ${moons}`);
    try {
      for (const row of lost.rows()) {
        const moon = lost.object(row, Number);
        yield { record: { moons: [moon] }, reason: strayReason('moons', 'planet_id', moon['planet_id']) };
      }
    } catch (error) {
      throw sqliteError(this.path, error);
    }
  }

  /** The systems of some ids, by id. @throws CorruptError, NetworkError */
  recordsOf(ids: readonly string[]): Map<string, JsonObject> {
    const systems = this.#select('systems', `id IN ${WANTED}`);
    return new Map(this.#records(systems, Number, listOf(ids)));
  }

  close(): void {
    this.sqlite.close();
  }

  #kindOf(name: TableName): { rowid: number } | undefined {
    const kind = `SELECT type = 'table' AND NOT wr AS rowid FROM pragma_table_list('${name}')`;
    return this.sqlite.prepare(kind).get() as { rowid: number } | undefined;
  }

  #children(name: TableName, where: string): Select | undefined {
    return this.#kindOf(name) && this.#select(name, where);
  }

  #select(name: TableName, where = 'true'): Select {
    // A view has no row ids, nor has a table WITHOUT ROWID, which is in the order of its key.
    const order = this.#kindOf(name)?.rowid ? 'ORDER BY rowid' : '';
    return new Select(this.sqlite, `SELECT * FROM ${name} WHERE ${where} ${order}`, TIES[name]);
  }

  /** Systems by the texts of their ids, which have digits that a record's float64 may lack. */
  *#records(systems: Select, form: NumberForm, ...wanted: string[]): Generator<[string, JsonObject]> {
    try {
      let batch: Row[] = [];
      for (const row of systems.rows(...wanted)) {
        if (batch.push(row) < BATCH) continue;
        yield* this.#whole(systems, batch, form);
        batch = [];
      }
      yield* this.#whole(systems, batch, form);
    } catch (error) {
      throw sqliteError(this.path, error);
    }
  }

  /** Some systems, each with its planets, moons and stations. */
  #whole(systems: Select, rows: readonly Row[], form: NumberForm): [string, JsonObject][] {
    const ids = rows.map(row => systems.cell(row, 'id'));
    const wanted = listOf(ids.filter(id => id !== null).map(String));
    const moons = grouped(this.#moons, 'planet_id', wanted, form);
    const planets = grouped(this.#planets, 'system_id', wanted, form, (planet, id) => {
      const own = moons.get(id);
      if (own) planet['moons'] = own;
    });
    const stations = grouped(this.#stations, 'system_id', wanted, form);
    return rows.map((row, i) => {
      const record = systems.object(row, form);
      const own = ids[i] === null ? undefined : planets.get(String(ids[i]));
      const [station, ...others] = (ids[i] !== null && stations.get(String(ids[i]))) || [];
      if (own) record['planets'] = own;
      if (station) record['space_station'] = station;
      if (others.length > 0) record['space_stations'] = others;
      return [String(ids[i]), record];
    });
  }
}

/** Ids as a JSON list: in a column without a type a number equals no text, so those that read as one are there as both. */
function listOf(ids: readonly string[]): string {
  const values = ids.flatMap(id => [JSON.stringify(id), ...(/^(0|-?[1-9]\d*)$/.test(id) ? [id] : [])]);
  return `[${values.join()}]`;
}

/** Rows whose parent is not there. */
function strays(table: TableName, key: string, parent: TableName): string {
  return `FROM ${table} WHERE NOT EXISTS (SELECT 1 FROM ${parent} WHERE ${parent}.id = ${table}.${key})`;
}

function strayReason(tables: string, key: string, parent: JsonValue | undefined): string {
  if (parent === undefined) return `${tables || 'planets or space_stations'} without a ${key}`;
  return `${tables} of ${key} ${JSON.stringify(parent)}, which is not there`;
}

/** The rows of a table that some systems have, by what they belong to. */
function grouped(
  table: Select | undefined,
  parent: string,
  wanted: string,
  form: NumberForm,
  extend?: (fields: JsonObject, id: string) => void,
): Map<string, JsonObject[]> {
  const groups = new Map<string, JsonObject[]>();
  if (!table) return groups;
  for (const row of table.rows(wanted)) {
    const fields = table.object(row, form);
    extend?.(fields, String(table.cell(row, 'id')));
    const key = String(table.cell(row, parent));
    const group = groups.get(key);
    if (group) group.push(fields);
    else groups.set(key, [fields]);
  }
  return groups;
}
