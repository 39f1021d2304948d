/**
 * Converts systems to rows of Haven's schema. The type of a column decides which values it takes:
 *
 * - TEXT: a string unchanged, any other value as JSON;
 * - REAL: a number (-0 becomes 0), no other value;
 * - TIMESTAMP: a string or number unchanged, but a numeric string as a number, because SQLite converts it; any other
 *   value as JSON.
 *
 * It is NULL if the field is absent or null: no default applies. `id`, `name` and `region` of systems are the
 * normalised strings. A planet, moon or station that is a string is a row with that name. All other values are left
 * out and counted.
 */

import type { SystemRecord } from '#client/index.ts';
import { isObject, type JsonObject, type JsonValue } from '#format/json.ts';
import { jsonText } from '#format/json-text.ts';
import { fieldColumns, type HavenColumn, type HavenTable } from './haven-schema.ts';
import { HavenTables, type HavenValue } from './haven-tables.ts';

/** Values of a set that a database lacks or has in another type, counted by field (`planets.mass`). */
export interface DatabaseLosses {
  /** Values without a column. */
  readonly leftOut: ReadonlyMap<string, number>;
  /** Values stored as another type. */
  readonly rewritten: ReadonlyMap<string, number>;
  /** Constraints that the systems violate and the tables therefore lack, such as `systems.name UNIQUE`. */
  readonly relaxed: readonly string[];
}

/** For each table: its columns, and the fields that have a column or become rows of other tables. */
const TABLE_FIELDS = {
  systems: fieldsOf('systems', 'planets', 'space_station', 'space_stations'),
  planets: fieldsOf('planets', 'moons'),
  moons: fieldsOf('moons'),
  space_stations: fieldsOf('space_stations'),
};

function fieldsOf(table: HavenTable, ...bodies: string[]) {
  const columns = fieldColumns(table);
  return { columns, stored: new Set([...columns.map(({ name }) => name), ...bodies]) };
}

/** Strings that SQLite converts to a number in a column of numeric affinity. */
const NUMERIC = /^[ \t-\r]*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?[ \t-\r]*$/i;

/** Maximum number of fields counted by name, so that memory is bounded. */
const MOST_FIELDS = 1000;

/** Writes systems into a new database, and counts the values that its rows lack. */
export class DatabaseRows {
  readonly #leftOut = new Map<string, number>();
  readonly #rewritten = new Map<string, number>();
  readonly #tables: HavenTables;

  /** @param file path of a new file */
  constructor(file: string) {
    this.#tables = new HavenTables(file);
  }

  /** @throws CorruptError for a repeated id; errors of SQLite */
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

  /** Adds a row for each body of an array, with the fields of the record. */
  #addAll(table: HavenTable, field: string, bodies: JsonValue | undefined, parent: HavenValue): void {
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

  #insert(table: HavenTable, fields: JsonObject, cells: HavenValue[]): number {
    const { columns, stored } = TABLE_FIELDS[table];
    for (const { name, type } of columns) cells.push(this.#cell(`${table}.${name}`, type, fields[name]));
    for (const key of Object.keys(fields)) {
      if (!stored.has(key) && fields[key] !== null) count(this.#leftOut, `${table}.${key}`);
    }
    return this.#tables.insert(table, cells);
  }

  #cell(field: string, type: HavenColumn['type'], value: JsonValue | undefined): HavenValue {
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
