/**
 * Temporary tables with the facet values of a database, nested ones included, for SQL. `facet_values` has a row for each
 * value of a system: field, `key` as in `valueKey`, and `system`, the id. `facet_orders` has a row for each system:
 * field, `ascending` and `descending` as in `orderKey`, and `system`.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { SystemWithRecord } from '#client/query/types.ts';
import { facetExtractor } from '#format/facets/facet-extractor.ts';
import type { FacetField } from '#format/facets/facet-field.ts';
import { valueKey } from '#format/facets/facet-value.ts';
import { orderKey } from '#format/facets/order-key.ts';

const TABLES = `
  CREATE TEMP TABLE IF NOT EXISTS facet_values (
    field TEXT, system TEXT, key TEXT, PRIMARY KEY (field, system, key)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS temp.facet_keys ON facet_values (field, key);
  CREATE TEMP TABLE IF NOT EXISTS facet_orders (
    field TEXT, system TEXT, ascending TEXT, descending TEXT, PRIMARY KEY (field, system)
  ) WITHOUT ROWID`;

/** Fills the tables with some fields of all systems. */
export function fillFacetTables(
  sqlite: DatabaseSync,
  systems: Iterable<SystemWithRecord>,
  facets: readonly FacetField[],
): void {
  sqlite.exec(TABLES);
  const values = sqlite.prepare('INSERT OR REPLACE INTO facet_values VALUES (?, ?, ?)');
  const orders = sqlite.prepare('INSERT OR REPLACE INTO facet_orders VALUES (?, ?, ?, ?)');
  const valuesOf = facetExtractor(facets);
  for (const { id, region, record } of systems) {
    valuesOf({ region, fields: record }).forEach((own, i) => {
      const { field } = facets[i]!;
      for (const value of own) values.run(field, id, valueKey(value));
      orders.run(field, id, orderKey(own, 'asc'), orderKey(own, 'desc'));
    });
  }
}
