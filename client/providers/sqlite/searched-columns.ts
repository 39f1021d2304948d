/** The searched fields of systems in a database, also those of their planets, moons and stations. */
import type { DatabaseSync } from 'node:sqlite';
import { valueFields } from '#format/btree/searched-texts.ts';
import { columnsOf, fieldName, quoted } from './select.ts';

/** A searched field as SQL. */
export interface SearchedColumn {
  readonly field: string;
  /** SQL for a string of the system, or for a JSON array of the strings of its planets, moons or station. */
  readonly sql: string;
  readonly isList: boolean;
}

/** The rows of each nested field, for a row of `systems`. */
const NESTED: Readonly<Record<string, { readonly table: string; readonly from: string }>> = {
  planets: { table: 'planets', from: 'planets AS nested WHERE nested.system_id = systems.id' },
  'planets.moons': {
    table: 'moons',
    from: 'planets AS planet JOIN moons AS nested ON nested.planet_id = planet.id WHERE planet.system_id = systems.id',
  },
  space_station: {
    table: 'space_stations',
    from: 'space_stations AS nested WHERE nested.system_id = systems.id',
  },
};

/**
 * The searched fields but the name; a field that the database does not have matches nothing.
 * @param tables names of the tables of the database
 */
export function searchedColumns(
  database: DatabaseSync,
  columns: readonly string[],
  tables: readonly string[],
  fields: readonly string[],
): SearchedColumn[] {
  return valueFields(fields).map(({ field, path: { text, steps } }) => {
    const own = columns.find(name => fieldName(name) === text);
    if (own !== undefined) return { field, sql: quoted(own), isList: false };
    const nested = NESTED[steps.slice(0, -1).join('.')];
    const needed = nested && (nested.table === 'moons' ? ['planets', 'moons'] : [nested.table]);
    if (!needed?.every(name => tables.includes(name))) return { field, sql: 'NULL', isList: false };
    const column = columnsOf(database, nested!.table).find(name => fieldName(name) === steps.at(-1));
    if (column === undefined) return { field, sql: 'NULL', isList: false };
    const value = `nested.${quoted(column)}`;
    const sql = `(SELECT json_group_array(${value}) FILTER (WHERE typeof(${value}) = 'text') FROM ${nested!.from})`;
    return { field, sql, isList: true };
  });
}
