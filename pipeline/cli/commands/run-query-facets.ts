import type { FacetInfo, FacetValueCount, Tileset } from '#client/index.ts';
import type { Arguments } from '#pipeline/cli/arguments.ts';
import { resultPrinter } from '#pipeline/cli/print/result-printer.ts';
import type { PrintedColumn } from '#pipeline/cli/print/table-printer.ts';
import { counted } from '#pipeline/cli/print/units.ts';
import { didYouMean, nearest } from '#pipeline/cli/suggest.ts';
import { tablesPlan } from '#pipeline/cli/table-roots.ts';
import { UsageError } from '#pipeline/errors.ts';
import { oneMore, printFirst, type Query, queryRunner } from './run-query.ts';
import { LISTED } from './shared-options.ts';

const FACETS: readonly PrintedColumn<FacetInfo>[] = [
  { heading: 'facet', value: row => row.field },
  { heading: 'values', value: row => row.values },
  { heading: 'paths', value: row => row.paths.join('|') },
];
const VALUES: readonly PrintedColumn<FacetValueCount>[] = [
  { heading: 'value', value: row => row.value },
  { heading: 'systems', value: row => row.systems },
];

export const run = queryRunner(queryOf);

function queryOf(args: Arguments): Query {
  const [, field] = args.operands as [string, string?];
  const prefix = args.text('prefix');
  const limit = args.integer('limit');
  if (field === undefined && (prefix !== undefined || limit !== undefined))
    throw new UsageError('query facets: --prefix and --limit need a FIELD');
  return {
    async answer(tileset, options, io) {
      const { output, asTable } = io;
      if (field === undefined) {
        const printer = resultPrinter<FacetInfo>(output, asTable ? FACETS : undefined, plain);
        const facets = await tileset.facets(options);
        for (const facet of facets) await printer.add(facet);
        await printer.end();
        return facets.length > 0 ? {} : { none: 'no facets: the set was built without' };
      }
      checkFacetField(tileset, field);
      const most = limit ?? LISTED;
      if (most === 0) return { none: 'no values: --limit is 0' };
      const values = await tileset.facet(field, { prefix, limit: oneMore(most), ...options });
      if (values.length === 0) return { none: `no value of "${field}" begins with "${prefix ?? ''}"` };
      const printer = resultPrinter<FacetValueCount>(output, asTable ? VALUES : undefined, plain);
      const advice = `more than ${counted(most, 'value')}; give a longer --prefix or a larger --limit`;
      return printFirst(values, most, printer, io, advice);
    },
    async plan(tileset) {
      return tablesPlan(tileset, ['facets']);
    },
  };
}

/** @throws UsageError that suggests a facet */
function checkFacetField(tileset: Tileset, field: string): void {
  const known = tileset.options.facets.map(facet => facet.field);
  if (known.includes(field)) return;
  throw new UsageError(
    `"${field}" is not a facet of the set, only ${known.join(', ') || 'none'}: build it with --facets${didYouMean(nearest(field, known))}`,
  );
}

function plain<T extends object>(row: T) {
  return { ...row } as never;
}
