import type { BoxQuery } from '#client/index.ts';
import type { Arguments } from '#pipeline/cli/arguments.ts';
import { filterOf } from '#pipeline/cli/where-option.ts';
import { nearestFirst } from './nearest-first.ts';
import { queryRunner } from './run-query.ts';

export const run = queryRunner(args => {
  const query = queryOf(args);
  return nearestFirst({
    query,
    find: (tileset, options) => tileset.box({ ...query, ...options }),
    emptyMessage: async tileset => {
      if (query.limit === 0) return 'no systems: --limit is 0';
      if (tileset.counts.systems === 0) return 'no systems: the chunk set is empty';
      const { min, max } = tileset.bounds!;
      if (query.where) return 'no system in the box matches --where';
      return `no system in the box; the systems of the set are from (${min.join(', ')}) to (${max.join(', ')})`;
    },
  });
});

function queryOf(args: Arguments): BoxQuery {
  return {
    min: args.point('min')!,
    max: args.point('max')!,
    limit: args.integer('limit'),
    details: args.has('details'),
    ...filterOf(args),
  };
}
