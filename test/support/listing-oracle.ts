/** Listings that a real SQLite answers. */
import { DatabaseSync } from 'node:sqlite';
import type { FacetValue, JsonValue, Listing, ListQuery } from '#client/index.ts';
import { instantOf } from './filter-oracle.ts';
import type { OracleSystem } from './oracle.ts';

/** Listings of paths, for which catalogues of tests have values. */
export const LISTINGS: readonly [Listing, ...Listing[]] = [
  { field: 'attributes', order: 'value', paths: ['attributes'] },
  { field: 'created_at', order: 'desc', paths: ['created_at'] },
  { field: 'distance_ly', order: 'desc', paths: ['distance_ly'] },
  { field: 'distance_ly', order: 'value', paths: ['distance_ly'] },
  { field: 'materials', order: 'asc', paths: ['materials'] },
  { field: 'materials', order: 'desc', paths: ['materials'] },
  { field: 'planets.materials', order: 'value', paths: ['planets.materials'] },
];

export interface ListingOracle {
  values(field: string): { value: FacetValue; systems: number; min: number[]; max: number[] }[];
  /** `start` rows come before these. */
  page(
    field: string,
    value: FacetValue | undefined,
    query: ListQuery,
  ): { rows: number[]; start: number; total: number };
  close(): void;
}

const bytesOf = (text: string) => Buffer.from(text);
/** Ranks of types in the order of values. */
const TYPES = ['boolean', 'number', 'string'];

/** A table of systems, and one of their values, with the instants of those that are dates. */
export function listingOracle(systems: readonly OracleSystem[]): ListingOracle {
  const db = new DatabaseSync(':memory:');
  db.exec(`
    CREATE TABLE systems (n INTEGER PRIMARY KEY, id BLOB, name BLOB, x REAL, y REAL, z REAL);
    CREATE TABLE listed (n INTEGER, field TEXT, type INTEGER, value, instant REAL, UNIQUE (n, field, type, value));
    BEGIN`);
  const system = db.prepare('INSERT INTO systems VALUES (?, ?, ?, ?, ?, ?)');
  const listed = db.prepare('INSERT OR IGNORE INTO listed VALUES (?, ?, ?, ?, ?)');
  systems.forEach(({ id, name, region, record }, n) => {
    const { x, y, z } = record as Record<'x' | 'y' | 'z', number>;
    system.run(n, bytesOf(id), bytesOf(name), x, y, z);
    listed.run(n, 'region', 2, bytesOf(region), null);
    const fields = new Map(LISTINGS.map(({ field, paths }) => [field, paths]));
    for (const [field, paths] of fields) {
      for (const value of paths.flatMap(path => valuesAt(record, path.split('.')))) {
        const date = typeof value === 'string' ? instantOf(value) : null;
        listed.run(n, field, TYPES.indexOf(typeof value), stored(value), date);
      }
    }
  });
  db.exec('COMMIT');
  const values = db.prepare(`
    SELECT type, value, count(*) AS systems, min(x) AS x0, min(y) AS y0, min(z) AS z0, max(x) AS x1, max(y) AS y1, max(z) AS z1
    FROM listed JOIN systems USING (n) WHERE field = ? GROUP BY type, value ORDER BY type, value`);
  const member = 'SELECT n FROM listed WHERE field = :field AND type = :type AND value IS :value';
  const total = db.prepare(`SELECT count(*) AS n FROM (${member})`);
  const page = db.prepare(`
    SELECT n FROM systems WHERE n IN (${member}) ORDER BY name, id LIMIT :most OFFSET :start`);
  const before = db.prepare(`
    SELECT count(*) AS n FROM systems WHERE n IN (${member}) AND (name, id) <= (:name, :id)`);
  const inOrder = (pick: 'min' | 'max', sort: string) =>
    db.prepare(`
      SELECT systems.n AS n,
        (SELECT ${pick}(value) FROM listed WHERE n = systems.n AND field = :field AND type = 1) AS number,
        (SELECT ${pick}(instant) FROM listed WHERE n = systems.n AND field = :field) AS instant
      FROM systems
      ORDER BY CASE WHEN number IS NOT NULL THEN 0 WHEN instant IS NOT NULL THEN 1 ELSE 2 END,
        CASE WHEN number IS NOT NULL THEN number ELSE instant END ${sort}, name, id
      LIMIT :most OFFSET :start`);
  const orders = { asc: inOrder('min', 'ASC'), desc: inOrder('max', 'DESC') };
  return {
    values: field =>
      values.all(field).map(({ type, value, systems, x0, y0, z0, x1, y1, z1 }) => ({
        value: loaded(type as number, value),
        systems: systems as number,
        min: [x0, y0, z0] as number[],
        max: [x1, y1, z1] as number[],
      })),
    page(field, value, { page: nth = 1, perPage = 100, after, order }) {
      const rows = (found: Record<string, unknown>[]) => found.map(({ n }) => n as number);
      if (value === undefined) {
        const start = (nth - 1) * perPage;
        return {
          rows: rows(orders[order!].all({ field, most: perPage, start })),
          start,
          total: systems.length,
        };
      }
      const own = { field, type: TYPES.indexOf(typeof value), value: stored(value) };
      const start = after
        ? (before.get({ ...own, name: bytesOf(after.name), id: bytesOf(after.id) })!['n'] as number)
        : (nth - 1) * perPage;
      return {
        rows: rows(page.all({ ...own, most: perPage, start })),
        start,
        total: total.get(own)!['n'] as number,
      };
    },
    close: () => db.close(),
  };
}

function stored(value: FacetValue): Uint8Array | number {
  return typeof value === 'string' ? bytesOf(value) : Number(value);
}

function loaded(type: number, value: unknown): FacetValue {
  if (type === 2) return Buffer.from(value as Uint8Array).toString();
  return type === 1 ? (value as number) : value === 1;
}

/** The values of a facet in a system, each once. */
export function facetValuesOf({ region, record }: OracleSystem, paths: readonly string[]): FacetValue[] {
  const all = paths.flatMap((path): FacetValue[] => {
    // A region is one value, whatever characters it has.
    if (path === 'region') return region === '' || [...region].length > 1024 ? [] : [region];
    return Object.hasOwn(record, path) ? valuesAt(record[path], []) : valuesAt(record, path.split('.'));
  });
  return [...new Set(all.map(value => (typeof value === 'number' ? value + 0 : value)))];
}

/** The values at the end of a path; arrays are passed through, strings split. */
function valuesAt(value: JsonValue | undefined, names: readonly string[]): FacetValue[] {
  if (Array.isArray(value)) return value.flatMap(element => valuesAt(element, names));
  if (typeof value === 'object' && value !== null) {
    const [name, ...rest] = names;
    return name !== undefined && Object.hasOwn(value, name) ? valuesAt(value[name], rest) : [];
  }
  if (names.length > 0 || value === undefined || value === null) return [];
  if (typeof value !== 'string') return [value];
  return value.split(', ').filter(part => part !== '' && [...part].length <= 1024);
}
