/** Rows of a table by the row of another one that they belong to. */

import type { JsonObject } from '#format/json.ts';
import type { Rejection } from '#format/record/limits.ts';
import type { Flaw, NumberForm, Select, TableRow } from './select.ts';

/** The rows that belong to one row. */
export interface Nested {
  readonly records: JsonObject[];
  /** Why one of them, or of what belongs to it, cannot be used. */
  refusal?: Rejection;
}

/** Ids of rows whose children are read together, and how much memory these may take. */
export interface Batch {
  /** The ids as a JSON list. */
  readonly ids: string;
  readonly form: NumberForm;
  /** Bytes of JSON, at least, of all rows read for it; reading ends where they are above the limit. */
  size: number;
  readonly limit: number;
}

/** A table whose rows belong to those of another. */
export interface NestedTable {
  readonly name: string;
  /** Rows by the ids of a batch. */
  readonly select: Select;
  /** Column with the id of the row that a row belongs to. */
  readonly parent: string;
  /** Field of a system that holds them. */
  readonly field: string;
}

/**
 * The rows of a table for a batch, by the ids of what they belong to.
 * @param extend adds what belongs to a row
 */
export function nestedRows(
  table: NestedTable | undefined,
  batch: Batch,
  extend: (record: JsonObject, id: string) => Rejection | undefined = () => undefined,
): Map<string, Nested> {
  const groups = new Map<string, Nested>();
  if (!table || batch.size > batch.limit) return groups;
  const { select, parent, field, name } = table;
  for (const row of select.rows(batch.ids)) {
    batch.size += row.size;
    if (batch.size > batch.limit) break;
    const key = String(select.cell(row, parent));
    const group: Nested = groups.get(key) ?? { records: [] };
    groups.set(key, group);
    const record = select.object(row, batch.form);
    const refusal = row.flaw
      ? refusalOf(name, row, row.flaw, field)
      : extend(record, String(select.cell(row, 'id')));
    if (refusal) group.refusal ??= refusal;
    group.records.push(record);
  }
  return groups;
}

/** Why a row cannot be used, with its table, row and column. */
export function refusalOf(
  table: string,
  { number }: TableRow,
  { column, reason }: Flaw,
  field = column,
): Rejection {
  return { field, reason: `table ${table}, row ${number}, column ${column}: ${reason}` };
}
