import type { JsonObject, SphereQuery, SphereRow, Tileset } from '../../client/index.ts';
import { UsageError } from '../errors.ts';
import type { Arguments } from './arguments.ts';
import { type Outcome, type QueryIo, queryRunner, rowObject, systemColumns, unitOf } from './query.ts';
import { resultPrinter } from './results.ts';

export const run = queryRunner(args => {
  const query = queryOf(args);
  return {
    answer: (tileset, options, io) => printRows(tileset, { ...query, ...options }, io),
    plan: (tileset, options) => planOf(tileset, { ...query, ...options }),
  };
});

function queryOf(args: Arguments): SphereQuery {
  const limit = args.integer('limit');
  const radius = args.number('radius') ?? Number.POSITIVE_INFINITY;
  if (!args.has('radius') && limit === undefined) {
    throw new UsageError('query sphere: --radius is missing: give --radius R, or --limit N for the nearest');
  }
  return {
    center: args.point('center')!,
    radius,
    minRadius: args.number('min-radius'),
    limit,
    details: args.has('details'),
  };
}

async function printRows(tileset: Tileset, query: SphereQuery, io: QueryIo): Promise<Outcome> {
  const columns = await systemColumns(tileset, query, io, query);
  const printer = resultPrinter<SphereRow>(io.output, columns, rowObject);
  let count = 0;
  for await (const row of tileset.sphere(query)) {
    count++;
    await printer.add(row);
  }
  await printer.end();
  return count > 0 ? {} : { none: await emptyMessage(tileset, query) };
}

/** Says where the nearest system is, if the sphere was too small. */
async function emptyMessage(
  tileset: Tileset,
  { center, radius, limit, signal }: SphereQuery,
): Promise<string> {
  if (limit === 0) return 'no systems: --limit is 0';
  if (tileset.counts.systems === 0) return 'no systems: the chunk set is empty';
  const [nearest] = await tileset.sphere({ center, limit: 1, signal }).toArray();
  const place = `(${center.join(', ')})`;
  if (!nearest || nearest.distance <= radius!) return `no system at these distances from ${place}`;
  const unit = unitOf(await tileset.meta({ signal }));
  const distance = `${Number(nearest.distance.toPrecision(6))}${unit === undefined ? '' : ` ${unit}`}`;
  return `no system within ${radius} of ${place}; the nearest is ${nearest.name}, at ${distance}`;
}

async function planOf(tileset: Tileset, query: SphereQuery): Promise<JsonObject> {
  const { pages, chunks } = await tileset.plan(query);
  return {
    generation: tileset.generation,
    pages: pages.map(({ hash, length }) => ({ hash, length })),
    chunks: chunks.map(({ ref: { hash, length }, nearest, systems }) => ({ hash, length, nearest, systems })),
    systems: chunks.reduce((sum, chunk) => sum + chunk.systems, 0),
    length: [...pages, ...chunks.map(chunk => chunk.ref)].reduce((sum, ref) => sum + ref.length, 0),
    requests: 1 + pages.length + chunks.length,
  };
}
