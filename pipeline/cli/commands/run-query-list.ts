import type { ListedValue, Page, QueryOptions, Tileset } from '#client/index.ts';
import type { FacetValue } from '#format/facets/facet-value.ts';
import type { Arguments } from '#pipeline/cli/arguments.ts';
import { boundsColumns, plainBounds } from '#pipeline/cli/print/bounds-columns.ts';
import { resultPrinter } from '#pipeline/cli/print/result-printer.ts';
import type { PrintedColumn } from '#pipeline/cli/print/table-printer.ts';
import { didYouMean } from '#pipeline/cli/suggest.ts';
import { tablesPlan } from '#pipeline/cli/table-roots.ts';
import { UsageError } from '#pipeline/errors.ts';
import { noSystemOfValue, similarListing } from './near-misses.ts';
import { printPage } from './print-page.ts';
import { type Query, type QueryIo, type QueryOutcome, queryRunner } from './run-query.ts';

const COLUMNS: readonly PrintedColumn<ListedValue>[] = [
  { heading: 'value', value: row => row.value },
  { heading: 'systems', value: row => row.systems },
  ...boundsColumns,
];

export const run = queryRunner(queryOf);

function queryOf(args: Arguments): Query {
  const [, field, value] = args.operands as [string, string, string?];
  const order = args.choice('order', ['asc', 'desc']);
  if (order !== undefined && value !== undefined)
    throw new UsageError('query list: --order is for all systems: leave out VALUE');
  const query = { page: args.integer('page', 1), perPage: args.integer('per-page', 1), order };
  return {
    async answer(tileset, options, io) {
      checkListed(tileset, field);
      if (value !== undefined) {
        const page = await pageOfText(tileset, field, value, { ...query, ...options });
        return printPage(tileset, page, options, io, () =>
          noSystemOfValue(tileset, field, value, options.signal),
        );
      }
      if (order === undefined && isByValue(tileset, field)) {
        if (query.page !== undefined || query.perPage !== undefined)
          throw new UsageError('query list: --page and --per-page need a VALUE, or --order');
        return printValues(tileset, field, options, io);
      }
      const page = await tileset.list(field, undefined, { ...query, ...options });
      return printPage(tileset, page, options, io);
    },
    async plan(tileset) {
      checkListed(tileset, field);
      if (value !== undefined) return tablesPlan(tileset, ['listings', 'members']);
      return tablesPlan(
        tileset,
        order === undefined && isByValue(tileset, field) ? ['listings'] : ['ordered'],
      );
    },
  };
}

function isByValue(tileset: Tileset, field: string): boolean {
  return tileset.options.listings.some(listing => listing.field === field && listing.order === 'value');
}

/** @throws UsageError that suggests a field */
function checkListed(tileset: Tileset, field: string): void {
  const { listings } = tileset.options;
  if (!listings || listings.some(listing => listing.field === field)) return;
  const known = [...new Set(listings.map(listing => listing.field))].join(', ');
  throw new UsageError(
    `the set has no listing of "${field}", only of ${known}: build it with --listings ${field}${didYouMean(similarListing(tileset, field))}`,
  );
}

/** The page of a value that is given as text: a string, or else the number or boolean that it reads as. */
async function pageOfText(
  tileset: Tileset,
  field: string,
  text: string,
  query: QueryOptions & { readonly page?: number | undefined; readonly perPage?: number | undefined },
): Promise<Page> {
  const { page, perPage, signal, usage } = query;
  const options = { page, perPage, signal, usage };
  const found = await tileset.list(field, text, options);
  const other = scalarOf(text);
  return found.total > 0 || other === undefined ? found : tileset.list(field, other, options);
}

/** The number or boolean that JSON reads in a text. */
function scalarOf(text: string): FacetValue | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
  } catch {
    return undefined;
  }
}

async function printValues(
  tileset: Tileset,
  field: string,
  options: QueryOptions,
  { output, asTable }: QueryIo,
): Promise<QueryOutcome> {
  const printer = resultPrinter<ListedValue>(
    output,
    asTable ? COLUMNS : undefined,
    ({ value, systems, bounds }) => ({ value, systems, bounds: plainBounds(bounds) }),
  );
  let count = 0;
  for await (const value of tileset.list(field, options)) {
    count++;
    await printer.add(value);
  }
  await printer.end();
  return count > 0 ? {} : { none: `no values: no system has a "${field}"` };
}
