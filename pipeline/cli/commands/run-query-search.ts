import type { QueryOptions, Tileset } from '#client/index.ts';
import { MissingIndexError, type SearchHit, type SearchValue } from '#client/index.ts';
import type { Arguments } from '#pipeline/cli/arguments.ts';
import { resultPrinter } from '#pipeline/cli/print/result-printer.ts';
import { say } from '#pipeline/cli/print/say.ts';
import type { PrintedColumn } from '#pipeline/cli/print/table-printer.ts';
import { counted } from '#pipeline/cli/print/units.ts';
import { tablesPlan } from '#pipeline/cli/table-roots.ts';
import { type Query, type QueryIo, queryRunner, systemColumns } from './run-query.ts';

export const run = queryRunner(queryOf);

const VALUES: readonly PrintedColumn<SearchValue>[] = [
  { heading: 'field', value: row => row.field },
  { heading: 'value', value: row => row.value },
  { heading: 'match', value: row => row.match },
  { heading: 'systems', value: row => row.systems },
];

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
  return [name!, { heading: 'match', value: matchText }, ...others];
}

function matchText({ match, field, value }: SearchHit): string {
  if (value !== undefined) return `${field}: ${value}`;
  return field === undefined ? match : `${match} of ${field}`;
}

function queryOf(args: Arguments): Query {
  const text = args.operands[1]!;
  const limit = args.integer('limit');
  const asked = args.has('values');
  return {
    async answer(tileset, options, io) {
      const { systems, truncated, values, moreValues, mode } = await tileset.search(text, {
        ...options,
        limit,
      });
      const stats = asked ? { truncated: moreValues } : { truncated };
      const found = asked ? values : systems;
      if (found.length === 0) {
        if (limit === 0) return { none: `no ${asked ? 'values' : 'systems'}: --limit is 0`, stats };
        return { none: nothingFound(tileset, text, mode, asked), stats };
      }
      if (asked) {
        const printer = resultPrinter<SearchValue>(io.output, io.asTable ? VALUES : undefined, row => ({
          ...row,
        }));
        for (const value of values) await printer.add(value);
        await printer.end();
      } else {
        const columns = await hitColumns(tileset, options, io);
        const printer = resultPrinter<SearchHit>(io.output, columns, hit => ({ ...hit }));
        for (const system of systems) await printer.add(system);
        await printer.end();
        for (const line of io.asTable ? valueLines(values, moreValues) : []) say(io.stderr, line);
      }
      if (stats.truncated) {
        const most = counted(found.length, asked ? 'value' : 'system');
        say(io.stderr, `more than ${most} match; give a longer TEXT or a larger --limit`);
      }
      return { stats };
    },
    async plan(tileset) {
      if (tileset.options.search.mode === 'none') {
        throw new MissingIndexError(
          `${args.operand} was built without a search index: build it again with --search infix or words`,
        );
      }
      return tablesPlan(tileset, ['facetGrams', 'folded', 'grams']);
    },
  };
}

/** Values that are named beside the systems. */
const NAMED_VALUES = 3;

/** Lines about the values of facets that match. */
function valueLines(values: readonly SearchValue[], moreValues: boolean): string[] {
  const lines = values
    .slice(0, NAMED_VALUES)
    .map(({ field, value, systems }) => `${counted(systems, 'system')} with ${field} "${value}"`);
  if (values.length > NAMED_VALUES || moreValues) lines.push('further values of facets match: see --values');
  return lines;
}

function nothingFound({ options }: Tileset, text: string, mode: 'infix' | 'words', asked: boolean): string {
  const how = mode === 'words' ? 'has a word that begins with' : 'contains';
  if (asked) return `no value of a facet ${how} "${text}"`;
  const facets = options.facets.length > 0 ? ', nor in a value of a facet' : '';
  return `no system ${how} "${text}" in ${options.search.fields.join(', ')}${facets}`;
}
