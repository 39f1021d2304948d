import type { Arguments } from '#pipeline/cli/arguments.ts';
import { resultPrinter } from '#pipeline/cli/print/result-printer.ts';
import { counted } from '#pipeline/cli/print/units.ts';
import { tablesPlan } from '#pipeline/cli/table-roots.ts';
import { UsageError } from '#pipeline/errors.ts';
import { noNameWithPrefix } from './near-misses.ts';
import { oneMore, printFirst, type Query, queryRunner } from './run-query.ts';
import { LISTED } from './shared-options.ts';

export const run = queryRunner(queryOf);

function queryOf(args: Arguments): Query {
  const ignoreCase = args.has('ignore-case');
  const operand = args.operands[1];
  if (operand !== undefined && args.has('prefix')) {
    throw new UsageError('query names: give either PREFIX or --prefix');
  }
  const prefix = operand ?? args.text('prefix') ?? '';
  const limit = args.integer('limit') ?? LISTED;
  return {
    async answer(tileset, options, io) {
      if (limit === 0) return { none: 'no names: --limit is 0' };
      const names = await tileset.names({ prefix, limit: oneMore(limit), ignoreCase, ...options });
      if (names.length === 0)
        return { none: await noNameWithPrefix(tileset, prefix, ignoreCase, options.signal) };
      const columns = io.asTable ? [{ heading: 'name', value: (name: string) => name }] : undefined;
      const printer = resultPrinter<string>(io.output, columns, name => name);
      const advice = `more than ${counted(limit, 'name')}; give a longer PREFIX or a larger --limit`;
      return printFirst(names, limit, printer, io, advice);
    },
    plan: async tileset => tablesPlan(tileset, ignoreCase ? ['folded'] : ['names']),
  };
}
