import type { RegionRow } from '#client/index.ts';
import { boundsColumns, plainBounds } from '#pipeline/cli/print/bounds-columns.ts';
import { resultPrinter } from '#pipeline/cli/print/result-printer.ts';
import type { PrintedColumn } from '#pipeline/cli/print/table-printer.ts';
import { tablesPlan } from '#pipeline/cli/table-roots.ts';
import { queryRunner } from './run-query.ts';

const COLUMNS: readonly PrintedColumn<RegionRow>[] = [
  { heading: 'region', value: row => row.region },
  { heading: 'systems', value: row => row.systems },
  ...boundsColumns,
];

export const run = queryRunner(() => ({
  async answer(tileset, options, { output, asTable }) {
    const printer = resultPrinter<RegionRow>(
      output,
      asTable ? COLUMNS : undefined,
      ({ region, systems, bounds }) => ({ region, systems, bounds: plainBounds(bounds) }),
    );
    let count = 0;
    for await (const region of tileset.regions(options)) {
      count++;
      await printer.add(region);
    }
    await printer.end();
    return count > 0 ? {} : { none: 'no regions: the chunk set is empty' };
  },
  plan: async tileset => tablesPlan(tileset, ['listings']),
}));
