import { ArgumentError, type FilterOptions } from '#client/index.ts';
import { parseWhere } from '#client/query/parse-where.ts';
import { UsageError } from '#pipeline/errors.ts';
import type { Arguments } from './arguments.ts';

/**
 * The filter of a query, from `--where` and `--ignore-case`.
 * @throws UsageError with the filter and the expected syntax
 */
export function filterOf(args: Arguments): FilterOptions {
  if (args.has('where')) return { where: conditionsOf(args.all('where')), fold: args.has('ignore-case') };
  if (args.has('ignore-case'))
    throw new UsageError('--ignore-case needs --where: it compares values of facets');
  return {};
}

function conditionsOf(filters: readonly string[]): FilterOptions['where'] {
  try {
    return parseWhere(filters, '--where');
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
}
