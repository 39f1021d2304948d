/** Prints the results of a query: as JSON, one object per line, or as a table. */

import type { JsonValue } from '#client/index.ts';
import { jsonText } from '#format/json-text.ts';
import type { Arguments } from '#pipeline/cli/arguments.ts';
import { UsageError } from '#pipeline/errors.ts';
import type { Output } from './output.ts';
import { type PrintedColumn, TablePrinter } from './table-printer.ts';

/** Prints results row by row. */
export interface ResultPrinter<T> {
  add(row: T): Promise<void>;
  end(): Promise<void>;
}

/** True for a table: --table and --json decide; otherwise, whether the output is a terminal. @throws UsageError */
export function wantsTable(args: Arguments, output: Output): boolean {
  if (args.has('json') && args.has('table')) throw new UsageError('give --json or --table, not both');
  return args.has('table') || (output.isTTY && !args.has('json'));
}

/** @param columns columns of a table; undefined for JSON @param toJson converts a row to JSON */
export function resultPrinter<T>(
  output: Output,
  columns: readonly PrintedColumn<T>[] | undefined,
  toJson: (row: T) => JsonValue,
): ResultPrinter<T> {
  if (columns) return new TablePrinter(output, columns);
  return {
    add: row => output.write(`${jsonText(toJson(row))}\n`),
    end: async () => {},
  };
}
