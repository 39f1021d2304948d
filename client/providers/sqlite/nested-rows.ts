/** Groups rows of a table by their parent row in another table. */

import type { JsonObject } from '#format/json.ts';
import type { Rejection } from '#format/record/limits.ts';
import type { NumberForm, Select, SqlFlaw, TableRow } from './select.ts';

/** The rows of one parent. */
export interface Nested {
  readonly records: JsonObject[];
  /** Reason why one of them, or one of their children, cannot be used. */
  refusal?: Rejection;
}

/** Ids of rows whose children are read together, and their limit of memory. */
export interface Batch {
  /** The ids as a JSON array. */
  readonly ids: string;
  readonly form: NumberForm;
  /** Lower bound for the bytes of JSON of all rows read; reading stops when it exceeds the limit. */
  size: number;
  readonly limit: number;
}

/** A table with children of rows of another table. */
export interface NestedTable {
  readonly name: string;
  /** Query for the rows of a batch of ids. */
  readonly select: Select;
  /** Column with the id of the parent. */
  readonly parent: string;
  /** Field of a system for the rows. */
  readonly field: string;
}

/**
 * The rows of a table for a batch, by the ids of their parents.
 * @param extend adds the children of a row
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

/** The refusal of a row, with its table, row and column. */
export function refusalOf(
  table: string,
  { number }: TableRow,
  { column, reason }: SqlFlaw,
  field = column,
): Rejection {
  return { field, reason: `table ${table}, row ${number}, column ${column}: ${reason}` };
}
