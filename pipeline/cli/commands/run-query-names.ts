import type { Arguments } from '#pipeline/cli/arguments.ts';
import { resultPrinter } from '#pipeline/cli/print/result-printer.ts';
import { tablesPlan } from '#pipeline/cli/table-roots.ts';
import { UsageError } from '#pipeline/errors.ts';
import { noNameWithPrefix } from './near-misses.ts';
import { type Query, queryRunner } from './run-query.ts';

export const run = queryRunner(queryOf);

function queryOf(args: Arguments): Query {
  const ignoreCase = args.has('ignore-case');
  const operand = args.operands[1];
  if (operand !== undefined && args.has('prefix')) {
    throw new UsageError('query names: give either PREFIX or --prefix');
  }
  const prefix = operand ?? args.text('prefix') ?? '';
  const query = { prefix, limit: args.integer('limit'), ignoreCase };
  return {
    async answer(tileset, options, { output, asTable }) {
      const names = await tileset.names({ ...query, ...options });
      const columns = asTable ? [{ heading: 'name', value: (name: string) => name }] : undefined;
      const printer = resultPrinter<string>(output, columns, name => name);
      for (const name of names) await printer.add(name);
      await printer.end();
      if (names.length > 0) return {};
      if (query.limit === 0) return { none: 'no names: --limit is 0' };
      return { none: await noNameWithPrefix(tileset, prefix, ignoreCase, options.signal) };
    },
    plan: async tileset => tablesPlan(tileset, ignoreCase ? ['folded'] : ['names']),
  };
}
