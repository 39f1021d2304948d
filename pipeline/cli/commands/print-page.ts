/** Prints one page of systems. */
import type { Page, QueryOptions, Tileset } from '#client/index.ts';
import { jsonText } from '#format/json-text.ts';
import { paint } from '#pipeline/cli/print/colour.ts';
import { TablePrinter } from '#pipeline/cli/print/table-printer.ts';
import { counted } from '#pipeline/cli/print/units.ts';
import { type QueryIo, type QueryOutcome, rowObject, systemColumns } from './run-query.ts';

/** @param noSystem message if there are no systems at all, though the set has some */
export async function printPage(
  tileset: Tileset,
  { systems, total, page, perPage, totalPages }: Page,
  options: QueryOptions,
  io: QueryIo,
  noSystem?: () => Promise<string>,
): Promise<QueryOutcome> {
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
  if (total === 0 && noSystem) return { none: await noSystem() };
  if (total === 0) return { none: 'no systems: the chunk set is empty' };
  return { none: `page ${page} is empty; the last page is ${totalPages}` };
}
