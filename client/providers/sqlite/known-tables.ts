/** The tables of Haven's schema, in any database. */
import type { JsonValue } from '#format/json.ts';

/** Tables of the schema, with the columns that only link rows. */
export const TIES = {
  systems: [],
  planets: ['id', 'system_id'],
  moons: ['id', 'planet_id'],
  space_stations: ['id', 'system_id'],
} as const;
export type KnownTable = keyof typeof TIES;

/** Fields that hold the rows of another table: the table of the records, the field, the other table. */
const NESTED = [
  ['systems', 'planets', 'planets'],
  ['systems', 'space_station', 'space_stations'],
  ['systems', 'space_stations', 'space_stations'],
  ['planets', 'moons', 'moons'],
] as const;

/**
 * The column that has the name of a field for the rows of another table, if there is one: a record cannot have both.
 * @param columnsOf the columns of a table; undefined if there is no such table
 */
export function clashingColumn(
  columnsOf: (table: KnownTable) => readonly string[] | undefined,
): { field: string; problem: string } | undefined {
  for (const [table, field, other] of NESTED) {
    if (!columnsOf(other) || !columnsOf(table)?.includes(field)) continue;
    const problem = `the table "${table}" has a column "${field}", which is the field for rows of the table "${other}"`;
    return { field, problem };
  }
  return undefined;
}

/**
 * Why rows of some tables are in no record.
 * @param key the column that names their parent
 * @param parent its value; undefined or null if there is none
 */
export function strayReason(tables: string, key: string, parent: JsonValue | undefined): string {
  if (parent === undefined || parent === null) return `${tables} without a ${key}`;
  return `${tables} with ${key} ${JSON.stringify(parent)}, which does not exist`;
}
