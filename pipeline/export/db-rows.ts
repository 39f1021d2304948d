/**
 * Makes rows of Haven's schema of systems. What a column holds of a field:
 *
 * - TEXT: a text as it is, anything else as its JSON text;
 * - REAL: a number (-0 becomes 0), nothing else;
 * - TIMESTAMP: a text or number as it is, but a text that reads as a number as that number, for SQLite makes it one;
 *   anything else as its JSON text;
 *
 * and NULL where the field is absent or null: no default applies. `id`, `name` and `region` of systems are the texts
 * that queries go by. A planet, moon or station that is a text is a row of that name. Anything else has no place.
 */
import { isObject, type JsonObject, type JsonValue } from '../../client/format/json.ts';
import { jsonText } from '../../client/format/json-text.ts';
import type { SystemRecord } from '../../client/index.ts';
import { type Column, fieldColumns, type TableName } from './schema.ts';
import { type Cell, HavenTables } from './tables.ts';

/** What of a set a database does not hold as it came; values are counted by field, as `planets.mass`. */
export interface DatabaseLosses {
  /** Values without a place. */
  readonly leftOut: ReadonlyMap<string, number>;
  /** Values that are there in another type. */
  readonly rewritten: ReadonlyMap<string, number>;
  /** Constraints that the systems do not keep, and the tables therefore lack, as `systems.name UNIQUE`. */
  readonly relaxed: readonly string[];
}

/** Columns of each table, and its fields that have a column or become rows of other tables. */
const COLUMNS = {
  systems: known('systems', 'planets', 'space_station', 'space_stations'),
  planets: known('planets', 'moons'),
  moons: known('moons'),
  space_stations: known('space_stations'),
};

function known(table: TableName, ...bodies: string[]) {
  const columns = fieldColumns(table);
  return { columns, fields: new Set([...columns.map(({ name }) => name), ...bodies]) };
}

/** Texts that a column which prefers numbers takes for one. */
const NUMERIC = /^[ \t-\r]*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?[ \t-\r]*$/i;

/** Fields that are counted by name: a set of ever more fields takes no more memory. */
const MOST_FIELDS = 1000;

/** Writes systems into a new database, and counts what its rows do not hold. */
export class DatabaseRows {
  readonly #leftOut = new Map<string, number>();
  readonly #rewritten = new Map<string, number>();
  readonly #tables: HavenTables;

  /** @param file path where no file is yet */
  constructor(file: string) {
    this.#tables = new HavenTables(file);
  }

  /** @throws CorruptError for an id that another system has, errors of SQLite */
  addSystem({ id, name, region, record }: SystemRecord): void {
    const texts = { id, name, region };
    for (const [key, text] of Object.entries(texts)) {
      const own = record![key] ?? null;
      if (own !== null && own !== text) count(this.#rewritten, `systems.${key}`);
    }
    this.#insert('systems', { ...record, ...texts }, []);
    const { planets, space_station: station, space_stations: stations } = record!;
    this.#addAll('planets', 'systems.planets', planets, id);
    this.#addAll('space_stations', 'systems.space_station', station === undefined ? [] : [station], id);
    this.#addAll('space_stations', 'systems.space_stations', stations, id);
  }

  /** Completes the database. */
  finish(): DatabaseLosses {
    this.#tables.finish();
    this.#tables.close();
    return { leftOut: this.#leftOut, rewritten: this.#rewritten, relaxed: this.#tables.relaxed };
  }

  close(): void {
    this.#tables.close();
  }

  /** A row for each body of a list, as the record has it. */
  #addAll(table: TableName, field: string, bodies: JsonValue | undefined, parent: Cell): void {
    if (bodies === undefined || bodies === null) return;
    if (!Array.isArray(bodies)) {
      count(this.#leftOut, field);
      return;
    }
    for (const body of bodies) {
      if (body === null) continue;
      if (typeof body === 'string') count(this.#rewritten, field);
      const fields = typeof body === 'string' ? { name: body } : body;
      if (!isObject(fields)) {
        count(this.#leftOut, field);
        continue;
      }
      const row = this.#insert(table, fields, [parent]);
      if (table === 'planets') this.#addAll('moons', 'planets.moons', fields['moons'], row);
    }
  }

  #insert(table: TableName, fields: JsonObject, cells: Cell[]): number {
    const { columns, fields: places } = COLUMNS[table];
    for (const { name, type } of columns) cells.push(this.#cell(`${table}.${name}`, type, fields[name]));
    for (const key of Object.keys(fields)) {
      if (!places.has(key) && fields[key] !== null) count(this.#leftOut, `${table}.${key}`);
    }
    return this.#tables.insert(table, cells);
  }

  #cell(field: string, type: Column['type'], value: JsonValue | undefined): Cell {
    if (value === undefined || value === null) return null;
    if (type === 'REAL' && typeof value !== 'number') {
      count(this.#leftOut, field);
      return null;
    }
    const isNumber = typeof value === 'number' && type !== 'TEXT';
    const isKept = isNumber
      ? !Object.is(value, -0)
      : typeof value === 'string' && !(type === 'TIMESTAMP' && NUMERIC.test(value));
    if (!isKept) count(this.#rewritten, field);
    return isNumber || typeof value === 'string' ? value : jsonText(value);
  }
}

function count(counts: Map<string, number>, field: string): void {
  const key = counts.has(field) || counts.size < MOST_FIELDS ? field : 'other fields';
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
