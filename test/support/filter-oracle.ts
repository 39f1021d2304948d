/** Filters in SQL over the records themselves, and random filters to ask for. */
import type { DatabaseSync } from 'node:sqlite';
import type { FilterOptions, JsonObject, Where, WhereCondition } from '#client/index.ts';
import type { FacetField, FacetValue } from '#format/index.ts';
import { exactText } from './arbitrary.ts';

/** A condition in SQL on the systems' number `n`, and its parameters. */
export interface SqlFilter {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, string | number | Uint8Array>>;
}

/**
 * The values of facets in a table, found by jsonb_each: (n, field, type, value), where a string is a blob of its UTF-8,
 * (n, field, date) for those that are dates, and `folded` beside a string.
 */
export class FilterOracle {
  readonly #db: DatabaseSync;
  readonly #fields: readonly FacetField[];

  constructor(
    db: DatabaseSync,
    systems: readonly { readonly region: string; readonly record: JsonObject }[],
    fields: readonly FacetField[],
    fold: (text: string) => string,
  ) {
    this.#db = db;
    this.#fields = fields;
    const textOf = (bytes: unknown) => Buffer.from(bytes as Uint8Array).toString();
    db.function('fold_value', { deterministic: true }, bytes => Buffer.from(fold(textOf(bytes))));
    db.function('instant', { deterministic: true }, bytes => instantOf(textOf(bytes)));
    db.exec(`
      CREATE TABLE records (n INTEGER PRIMARY KEY, region BLOB, body BLOB);
      CREATE TABLE paths (field TEXT, way TEXT, steps TEXT);
      BEGIN`);
    const record = db.prepare('INSERT INTO records VALUES (?, ?, jsonb(?))');
    systems.forEach(({ region, record: json }, n) => {
      record.run(n, Buffer.from(region), exactText(json));
    });
    const path = db.prepare('INSERT INTO paths VALUES (?, ?, ?)');
    // The tests have no other paths than names between dots.
    for (const { field, paths } of fields)
      for (const text of paths) path.run(field, text, JSON.stringify(text.split('.')));
    db.exec(`
      COMMIT;
      CREATE TABLE facets AS
      WITH RECURSIVE walk (n, field, type, value, steps) AS (
        SELECT n, field, 'object', body, steps FROM records, paths
          WHERE way <> 'region' AND json_type(body, '$."' || way || '"') IS NULL
        UNION ALL
        SELECT n, field, each.type, each.value, '[]' FROM records, paths, jsonb_each(body) AS each
          WHERE way <> 'region' AND each.key = way
        UNION ALL
        SELECT n, field, each.type, each.value, steps FROM walk, jsonb_each(walk.value) AS each
          WHERE walk.type = 'array'
        UNION ALL
        SELECT n, field, each.type, each.value, json_remove(steps, '$[0]') FROM walk, jsonb_each(walk.value) AS each
          WHERE walk.type = 'object' AND each.key = steps ->> 0
      ),
      parts (n, field, part, rest) AS (
        SELECT n, field, NULL, CAST(value || ', ' AS BLOB) FROM walk WHERE steps = '[]' AND type = 'text'
        UNION ALL
        SELECT n, field, substr(rest, 1, instr(rest, x'2C20') - 1), substr(rest, instr(rest, x'2C20') + 2)
          FROM parts WHERE instr(rest, x'2C20') > 0
      )
      SELECT DISTINCT n, field, type, value FROM (
        SELECT n, field, 'string' AS type, part AS value FROM parts
          WHERE length(part) > 0 AND length(CAST(part AS TEXT)) <= 1024
        UNION ALL
        SELECT n, field, 'number', CAST(value AS REAL) + 0.0 FROM walk
          WHERE steps = '[]' AND type IN ('integer', 'real')
        UNION ALL
        SELECT n, field, 'boolean', type = 'true' FROM walk WHERE steps = '[]' AND type IN ('true', 'false')
        UNION ALL
        SELECT n, field, 'string', region FROM records, paths WHERE way = 'region' AND length(region) > 0
      );
      ALTER TABLE facets ADD COLUMN folded;
      ALTER TABLE facets ADD COLUMN date;
      UPDATE facets SET folded = fold_value(value), date = instant(value) WHERE type = 'string';
      CREATE INDEX facets_of_systems ON facets (n, field);
      CREATE INDEX systems_of_facets ON facets (field, n);
    `);
  }

  /** The condition of a filter. */
  filter({ where = [], fold }: FilterOptions): SqlFilter {
    const parameters: Record<string, string | number | Uint8Array> = {};
    const bind = (value: string | number | Uint8Array) => {
      const name = `w${Object.keys(parameters).length}`;
      parameters[name] = value;
      return `:${name}`;
    };
    const oneOf = (values: readonly FacetValue[]) =>
      values
        .map(value => {
          if (typeof value === 'boolean') return `(type = 'boolean' AND value = ${Number(value)})`;
          if (typeof value === 'number') return `(type = 'number' AND value = ${bind(value)})`;
          const text = bind(Buffer.from(value));
          return fold
            ? `(type = 'string' AND folded = fold_value(${text}))`
            : `(type = 'string' AND value = ${text})`;
        })
        .join(' OR ') || 'false';
    const exists = (field: string, condition: string) =>
      `EXISTS (SELECT 1 FROM facets WHERE facets.n = systems.n AND field = ${bind(field)} AND (${condition}))`;
    const conditions = [where].flat().flatMap(all =>
      Object.entries(all as Where).map(([field, condition]) => {
        if (typeof condition !== 'object' || Array.isArray(condition))
          return exists(field, oneOf([condition].flat() as FacetValue[]));
        if ('not' in condition) return `NOT ${exists(field, oneOf([condition.not].flat() as FacetValue[]))}`;
        const signs = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;
        const bounds = Object.entries(condition).map(([name, bound]) => {
          const sign = signs[name as keyof typeof signs];
          return typeof bound === 'number'
            ? `type = 'number' AND value ${sign} ${bind(bound)}`
            : `date ${sign} ${bind(instantOf(bound as string)!)}`;
        });
        return exists(field, bounds.join(' AND '));
      }),
    );
    return { sql: conditions.join(' AND ') || 'true', parameters };
  }

  /** Some value of a facet, or undefined where it has none; `random` is from 0 to 1. */
  value(field: string, random: number): FacetValue | undefined {
    const { count } = this.#db.prepare('SELECT count(*) AS count FROM facets WHERE field = ?').get(field) as {
      count: number;
    };
    const row = this.#db
      .prepare('SELECT type, value FROM facets WHERE field = ? LIMIT 1 OFFSET ?')
      .get(field, Math.floor(random * count));
    if (!row) return undefined;
    const { type, value } = row;
    if (type === 'string') return Buffer.from(value as Uint8Array).toString();
    return type === 'boolean' ? value === 1 : (value as number);
  }

  get fields(): readonly string[] {
    return this.#fields.map(({ field }) => field);
  }
}

/** The instant of a date of RFC 3339, by other means than the product's; null for another string. */
export function instantOf(text: string): number | null {
  const pattern = /^\d{4}-\d{2}-\d{2}([Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2}))?$/;
  if (!pattern.test(text)) return null;
  const instant = Date.parse(text.toUpperCase());
  // `Date` takes 30 February for 2 March.
  const isDay = new Date(`${text.slice(0, 10)}T00:00:00Z`).toISOString().startsWith(text.slice(0, 10));
  return Number.isNaN(instant) || !isDay ? null : instant;
}

/** Draws a random filter; `below` gives an integer below another, `altered` another writing of a string. */
export function randomFilter(
  oracle: FilterOracle,
  below: (end: number) => number,
  altered: (text: string) => string,
): FilterOptions {
  const { fields } = oracle;
  const fold = below(4) === 0;
  const value = (field: string): FacetValue => {
    const found = oracle.value(field, below(1 << 20) / (1 << 20)) ?? 'nothing';
    const isChanged = below(8) === 0;
    if (typeof found === 'string' && fold) return altered(found);
    if (!isChanged) return found;
    // The same in another type, or a part of it.
    if (typeof found !== 'string') return String(found);
    const number = Number(found);
    return found !== '' && Number.isFinite(number) ? number : `${found.slice(0, -1).toWellFormed()}☃`;
  };
  const condition = (field: string): WhereCondition => {
    const kind = below(10);
    const bound = value(field);
    const isOrdered = typeof bound === 'number' || (typeof bound === 'string' && instantOf(bound) !== null);
    if (isOrdered && kind < 6) {
      const other = value(field);
      const isSame =
        typeof other === typeof bound && (typeof other === 'number' || instantOf(String(other)) !== null);
      const [low, high] = [['gt', 'gte'][below(2)]!, ['lt', 'lte'][below(2)]!];
      if (!isSame || kind < 2) return { [kind % 2 === 0 ? low : high]: bound };
      return { [low]: bound, [high]: other };
    }
    if (kind < 5) return bound;
    if (kind < 7) return [bound, value(field), value(field)].slice(0, 1 + below(3));
    if (kind === 7) return below(5) === 0 ? [] : { not: bound };
    return { not: [bound, value(field)] };
  };
  const field = () => fields[below(fields.length)]!;
  const where = Array.from({ length: 1 + below(below(3) + 1) }, (): Where => {
    const name = field();
    return { [name]: condition(name) };
  });
  return { where: where.length === 1 ? where[0]! : where, ...(fold && { fold }) };
}
