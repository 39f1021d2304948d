import type { QueryOptions, Tileset } from '#client/index.ts';
import { MissingIndexError, type SearchHit } from '#client/index.ts';
import type { Arguments } from '#pipeline/cli/arguments.ts';
import { resultPrinter } from '#pipeline/cli/print/result-printer.ts';
import type { PrintedColumn } from '#pipeline/cli/print/table-printer.ts';
import { counted } from '#pipeline/cli/print/units.ts';
import { tablesPlan } from '#pipeline/cli/table-roots.ts';
import { type Query, type QueryIo, queryRunner, systemColumns } from './run-query.ts';

export const run = queryRunner(queryOf);

/** The columns of a table of hits: those of systems, and how each matches. */
async function hitColumns(
  tileset: Tileset,
  options: QueryOptions,
  io: QueryIo,
): Promise<PrintedColumn<SearchHit>[] | undefined> {
  const columns = await systemColumns(tileset, options, io);
  if (!columns) return undefined;
  // Rows of a search have no summary fields.
  const [name, ...others] = columns.slice(0, columns.length - tileset.options.summary.length);
  return [
    name!,
    { heading: 'match', value: ({ match, field }) => (field ? `${match} of ${field}` : match) },
    ...others,
  ];
}

function queryOf(args: Arguments): Query {
  const text = args.operands[1]!;
  const limit = args.integer('limit');
  return {
    async answer(tileset, options, io) {
      const { systems, truncated, mode } = await tileset.search(text, { ...options, limit });
      if (systems.length === 0) {
        if (limit === 0) return { none: 'no systems: --limit is 0', stats: { truncated } };
        const where = mode === 'words' ? 'has a word that begins with' : 'contains';
        const fields = tileset.options.search.fields.join(', ');
        return { none: `no system ${where} "${text}" in ${fields}`, stats: { truncated } };
      }
      const columns = await hitColumns(tileset, options, io);
      const printer = resultPrinter<SearchHit>(io.output, columns, hit => ({ ...hit }));
      for (const system of systems) await printer.add(system);
      await printer.end();
      if (truncated) {
        io.stderr.write(
          `haven-chunks: more than ${counted(systems.length, 'system')} match; give a longer TEXT or a larger --limit\n`,
        );
      }
      return { stats: { truncated } };
    },
    async plan(tileset) {
      if (tileset.options.search.mode === 'none') {
        throw new MissingIndexError(
          `${args.operand} was built without a search index: build it again with --search infix or words`,
        );
      }
      return tablesPlan(tileset, ['fold', 'folded', 'names', 'grams', 'results']);
    },
  };
}
