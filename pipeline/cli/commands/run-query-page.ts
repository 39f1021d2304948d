import type { RowKey } from '#client/index.ts';
import { jsonText } from '#format/json-text.ts';
import type { Arguments } from '#pipeline/cli/arguments.ts';
import { paint } from '#pipeline/cli/print/colour.ts';
import { TablePrinter } from '#pipeline/cli/print/table-printer.ts';
import { counted } from '#pipeline/cli/print/units.ts';
import { tablesPlan } from '#pipeline/cli/table-roots.ts';
import { UsageError } from '#pipeline/errors.ts';
import { noSystemInRegion } from './near-misses.ts';
import { type Query, queryRunner, rowObject, systemColumns } from './run-query.ts';

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
      const { systems, total, page, perPage, totalPages } = await tileset.page({ ...query, ...options });
      const columns = await systemColumns(tileset, options, io);
      if (columns) {
        const table = new TablePrinter(io.output, columns);
        for (const system of systems) await table.add(system);
        await table.end();
        const footer = `Page ${page} of ${totalPages}, ${counted(total, 'system')} in total`;
        if (systems.length > 0) await io.output.write(`${paint('dim', footer, io.output)}\n`);
      } else {
        const answer = { total, page, per_page: perPage, total_pages: totalPages };
        await io.output.write(`${jsonText({ systems: systems.map(rowObject), ...answer })}\n`);
      }
      if (systems.length > 0) return {};
      if (total === 0 && region !== undefined) {
        return { none: await noSystemInRegion(tileset, region, options.signal) };
      }
      if (total === 0) return { none: 'no systems: the chunk set is empty' };
      return { none: `page ${page} is empty; the last page is ${totalPages}` };
    },
    plan: async tileset => tablesPlan(tileset, region === undefined ? ['names'] : ['regions', 'members']),
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
