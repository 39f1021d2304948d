import type { RowKey } from '#client/index.ts';
import type { Arguments } from '#pipeline/cli/arguments.ts';
import { tablesPlan } from '#pipeline/cli/table-roots.ts';
import { UsageError } from '#pipeline/errors.ts';
import { noSystemInRegion } from './near-misses.ts';
import { printPage } from './print-page.ts';
import { type Query, queryRunner } from './run-query.ts';

export const run = queryRunner(queryOf);

function queryOf(args: Arguments): Query {
  const region = args.text('region');
  const query = {
    region,
    page: args.integer('page', 1),
    perPage: args.integer('per-page', 1),
    after: afterOf(args),
  };
  return {
    async answer(tileset, options, io) {
      const page = await tileset.page({ ...query, ...options });
      const noSystem =
        region === undefined ? undefined : () => noSystemInRegion(tileset, region, options.signal);
      return printPage(tileset, page, options, io, noSystem);
    },
    plan: async tileset => tablesPlan(tileset, region === undefined ? ['names'] : ['listings', 'members']),
  };
}

function afterOf(args: Arguments): RowKey | undefined {
  const name = args.text('after');
  const id = args.text('after-id');
  if (name === undefined) {
    if (id !== undefined)
      throw new UsageError('query page: --after-id needs --after, the name of the system');
    return undefined;
  }
  if (args.has('page')) throw new UsageError('query page: give either --page or --after');
  // No string lies between a name and the same name with a NUL, and no id is empty.
  return id === undefined ? { name: `${name}\0`, id: '' } : { name, id };
}
