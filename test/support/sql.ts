/** The same questions asked of a real SQLite. */
import { DatabaseSync } from 'node:sqlite';
import type { NamesQuery, PageQuery, SphereQuery } from '#client/query/types.ts';
import type { JsonObject } from '#format/json.ts';

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

/** All questions that a provider answers; systems are given by their places in the catalogue. */
export interface CatalogueOracle {
  sphere(query: SphereQuery): SphereHit[];
  byId(id: string): number | undefined;
  /** By (name, id). */
  named(name: string, ignoreCase: boolean): number[];
  names(query: NamesQuery): string[];
  /** `start` rows come before these. */
  page(query: PageQuery): { rows: number[]; start: number; total: number };
  regions(): { region: string; count: number; min: number[]; max: number[] }[];
  inRegion(region: string): number[];
  /** All that have a text in a searched field, by (name, id). */
  matches(text: string): number[];
  close(): void;
}

/**
 * A table of systems, of which the fields named are searched; "name" is the name that answers. Texts are blobs of
 * their UTF-8, which SQLite compares byte by byte, NUL or not; only what LIKE looks through is TEXT.
 */
export function catalogueOracle(
  systems: readonly OracleSystem[],
  fold: (text: string) => string,
  fields: readonly string[] = ['name', 'materials', 'attributes'],
): CatalogueOracle {
  const db = new DatabaseSync(':memory:');
  const folded = (bytes: unknown) => fold(Buffer.from(bytes as Uint8Array).toString());
  db.function('fold', { deterministic: true }, bytes => bytesOf(folded(bytes)));
  db.function('fold_text', { deterministic: true }, bytes => likeable(folded(bytes)));
  db.exec(`
    CREATE TABLE systems (
      n INTEGER PRIMARY KEY, id BLOB UNIQUE, name BLOB, folded BLOB, region BLOB, x REAL, y REAL, z REAL
    );
    CREATE TABLE texts (n INTEGER REFERENCES systems, text TEXT);
    BEGIN`);
  const system = db.prepare('INSERT INTO systems VALUES (:n, :id, :name, fold(:name), :region, :x, :y, :z)');
  const text = db.prepare('INSERT INTO texts VALUES (?, fold_text(?))');
  systems.forEach(({ id, name, region, record }, n) => {
    const { x, y, z } = record as Record<'x' | 'y' | 'z', number>;
    system.run({ n, id: bytesOf(id), name: bytesOf(name), region: bytesOf(region), x, y, z });
    for (const of of fields.flatMap(field => (field === 'name' ? name : (record[field] ?? []))))
      if (typeof of === 'string') text.run(n, bytesOf(of));
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
    SELECT region, count(*) AS count, min(x), min(y), min(z), max(x), max(y), max(z)
    FROM systems GROUP BY region ORDER BY region`);
  const inRegion = ask('SELECT n FROM systems WHERE region = :region ORDER BY name, id');
  const matches = ask(`
    SELECT n FROM systems WHERE n IN (SELECT n FROM texts WHERE text LIKE '%' || :text || '%' ESCAPE '\\')
    ORDER BY name, id`);

  return {
    sphere: sphereOf(db),
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
      regions({}).map(({ region, count, ...of }) => ({
        region: Buffer.from(region).toString(),
        count,
        min: [of['min(x)']!, of['min(y)']!, of['min(z)']!],
        max: [of['max(x)']!, of['max(y)']!, of['max(z)']!],
      })),
    inRegion: region => rows(inRegion({ region: bytesOf(region) })),
    matches: text => rows(matches({ text: likeable(fold(text)).replace(/[\\%_]/g, '\\$&') })),
    close: () => db.close(),
  };
}

function sphereOf(db: DatabaseSync): (query: SphereQuery) => SphereHit[] {
  const sphere = db.prepare(`
    SELECT n, distance FROM (
      SELECT n, id, sqrt((x - :x) * (x - :x) + (y - :y) * (y - :y) + (z - :z) * (z - :z)) AS distance
      FROM systems
    )
    WHERE distance >= :least AND distance <= :most
    ORDER BY distance, id LIMIT :limit`);
  return ({ center: [x, y, z], radius = Infinity, minRadius = 0, limit = Infinity }) =>
    sphere.all({
      ...{ x, y, z, least: minRadius, most: radius },
      limit: limit === Infinity ? -1 : limit,
    }) as unknown as SphereHit[];
}

const bytesOf = (text: string): Uint8Array => Buffer.from(text);

/** LIKE looks no further than a NUL, and takes U+FFFF for U+FFFD: others stand for them, which no catalogue has. */
const likeable = (text: string): string =>
  text.replaceAll('\0', '\u{10fffe}').replaceAll('\uffff', '\u{10fffd}');
