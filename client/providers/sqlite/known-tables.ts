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

/**
 * Why rows of some tables are in no record.
 * @param key the column that names their parent
 * @param parent its value; undefined or null if there is none
 */
export function strayReason(tables: string, key: string, parent: JsonValue | undefined): string {
  if (parent === undefined || parent === null) return `${tables} without a ${key}`;
  return `${tables} with ${key} ${JSON.stringify(parent)}, which does not exist`;
}
