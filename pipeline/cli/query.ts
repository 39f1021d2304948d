/** What all queries share: opening the set, counting the cost, the options `--plan` and `--stats`. */
import type { JsonObject, QueryOptions, SphereRow, SystemRow, Tileset, Usage } from '../../client/index.ts';
import type { Arguments } from './arguments.ts';
import type { Command, Io, OptionSpec } from './command.ts';
import { EXIT } from './exit.ts';
import { openSet } from './location.ts';

/** What a query gave. */
export interface Answer {
  readonly found: boolean;
  /** What `--stats` says beside the cost. */
  readonly stats?: JsonObject;
}

/** A question that was read from the command line. */
export interface Query {
  /** Prints the answer. */
  answer(tileset: Tileset, options: QueryOptions, io: Io): Promise<Answer>;
  /** What the answer would be read from. */
  plan(tileset: Tileset, options: QueryOptions): Promise<object>;
}

export const SET_OPERAND = { name: 'SET', text: 'a folder or an http(s) address' } as const;

export const COST_OPTIONS: Record<'plan' | 'stats', OptionSpec> = {
  plan: { text: 'prints which chunks may be read, without reading them' },
  stats: { text: 'prints what the query cost to standard error, as one JSON line' },
};

/** Of queries that go by tables: which pages they come to shows only when they read. */
export const TABLE_OPTIONS: typeof COST_OPTIONS = {
  ...COST_OPTIONS,
  plan: { text: 'prints where the query would begin to read, without reading' },
};

export const STATS_NOTE = '--stats: {requests, bytes, roundTrips, cacheHits, ms}.';

/** For the help of all queries that go by tables. */
export const TABLE_NOTES: readonly string[] = [
  '--plan prints {generation, roots: [{table, file, length}], least}: the pages that the query begins with, their lengths',
  `in bytes before compression, and the fewest requests it takes. ${STATS_NOTE}`,
];

/** How a command runs that asks what `read` makes of its arguments. */
export function runQuery(read: (args: Arguments) => Query): Command['run'] {
  return async (args, io) => {
    const started = performance.now();
    const query = read(args);
    const usage: Usage = { requests: 0, bytes: 0, roundTrips: 0, cacheHits: 0 };
    const options = { usage, signal: io.signal };
    const tileset = await openSet(args.operand, options);
    let answer: Answer = { found: true };
    if (args.has('plan')) await io.output.write(`${JSON.stringify(await query.plan(tileset, options))}\n`);
    else answer = await query.answer(tileset, options, io);
    await io.output.flush();
    if (args.has('stats')) {
      const { requests, bytes, roundTrips, cacheHits } = usage;
      const ms = Math.round(performance.now() - started);
      const stats = { requests, bytes, roundTrips, cacheHits, ms, ...answer.stats };
      io.stderr.write(`${JSON.stringify(stats)}\n`);
    }
    return answer.found ? EXIT.done : EXIT.none;
  };
}

/** What queries go by first, and never in doubt, whatever a record calls its own fields. */
export function rowObject({ fields, record, distance, ...core }: SystemRow & Partial<SphereRow>): JsonObject {
  return { ...core, ...fields, ...record, ...core, ...(distance !== undefined && { distance }) };
}
