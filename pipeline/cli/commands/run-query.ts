/** Common part of all queries: opening the set, the form of the results, `--plan` and `--stats`. */

import type {
  JsonObject,
  QueryOptions,
  SphereQuery,
  SphereRow,
  SystemRow,
  Tileset,
  Usage,
} from '#client/index.ts';
import { isObject } from '#format/json.ts';
import type { Arguments } from '#pipeline/cli/arguments.ts';
import type { Command, Io } from '#pipeline/cli/command.ts';
import { EXIT } from '#pipeline/cli/exit.ts';
import { printCard } from '#pipeline/cli/print/card.ts';
import { printable } from '#pipeline/cli/print/printable.ts';
import { type ResultPrinter, wantsTable } from '#pipeline/cli/print/result-printer.ts';
import { say } from '#pipeline/cli/print/say.ts';
import type { PrintedColumn } from '#pipeline/cli/print/table-printer.ts';
import { openSet } from '#pipeline/cli/set-location.ts';

/** Streams and output form of a query. */
export interface QueryIo extends Io {
  /** Results are tables rather than JSON. */
  readonly asTable: boolean;
}

/** The outcome of a query whose results are printed. */
export interface QueryOutcome {
  /** Message for standard error, with exit code 4, if nothing was found; undefined if there are results. */
  readonly none?: string | undefined;
  /** Further members of `--stats`, beside the cost. */
  readonly stats?: JsonObject;
}

/** A query that was read from the command line. */
export interface Query {
  /** Prints the results. */
  answer(tileset: Tileset, options: QueryOptions, io: QueryIo): Promise<QueryOutcome>;
  /** The files that the results would be read from. */
  plan(tileset: Tileset, options: QueryOptions): Promise<JsonObject>;
}

/** The `run` of a command; `read` creates the query from its arguments. */
export function queryRunner(read: (args: Arguments) => Query): Command['run'] {
  return async (args, { output, stderr, signal }) => {
    const started = performance.now();
    const query = read(args);
    const asTable = wantsTable(args, output);
    const usage: Usage = { requests: 0, bytes: 0, roundTrips: 0, cacheHits: 0 };
    const options = { usage, signal };
    const tileset = await openSet(args.operand, { endpoint: args.text('endpoint') }, options);
    let outcome: QueryOutcome = {};
    if (args.has('plan')) {
      const plan = await query.plan(tileset, options);
      if (asTable) await printCard(output, plan, '');
      else await output.write(`${JSON.stringify(plan)}\n`);
    } else {
      outcome = await query.answer(tileset, options, { output, stderr, signal, asTable });
    }
    await output.flush();
    if (outcome.none !== undefined) say(stderr, outcome.none);
    if (args.has('stats')) {
      const { requests, bytes, roundTrips, cacheHits } = usage;
      const ms = Math.round(performance.now() - started);
      const stats = { requests, bytes, roundTrips, cacheHits, ms, ...outcome.stats };
      stderr.write(`${JSON.stringify(stats)}\n`);
    }
    return outcome.none === undefined ? EXIT.done : EXIT.none;
  };
}

/** The limit of a query for one result more than `limit`, which shows whether there are more. */
export function oneMore(limit: number): number {
  return Math.min(limit + 1, Number.MAX_SAFE_INTEGER);
}

/** Prints at most `limit` of the results; if there are more, standard error and `--stats` say so. */
export async function printFirst<T>(
  results: readonly T[],
  limit: number,
  printer: ResultPrinter<T>,
  { stderr }: Io,
  advice: string,
): Promise<QueryOutcome> {
  for (const result of results.slice(0, limit)) await printer.add(result);
  await printer.end();
  const truncated = results.length > limit;
  if (truncated) say(stderr, advice);
  return { stats: { truncated } };
}

/** A row as one object. Core columns come first and override record fields of the same name. */
export function rowObject({ fields, record, distance, ...core }: SystemRow & Partial<SphereRow>): JsonObject {
  return { ...core, ...fields, ...record, ...core, ...(distance !== undefined && { distance }) };
}

type Row = SystemRow & Partial<SphereRow>;

/** The columns of a table of systems; undefined if the results are JSON. */
export async function systemColumns(
  tileset: Tileset,
  options: QueryOptions,
  { asTable }: QueryIo,
  sphere?: Pick<SphereQuery, 'details'>,
): Promise<PrintedColumn<Row>[] | undefined> {
  if (!asTable) return undefined;
  const unit = await unitOf(tileset, options.signal);
  const measured = (name: string) => (unit === undefined ? name : `${name} (${unit})`);
  const columns: [heading: string, value: PrintedColumn<Row>['value']][] = [
    ['name', row => row.name],
    [measured('distance'), row => row.distance],
    [measured('x'), row => row.x],
    [measured('y'), row => row.y],
    [measured('z'), row => row.z],
    ['region', row => row.region],
    ['planets', row => row.record?.['planets']],
    ['id', row => row.id],
    ...tileset.options.summary.map((field): [string, PrintedColumn<Row>['value']] => [
      printable(field),
      row => row.fields?.[field],
    ]),
  ];
  const hidden = [sphere ? '' : measured('distance'), sphere?.details ? '' : 'planets'];
  return columns
    .filter(([heading]) => !hidden.includes(heading))
    .map(([heading, value]) => ({ heading, value }));
}

const ABBREVIATIONS: ReadonlyMap<string, string> = new Map([
  ['light years', 'ly'],
  ['light-years', 'ly'],
  ['parsecs', 'pc'],
  ['kiloparsecs', 'kpc'],
]);

/**
 * The unit of coordinates that a catalogue names in its `_meta`, as `units.position`. It is not counted in `--stats`: it
 * is for people, and the query does not need it.
 */
export async function unitOf(tileset: Tileset, signal?: AbortSignal): Promise<string | undefined> {
  for (const meta of await tileset.meta({ signal })) {
    const units = isObject(meta) ? meta['units'] : undefined;
    const unit = isObject(units) ? units['position'] : undefined;
    if (typeof unit === 'string') return ABBREVIATIONS.get(unit) ?? printable(unit);
  }
  return undefined;
}
