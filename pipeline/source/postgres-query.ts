/**
 * SQL that makes records of Haven's tables in PostgreSQL: the server writes their JSON, so that numbers keep all their
 * digits. `row_to_json` writes timestamps as in RFC 3339 and columns of type json as they are.
 * (https://www.postgresql.org/docs/current/functions-json.html)
 */

import { type KnownTable, TIES } from '#client/providers/sqlite/known-tables.ts';

/** A column of a table: its name, and the type as `information_schema` has it. */
export interface PostgresColumn {
  readonly name: string;
  readonly type: string;
}

/** The columns of the tables that are there. */
export type PostgresTables = ReadonlyMap<KnownTable, readonly PostgresColumn[]>;

/** Names, tables and columns that a search path shows, in the order of the columns. */
export const COLUMNS_QUERY = `
  SELECT c.relname AS table, a.attname AS name, format_type(a.atttypid, NULL) AS type
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  WHERE a.attnum > 0 AND NOT a.attisdropped AND pg_table_is_visible(c.oid)
    AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relname = ANY($1)
  ORDER BY c.relname, a.attnum`;

/** All systems, in rows of `id` and `record`, as JSON with their planets, moons and stations. */
export function systemsQuery(tables: PostgresTables): string {
  const joins: string[] = [];
  const nested: string[] = [];
  const join = (table: 'planets' | 'space_stations', columns: string) => {
    const rows = childrenOf(tables, table, 'system_id');
    if (rows === undefined) return;
    joins.push(`LEFT JOIN (${rows}) ${table}_of ON ${table}_of.parent = s.id::text`);
    nested.push(columns);
  };
  join('planets', 'planets_of.rows AS planets');
  join(
    'space_stations',
    `space_stations_of.rows -> 0 AS space_station,
     (SELECT json_agg(value ORDER BY place) FROM json_array_elements(space_stations_of.rows)
      WITH ORDINALITY AS station(value, place) WHERE place > 1) AS space_stations`,
  );
  const columns = [...columnsOf(tables, 'systems', 's'), ...nested].join(', ');
  return `SELECT s.id::text AS id, ${objectOf(columns)} AS record FROM systems s ${joins.join(' ')}`;
}

/** Rows of a table whose parent does not exist: `parent` and `record`. */
export function straysQuery(tables: PostgresTables, table: 'planets' | 'moons' | 'space_stations'): string {
  const [key, parent] = table === 'moons' ? ['planet_id', 'planets'] : ['system_id', 'systems'];
  const exists = tables.has(parent as KnownTable)
    ? `EXISTS (SELECT 1 FROM ${parent} p WHERE p.id::text = t.${key}::text)`
    : 'false';
  const columns = columnsOf(tables, table, 't').join(', ');
  return `SELECT t.${key}::text AS parent, ${objectOf(columns)} AS record FROM ${table} t WHERE NOT ${exists}`;
}

/** Rows of a table by their parent: `parent` and `rows`, a JSON array in the order of their ids. */
function childrenOf(
  tables: PostgresTables,
  table: Exclude<KnownTable, 'systems'>,
  key: string,
): string | undefined {
  const all = tables.get(table);
  if (!all) return undefined;
  const columns = columnsOf(tables, table, 't');
  const moons = table === 'planets' ? childrenOf(tables, 'moons', 'planet_id') : undefined;
  if (moons) columns.push('moons_of.rows AS moons');
  const join = moons ? `LEFT JOIN (${moons}) moons_of ON moons_of.parent = t.id::text` : '';
  const order = all.some(({ name }) => name === 'id') ? 'ORDER BY t.id' : '';
  return `SELECT t.${key}::text AS parent, json_agg(${objectOf(columns.join(', '))} ${order}) AS rows
    FROM ${table} t ${join} GROUP BY t.${key}::text`;
}

/** A JSON object of columns; those that are NULL are absent. */
function objectOf(columns: string): string {
  return `(SELECT coalesce(json_object_agg(key, value), '{}'::json)
    FROM (SELECT ${columns}) AS r, json_each(row_to_json(r)) WHERE json_typeof(value) <> 'null')`;
}

/** The columns of a table that are fields; bytes become base64. */
function columnsOf(tables: PostgresTables, table: KnownTable, alias: string): string[] {
  const ties: readonly string[] = TIES[table];
  return (tables.get(table) ?? [])
    .filter(({ name }) => !ties.includes(name))
    .map(({ name, type }) => {
      const column = `${alias}.${quoted(name)}`;
      if (type !== 'bytea') return column;
      return `translate(encode(${column}, 'base64'), E'\\n', '') AS ${quoted(name)}`;
    });
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
