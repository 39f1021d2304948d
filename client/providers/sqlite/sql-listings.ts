/** Listings in SQL: values of a field, and pages of systems. */
import { type CheckedPageQuery, pageOf } from '#client/query/results.ts';
import type { ListedValue, Page } from '#client/query/types.ts';
import type { FacetField } from '#format/facets/facet-field.ts';
import { type FacetValue, valueKey, valueOfKey } from '#format/facets/facet-value.ts';
import { REGION_LISTING } from '#format/facets/listing.ts';
import type { SystemRow } from '#format/system-row.ts';
import { IN_REGION, type Parameters, ROW, rowOf, type SystemsDatabase } from './systems-database.ts';

const IN_VALUE = 'id IN (SELECT system FROM facet_values WHERE field = :field AND key = :key)';

/** Values of a field, in the order of their keys. */
export function* listedValues(
  database: SystemsDatabase,
  facet: FacetField,
): Generator<ListedValue, void, undefined> {
  const { field } = facet;
  const isRegion = field === REGION_LISTING.field;
  if (!isRegion) database.loadFacets([facet]);
  const [key, from] = isRegion
    ? ["'s' || region", 'usable']
    : ['key', 'usable CROSS JOIN facet_values ON field = :field AND system = usable.id'];
  const rows = database.rows(
    `SELECT ${key} AS listed, count(*) AS count, min(x) AS x0, min(y) AS y0, min(z) AS z0,
       max(x) AS x1, max(y) AS y1, max(z) AS z1
     FROM ${from} GROUP BY listed ORDER BY ${database.sortKey('listed')}`,
    isRegion ? {} : { field },
  );
  for (const { listed, count, x0, y0, z0, x1, y1, z1 } of rows as Iterable<Record<string, never>>) {
    const bounds = { min: [x0!, y0!, z0!], max: [x1!, y1!, z1!] } as const;
    yield { value: valueOfKey(listed!), systems: count!, bounds };
  }
}

/** A page of the systems with a value. */
export function pageOfValue(
  database: SystemsDatabase,
  facet: FacetField,
  value: FacetValue,
  query: CheckedPageQuery,
): Page {
  const { within, parameters } = withValue(database, facet, value);
  return pageWithin(database, within, parameters, query);
}

/** The systems with a value, by (name, id). */
export function systemsOfValue(
  database: SystemsDatabase,
  facet: FacetField,
  value: FacetValue,
): Iterable<SystemRow> {
  const { within, parameters } = withValue(database, facet, value);
  return database.systems(`WHERE ${within} ${database.byName}`, parameters);
}

/** The SQL condition of a value. */
function withValue(
  database: SystemsDatabase,
  facet: FacetField,
  value: FacetValue,
): { within: string; parameters: Parameters } {
  const { field } = facet;
  if (field === REGION_LISTING.field)
    return {
      within: typeof value === 'string' ? IN_REGION : 'NOT :region',
      parameters: { region: String(value) },
    };
  database.loadFacets([facet]);
  return { within: IN_VALUE, parameters: { field, key: valueKey(value) } };
}

/** A page of the systems that fulfil an SQL condition, by (name, id). */
export function pageWithin(
  database: SystemsDatabase,
  within: string,
  parameters: Parameters,
  query: CheckedPageQuery,
): Page {
  const { after, page, perPage } = query;
  const { sortKey } = database;
  const total = database.count('usable', within, parameters);
  const upTo = `${within} AND (${sortKey('name', 'id')}) <= (${sortKey(':name', ':id')})`;
  const start = after
    ? database.count('usable', upTo, { ...parameters, name: after.name, id: after.id })
    : Math.min((page - 1) * perPage, total);
  const sql = `WHERE ${within} ${database.byName} LIMIT :perPage OFFSET :start`;
  return pageOf([...database.systems(sql, { ...parameters, perPage, start })], query, start, total);
}

/** A page of all systems in the order of a field. */
export function pageInOrder(
  database: SystemsDatabase,
  facet: FacetField,
  order: 'asc' | 'desc',
  query: CheckedPageQuery,
): Page {
  database.loadFacets([facet]);
  const { page, perPage } = query;
  const total = database.count('usable');
  const start = Math.min((page - 1) * perPage, total);
  const key = order === 'asc' ? 'ascending' : 'descending';
  const rows = database.rows(
    `SELECT ${ROW} FROM usable CROSS JOIN facet_orders ON field = :field AND system = usable.id
     ORDER BY ${database.sortKey(key, 'name', 'id')} LIMIT :perPage OFFSET :start`,
    { field: facet.field, perPage, start },
  );
  return pageOf([...rows].map(rowOf), query, start, total);
}
