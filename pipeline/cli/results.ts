/** Where the results of a query go: JSON, one object a line, or a table. */
import { jsonText } from '../../client/format/json-text.ts';
import type { JsonValue } from '../../client/index.ts';
import { UsageError } from '../errors.ts';
import type { Arguments } from './arguments.ts';
import type { Output } from './output.ts';
import { type Column, TablePrinter } from './table.ts';

/** Prints a row at a time. */
export interface ResultPrinter<T> {
  add(row: T): Promise<void>;
  end(): Promise<void>;
}

/** True for a table: --table and --json decide, else whether the output is a terminal. @throws UsageError */
export function wantsTable(args: Arguments, output: Output): boolean {
  if (args.has('json') && args.has('table')) throw new UsageError('give --json or --table, not both');
  return args.has('table') || (output.isTTY && !args.has('json'));
}

/**
 * @param columns of a table; undefined for JSON
 * @param toJson the object of a row
 */
export function resultPrinter<T>(
  output: Output,
  columns: readonly Column<T>[] | undefined,
  toJson: (row: T) => JsonValue,
): ResultPrinter<T> {
  if (columns) return new TablePrinter(output, columns);
  return {
    add: row => output.write(`${jsonText(toJson(row))}\n`),
    end: async () => {},
  };
}
