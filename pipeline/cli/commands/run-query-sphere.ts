import type { SphereQuery } from '#client/index.ts';
import type { Arguments } from '#pipeline/cli/arguments.ts';
import { filterOf } from '#pipeline/cli/where-option.ts';
import { UsageError } from '#pipeline/errors.ts';
import { nearestFirst, nothingAround } from './nearest-first.ts';
import { queryRunner } from './run-query.ts';

export const run = queryRunner(args => {
  const query = queryOf(args);
  return nearestFirst({
    query,
    find: (tileset, options) => tileset.sphere({ ...query, ...options }),
    emptyMessage: async (tileset, { signal }) => {
      const { center, limit, radius, where, fold } = query;
      if (limit === 0) return 'no systems: --limit is 0';
      return nothingAround(tileset, { center, where, fold, signal }, radius);
    },
  });
});

function queryOf(args: Arguments): SphereQuery & { readonly radius: number } {
  const limit = args.integer('limit');
  const radius = args.number('radius') ?? Number.POSITIVE_INFINITY;
  if (!args.has('radius') && limit === undefined) {
    throw new UsageError('query sphere: --radius is missing: give --radius R, or --limit N for the nearest');
  }
  return {
    center: args.point('center')!,
    radius,
    minRadius: args.number('min-radius'),
    limit,
    details: args.has('details'),
    ...filterOf(args),
  };
}
