import type { NearestQuery } from '#client/index.ts';
import type { Arguments } from '#pipeline/cli/arguments.ts';
import { filterOf } from '#pipeline/cli/where-option.ts';
import { nearestFirst, nothingAround } from './nearest-first.ts';
import { queryRunner } from './run-query.ts';

export const run = queryRunner(args => {
  const query = queryOf(args);
  return nearestFirst({
    query,
    find: (tileset, options) => tileset.nearest({ ...query, ...options }),
    emptyMessage: async (tileset, { signal }) => {
      const { center, count, maxRadius, where, fold } = query;
      if (count === 0) return 'no systems: --count is 0';
      return nothingAround(tileset, { center, where, fold, signal }, maxRadius);
    },
  });
});

function queryOf(args: Arguments): NearestQuery & { readonly maxRadius: number } {
  return {
    center: args.point('center')!,
    count: args.integer('count')!,
    minRadius: args.number('min-radius'),
    maxRadius: args.number('max-radius') ?? Number.POSITIVE_INFINITY,
    details: args.has('details'),
    ...filterOf(args),
  };
}
