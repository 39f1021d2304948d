import type { JsonValue } from '#client/index.ts';
import { jsonText } from '#format/json-text.ts';
import { clipped } from '#pipeline/cli/print/printable.ts';
import type { ColumnLine } from './file-columns.ts';

/** Content of a file: the complete `value`; for people, its columns and first rows. */
export interface Dump {
  readonly kind: string;
  readonly value: unknown;
  readonly columns: readonly ColumnLine[];
  readonly first: readonly string[];
}

const FIRST_ROWS = 5;
const LINE_CHARS = 160;

/** The first rows, one per line. */
export function firstLines(rows: readonly JsonValue[]): string[] {
  return rows.slice(0, FIRST_ROWS).map(line);
}

/** A value on one line, cut if it is too long. */
export function line(value: JsonValue): string {
  return clipped(jsonText(value), LINE_CHARS);
}
