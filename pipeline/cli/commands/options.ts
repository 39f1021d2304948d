/** Operands and options that several commands share. */
import type { OperandSpec, OptionSpec } from '../command.ts';

type Options = Readonly<Record<string, OptionSpec>>;

export const SET: OperandSpec = { name: 'SET', text: 'the folder or the http(s) URL of a chunk set' };

export const FORMAT_OPTIONS: Options = {
  json: { text: 'prints JSON, one object a line: the default unless the output is a terminal' },
  table: { text: 'prints a table: the default on a terminal' },
};

export const QUERY_OPTIONS: Options = {
  ...FORMAT_OPTIONS,
  plan: { text: 'prints which files the query would read, without reading them' },
  stats: { text: 'prints the cost to standard error: {requests, bytes, roundTrips, cacheHits, ms}' },
};

/** `--plan` of queries that read sorted tables. */
export const TABLE_PLAN_NOTES: readonly string[] = [
  '--plan prints {generation, roots: [{table, file, length}], least}: the files that the query starts from with their',
  'uncompressed bytes, and the lowest number of requests that it takes. Which files follow depends on what it reads.',
];
