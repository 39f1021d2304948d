/** Queries that a real SQLite answers. */
import { DatabaseSync } from 'node:sqlite';

import type {
  BoxQuery,
  FilterOptions,
  JsonObject,
  NamesQuery,
  PageQuery,
  SearchMatch,
  SearchValue,
  SphereQuery,
} from '#client/index.ts';

import { DEFAULT_FACETS, type FacetField, type Fold } from '#format/index.ts';
import { FilterOracle } from './filter-oracle.ts';

export interface SqlRow {
  readonly id: string;
  readonly distance: number;
}

export interface Oracle {
  sphere(query: SphereQuery): SqlRow[];
  close(): void;
}

/** A table of the records' ids and positions. Ids are compared as the bytes of their UTF-8, as blobs are. */
export function sqlOracle(records: readonly JsonObject[]): Oracle {
  const db = new DatabaseSync(':memory:');
  db.exec('CREATE TABLE systems (n INTEGER PRIMARY KEY, id BLOB UNIQUE, x REAL, y REAL, z REAL)');
  const insert = db.prepare('INSERT INTO systems VALUES (?, ?, ?, ?, ?)');
  db.exec('BEGIN');
  records.forEach(({ id, x, y, z }, n) => {
    insert.run(n, bytesOf(id as string), x as number, y as number, z as number);
  });
  db.exec('COMMIT');
  const sphere = sphereOf(db);
  return {
    // The id itself comes from the record: SQLite cuts texts at a NUL in places.
    sphere: query => sphere(query).map(({ n, distance }) => ({ id: records[n]!['id'] as string, distance })),
    close: () => db.close(),
  };
}

/** A system as queries see it: its texts, its position, and its record. */
export interface OracleSystem {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly record: JsonObject;
}

/** A system found in a sphere: its place in the catalogue, and how far it is. */
export interface SphereHit {
  readonly n: number;
  readonly distance: number;
}

/** A system found by a text: its place in the catalogue, and how it matches. */
export interface Match {
  readonly n: number;
  readonly match: SearchMatch;
  readonly field?: string;
  /** Of a facet. */
  readonly value?: string;
}

/** All questions that a provider answers; systems are given by their places in the catalogue. */
export interface CatalogueOracle {
  sphere(query: SphereQuery): SphereHit[];
  /** Nearest to the centre of the box first. */
  box(query: BoxQuery): SphereHit[];
  /** All that a filter wants, in order. */
  where(query: FilterOptions): number[];
  readonly filters: FilterOracle;
  byId(id: string): number | undefined;
  /** By (name, id). */
  named(name: string, ignoreCase: boolean): number[];
  names(query: NamesQuery): string[];
  /** `start` rows come before these. */
  page(query: PageQuery): { rows: number[]; start: number; total: number };
  regions(): { region: string; systems: number; min: number[]; max: number[] }[];
  inRegion(region: string): number[];
  /** All that have a text in a searched field or a facet, in the order of an answer that is not cut. */
  matches(text: string, mode?: 'infix' | 'words'): Match[];
  /** The values of facets that have a text, the best first. */
  values(text: string, mode?: 'infix' | 'words'): SearchValue[];
  close(): void;
}

/** All texts at a path of names, those in arrays too; of top-level fields and of planets and moons. */
function textsAt(value: unknown, path: readonly string[]): string[] {
  if (Array.isArray(value)) return value.flatMap(of => textsAt(of, path));
  if (path.length === 0) return typeof value === 'string' ? [value] : [];
  const [name, ...rest] = path as [string, ...string[]];
  const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
  return isObject ? textsAt((value as JsonObject)[name], rest) : [];
}

/**
 * A table of systems, of which the fields named are searched; "name" is the name that answers, and values are texts
 * between ", ". Texts are blobs of their UTF-8, which SQLite compares byte by byte, NUL or not; only what LIKE looks
 * through is TEXT.
 * @param facets fields of filters
 */
export function catalogueOracle(
  systems: readonly OracleSystem[],
  fold: Fold,
  fields: readonly string[] = ['name'],
  facets: readonly FacetField[] = DEFAULT_FACETS,
): CatalogueOracle {
  const db = new DatabaseSync(':memory:');
  const folded = (bytes: unknown) => fold(Buffer.from(bytes as Uint8Array).toString());
  db.function('fold', { deterministic: true }, bytes => bytesOf(folded(bytes)));
  db.exec(`
    CREATE TABLE systems (
      n INTEGER PRIMARY KEY, id BLOB UNIQUE, name BLOB, folded BLOB, region BLOB, x REAL, y REAL, z REAL
    );
    CREATE TABLE texts (n INTEGER REFERENCES systems, field TEXT, nth INTEGER, text TEXT);
    BEGIN`);
  const system = db.prepare('INSERT INTO systems VALUES (:n, :id, :name, fold(:name), :region, :x, :y, :z)');
  const text = db.prepare('INSERT INTO texts VALUES (?, ?, ?, ?)');
  systems.forEach(({ id, name, region, record }, n) => {
    const { x, y, z } = record as Record<'x' | 'y' | 'z', number>;
    system.run({ n, id: bytesOf(id), name: bytesOf(name), region: bytesOf(region), x, y, z });
    for (const [nth, field] of fields.entries()) {
      const values = textsAt(record, Object.hasOwn(record, field) ? [field] : field.split('.'));
      const parts = values.flatMap(of => fold.search(of).split(', '));
      for (const of of field === 'name' ? [fold.search(name)] : parts) text.run(n, field, nth, likeable(of));
    }
  });
  db.exec(`
    COMMIT;
    CREATE INDEX by_name ON systems (name, id);
    CREATE INDEX by_folded ON systems (folded, name, id);
    CREATE INDEX by_region ON systems (region, name, id);`);
  const ask = (sql: string) => {
    const statement = db.prepare(sql);
    return (parameters: Record<string, string | number | null | Uint8Array>) =>
      statement.all(parameters) as Record<string, never>[];
  };
  const rows = (found: Record<string, never>[]) => found.map(({ n }) => n as number);

  const byId = ask('SELECT n FROM systems WHERE id = :id');
  const named = ask('SELECT n FROM systems WHERE name = :name ORDER BY name, id');
  const foldedAs = ask('SELECT n FROM systems WHERE folded = fold(:name) ORDER BY name, id');
  const names = ask(`
    SELECT DISTINCT name FROM systems WHERE substr(name, 1, length(:prefix)) = :prefix ORDER BY name LIMIT :limit`);
  const foldedNames = ask(`
    SELECT name FROM systems WHERE substr(folded, 1, length(fold(:prefix))) = fold(:prefix)
    GROUP BY folded, name ORDER BY folded, name LIMIT :limit`);
  const total = ask('SELECT count(*) AS n FROM systems WHERE :region IS NULL OR region = :region');
  const page = ask(`
    SELECT n FROM systems WHERE :region IS NULL OR region = :region ORDER BY name, id LIMIT :perPage OFFSET :start`);
  const before = ask(`
    SELECT count(*) AS n FROM systems WHERE (:region IS NULL OR region = :region) AND (name, id) <= (:name, :id)`);
  const regions = ask(`
    SELECT region, count(*) AS systems, min(x), min(y), min(z), max(x), max(y), max(z)
    FROM systems GROUP BY region ORDER BY region`);
  const inRegion = ask('SELECT n FROM systems WHERE region = :region ORDER BY name, id');
  const byName = ask('SELECT n FROM systems ORDER BY name, id');
  const orderByName = new Map(rows(byName({})).map((n, at) => [n, at]));
  const matches = ask(`
    SELECT n, field, text FROM texts WHERE text LIKE '%' || :text || '%' ESCAPE '\\' ORDER BY n, nth`);

  const filters = new FilterOracle(db, systems, facets, fold);
  db.function('search_text', { deterministic: true }, bytes =>
    likeable(fold.search(Buffer.from(bytes as Uint8Array).toString())),
  );
  db.function(
    'points',
    { deterministic: true },
    bytes => [...Buffer.from(bytes as Uint8Array).toString()].length,
  );
  // Dates and long strings are not searched.
  db.exec(`
    CREATE TABLE facet_texts AS SELECT n, field, value, search_text(value) AS text FROM facets
    WHERE type = 'string' AND date IS NULL AND points(value) <= 64`);
  const holding = ask(`
    SELECT field, value, text, count(*) AS systems, json_group_array(n) AS holders FROM facet_texts
    WHERE text LIKE '%' || :text || '%' ESCAPE '\\' GROUP BY field, value`);
  const findValues = (asked: string, mode: 'infix' | 'words') => {
    const query = fold.search(asked);
    const found = holding({ text: likeable(query).replace(/[\\%_]/g, '\\$&') }).map(row => {
      const [value, text] = [Buffer.from(row['value']!).toString(), unlike(row['text']!)];
      const rank = text === query ? 0 : wordRank(text, query);
      const having: number[] = JSON.parse(row['holders']!);
      return { field: row['field'] as string, value, text, rank, systems: row['systems'] as number, having };
    });
    return found
      .filter(({ rank }) => mode === 'infix' || rank < 3)
      .sort(
        (a, b) =>
          a.rank - b.rank ||
          compare(a.field, b.field) ||
          compare(a.text, b.text) ||
          compare(a.value, b.value),
      );
  };
  // The matches of a text and its values are asked one after the other.
  let latest: { asked: string; mode: string; found: ReturnType<typeof findValues> } | undefined;
  const valuesOf: typeof findValues = (asked, mode) => {
    if (latest?.asked !== asked || latest.mode !== mode)
      latest = { asked, mode, found: findValues(asked, mode) };
    return latest.found;
  };
  return {
    sphere: sphereOf(db, filters),
    box: boxOf(db, filters),
    filters,
    where: query => {
      const { sql, parameters } = filters.filter(query);
      return rows(db.prepare(`SELECT n FROM systems WHERE ${sql} ORDER BY n`).all(parameters) as never[]);
    },
    byId: id => rows(byId({ id: bytesOf(id) }))[0],
    named: (name, ignoreCase) => rows((ignoreCase ? foldedAs : named)({ name: bytesOf(name) })),
    names({ prefix = '', limit = 10, ignoreCase }) {
      const found = (ignoreCase ? foldedNames : names)({ prefix: bytesOf(prefix), limit });
      return found.map(({ name }) => Buffer.from(name).toString());
    },
    page({ region: of, page: nth = 1, perPage = 100, after }) {
      const region = of === undefined ? null : bytesOf(of);
      const start = after
        ? (before({ region, name: bytesOf(after.name), id: bytesOf(after.id) })[0]!['n'] as number)
        : Math.min((nth - 1) * perPage, systems.length);
      return { rows: rows(page({ region, perPage, start })), start, total: rows(total({ region }))[0]! };
    },
    regions: () =>
      regions({}).map(({ region, systems, ...of }) => ({
        region: Buffer.from(region).toString(),
        systems,
        min: [of['min(x)']!, of['min(y)']!, of['min(z)']!],
        max: [of['max(x)']!, of['max(y)']!, of['max(z)']!],
      })),
    inRegion: region => rows(inRegion({ region: bytesOf(region) })),
    values: (text, mode = 'infix') =>
      valuesOf(text, mode).map(({ field, value, rank, systems }) => ({
        ...{ field, value, systems },
        match: MATCHES[rank] as SearchValue['match'],
      })),
    matches(asked, mode = 'infix') {
      const query = likeable(fold.search(asked));
      const byFacet = new Map<number, { field: string; value: string }>();
      for (const { field, value, having } of valuesOf(asked, mode))
        for (const n of having) if (!byFacet.has(n)) byFacet.set(n, { field, value });
      const found = new Map<number, Match & { readonly rank: number; readonly own: string }>();
      for (const { n, field, text } of matches({ text: query.replace(/[\\%_]/g, '\\$&') })) {
        const own = unlike(text);
        const isWord = beginsWord(own, unlike(query));
        if (mode === 'words' && !isWord) continue;
        const rank = field !== 'name' ? 4 : own === unlike(query) ? 0 : wordRank(own, unlike(query));
        if (rank >= (found.get(n)?.rank ?? 5)) continue;
        found.set(n, { n, rank, own, match: MATCHES[rank]!, ...(rank === 4 && { field }) });
      }
      for (const [n, { field, value }] of byFacet)
        if ((found.get(n)?.rank ?? 4) === 4)
          found.set(n, { n, rank: 4, own: '', match: 'value', field, value });
      const hits = [...found.values()].sort(
        (a, b) =>
          a.rank - b.rank ||
          (a.rank < 2 ? compare(a.own, b.own) : 0) ||
          orderByName.get(a.n)! - orderByName.get(b.n)!,
      );
      return hits.map(({ rank: _, own: __, ...hit }) => hit);
    },
    close: () => db.close(),
  };
}

const compare = (a: string, b: string) => Buffer.compare(bytesOf(a), bytesOf(b));

const MATCHES = ['exact', 'prefix', 'word', 'inside', 'value'] as const;

function wordRank(name: string, query: string): number {
  if (name.startsWith(query)) return 1;
  return beginsWord(name, query) ? 2 : 3;
}

/** Whether a query stands at the beginning of a text, or after a separator and does not begin with one. */
function beginsWord(text: string, query: string): boolean {
  if (text.startsWith(query)) return true;
  if (SEPARATOR.test(query[0]!)) return false;
  for (let at = text.indexOf(query, 1); at > 0; at = text.indexOf(query, at + 1))
    if (SEPARATOR.test(text[at - 1]!)) return true;
  return false;
}

const SEPARATOR = /[\0-/:-@[-`{-\u00bf\u2000-\u206f\u3000-\u303f]/;

/** A number as SQL writes it. */
const real = (value: number) => (Object.is(value, -0) ? '-0.0' : value.toExponential());

function sphereOf(db: DatabaseSync, filters?: FilterOracle): (query: SphereQuery) => SphereHit[] {
  const sql = (filter: string) => `
    SELECT n, distance FROM (
      SELECT n, id, x, y, z, sqrt((x - :x) * (x - :x) + (y - :y) * (y - :y) + (z - :z) * (z - :z)) AS distance
      FROM systems
    ) AS systems
    WHERE distance >= :least AND distance <= :most AND ${filter}
    ORDER BY distance, id LIMIT :limit`;
  const unfiltered = db.prepare(sql('true'));
  return ({ center: [x, y, z], radius = Infinity, minRadius = 0, limit = Infinity, planes, ...query }) => {
    const filter = query.where && filters?.filter(query);
    // Numbers of planes are written out, in the product they are parameters.
    const inside = planes?.map(
      ([a, b, c, d]) => `${real(a)} * x + ${real(b)} * y + ${real(c)} * z + ${real(d)} >= 0`,
    );
    const conditions = [...(inside ?? []), filter?.sql ?? 'true'].join(' AND ');
    const statement = filter || inside ? db.prepare(sql(conditions)) : unfiltered;
    return statement.all({
      ...{ x, y, z, least: minRadius, most: radius, ...filter?.parameters },
      limit: limit === Infinity ? -1 : limit,
    }) as unknown as SphereHit[];
  };
}

function boxOf(db: DatabaseSync, filters: FilterOracle): (query: BoxQuery) => SphereHit[] {
  const square = (axis: string) =>
    `(${axis} - (:min_${axis} + :max_${axis}) / 2) * (${axis} - (:min_${axis} + :max_${axis}) / 2)`;
  const sql = (filter: string) => `
    SELECT n, sqrt(${square('x')} + ${square('y')} + ${square('z')}) AS distance FROM systems
    WHERE x >= :min_x AND x <= :max_x AND y >= :min_y AND y <= :max_y AND z >= :min_z AND z <= :max_z
      AND ${filter}
    ORDER BY distance, id LIMIT :limit`;
  const unfiltered = db.prepare(sql('true'));
  return ({ min, max, limit = Infinity, ...query }) => {
    const filter = query.where && filters.filter(query);
    const statement = filter ? db.prepare(sql(filter.sql)) : unfiltered;
    return statement.all({
      ...{ min_x: min[0], min_y: min[1], min_z: min[2], max_x: max[0], max_y: max[1], max_z: max[2] },
      ...{ ...filter?.parameters, limit: limit === Infinity ? -1 : limit },
    }) as unknown as SphereHit[];
  };
}

const bytesOf = (text: string): Uint8Array => Buffer.from(text);

/** LIKE looks no further than a NUL, and takes U+FFFF for U+FFFD: others stand for them, which no catalogue has. */
const likeable = (text: string): string =>
  text.replaceAll('\0', '\u{10fffe}').replaceAll('\uffff', '\u{10fffd}');

/** The text that `likeable` stands for. */
const unlike = (text: string): string =>
  text.replaceAll('\u{10fffe}', '\0').replaceAll('\u{10fffd}', '\uffff');
