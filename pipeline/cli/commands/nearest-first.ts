/** Common part of queries in space: rows nearest first, and the plan. */
import type {
  BoxQuery,
  NearestQuery,
  QueryOptions,
  Rows,
  SphereQuery,
  SphereRow,
  Tileset,
} from '#client/index.ts';
import { resultPrinter } from '#pipeline/cli/print/result-printer.ts';
import { type Query, rowObject, systemColumns, unitOf } from './run-query.ts';

export interface NearestFirst {
  readonly query: SphereQuery | NearestQuery | BoxQuery;
  readonly find: (tileset: Tileset, options: QueryOptions) => Rows<SphereRow>;
  /** Message if there are no rows. */
  readonly emptyMessage: (tileset: Tileset, options: QueryOptions) => Promise<string>;
}

export function nearestFirst({ query, find, emptyMessage }: NearestFirst): Query {
  return {
    async answer(tileset, options, io) {
      const columns = await systemColumns(tileset, options, io, query);
      const printer = resultPrinter<SphereRow>(io.output, columns, rowObject);
      let count = 0;
      for await (const row of find(tileset, options)) {
        count++;
        await printer.add(row);
      }
      await printer.end();
      return count > 0 ? {} : { none: await emptyMessage(tileset, options) };
    },
    async plan(tileset, options) {
      const { pages, chunks, facets } = await tileset.plan({ ...query, ...options });
      return {
        generation: tileset.generation,
        pages: pages.map(({ hash, length }) => ({ hash, length })),
        chunks: chunks.map(({ ref: { hash, length }, nearest, systems }) => ({
          ...{ hash, length, nearest, systems },
        })),
        facets: facets.map(({ hash, length }) => ({ hash, length })),
        systems: chunks.reduce((sum, chunk) => sum + chunk.systems, 0),
        length: [...pages, ...chunks.map(chunk => chunk.ref), ...facets].reduce(
          (sum, ref) => sum + ref.length,
          0,
        ),
        requests: 1 + pages.length + chunks.length + facets.length,
      };
    },
  };
}

/** Message for a query around a point without a result; names the nearest system beyond the radius. */
export async function nothingAround(
  tileset: Tileset,
  { center, where, fold, signal }: QueryOptions & Pick<SphereQuery, 'center' | 'where' | 'fold'>,
  radius: number,
): Promise<string> {
  if (tileset.counts.systems === 0) return 'no systems: the chunk set is empty';
  const [nearest] = await tileset.nearest({ center, count: 1, where, fold, signal }).toArray();
  const position = `(${center.join(', ')})`;
  const system = where ? 'system that matches --where' : 'system';
  if (where && !nearest) return `no ${system}`;
  if (!nearest || nearest.distance <= radius) return `no ${system} at these distances from ${position}`;
  const unit = await unitOf(tileset, signal);
  const distance = `${Number(nearest.distance.toPrecision(6))}${unit === undefined ? '' : ` ${unit}`}`;
  return `no ${system} within ${radius} of ${position}; the nearest is ${nearest.name}, at ${distance}`;
}
