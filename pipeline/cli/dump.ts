import { jsonText } from '../../client/format/json-text.ts';
import type { JsonValue } from '../../client/index.ts';
import type { ColumnLine } from './columns.ts';
import { clipped } from './printable.ts';

/** What a file holds: `value` whole, and for a person its columns and the first of its rows. */
export interface Dump {
  readonly kind: string;
  readonly value: unknown;
  readonly columns: readonly ColumnLine[];
  readonly first: readonly string[];
}

const FIRST_ROWS = 5;
const LINE_CHARS = 160;

/** The first of some rows, a line each. */
export function firstLines(rows: readonly JsonValue[]): string[] {
  return rows.slice(0, FIRST_ROWS).map(line);
}

/** A value on a line that fits. */
export function line(value: JsonValue): string {
  return clipped(jsonText(value), LINE_CHARS);
}
