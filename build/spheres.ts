import type { SphereRow, Tileset, Usage } from '#client/node/index.ts';
import { parseWhere } from '#client/query/parse-where.ts';
import { newUsage } from '#client/query/usage.ts';
import { costOf, spread } from './usages.ts';

/** A query, and its cost. */
export type Line = readonly [query: string, cost: string];

/** Opens the set for one query; an opening that is a part of the query is counted. */
export type Open = (usage: Usage) => Promise<Tileset>;

/**
 * The cost of queries around systems spread evenly over a set: spheres with `results` systems, the
 * `results` nearest systems, and the ratio of both.
 * @param tileset from which the centres are drawn
 */
export async function sphereCosts(
  tileset: Tileset,
  open: Open,
  results: number,
  centres: number,
): Promise<Line[]> {
  const usages = { known: [] as Usage[], nearest: [] as Usage[], single: [] as Usage[], few: [] as Usage[] };
  for (const center of await centresOf(tileset, centres)) {
    const count = results;
    const nearest = await costOfOne(open, usages.nearest, (tileset, usage) =>
      tileset.nearest({ center, count, usage }).toArray(),
    );
    const radius = nearest.at(-1)!.distance;
    await costOfOne(open, usages.known, (tileset, usage) =>
      tileset.sphere({ center, radius, usage }).toArray(),
    );
    await costOfOne(open, usages.single, (tileset, usage) =>
      firstOf(tileset.sphere({ center, radius, usage }), Number.POSITIVE_INFINITY),
    );
    const all = { center, radius: Number.POSITIVE_INFINITY };
    await costOfOne(open, usages.few, (tileset, usage) => firstOf(tileset.sphere({ ...all, usage }), count));
  }
  const against = (key: 'requests' | 'bytes') =>
    spread(usages.nearest.map((usage, i) => usage[key] / usages.known[i]![key]));
  const trips = spread(usages.nearest.map((usage, i) => usage.roundTrips - usages.known[i]!.roundTrips));
  const shown = results.toLocaleString('en');
  return [
    [`sphere of ${shown}`, costOf(usages.known)],
    [`nearest ${shown}`, costOf(usages.nearest)],
    [
      `nearest ${shown} against the sphere`,
      `${against('requests')} × · ${against('bytes')} × · ${trips} more`,
    ],
    [`sphere of ${shown}, row by row`, costOf(usages.single)],
    [`${shown} rows of all of space, row by row`, costOf(usages.few)],
  ];
}

/**
 * The cost of the 10 nearest systems with a filter, and of the sphere that holds them.
 * @param tileset from which the centres are drawn
 * @param filter as `--where` takes it
 */
export async function filterCosts(
  tileset: Tileset,
  open: Open,
  filter: string,
  centres: number,
): Promise<Line[]> {
  const where = parseWhere([filter]);
  const usages = { nearest: [] as Usage[], known: [] as Usage[] };
  for (const center of await centresOf(tileset, centres)) {
    const found = await costOfOne(open, usages.nearest, (tileset, usage) =>
      tileset.nearest({ center, count: 10, where, usage }).toArray(),
    );
    const radius = found.at(-1)?.distance ?? 0;
    await costOfOne(open, usages.known, (tileset, usage) =>
      tileset.sphere({ center, radius, where, usage }).toArray(),
    );
  }
  return [
    [`nearest 10 with ${filter}`, costOf(usages.nearest)],
    [`sphere of 10 with ${filter}`, costOf(usages.known)],
  ];
}

/** Positions of systems at equal intervals in the order of the octree. */
export async function centresOf(
  tileset: Tileset,
  count: number,
): Promise<(readonly [number, number, number])[]> {
  const centres: (readonly [number, number, number])[] = [];
  const step = Math.max(1, Math.floor(tileset.counts.systems / count));
  let seen = 0;
  for await (const batch of tileset.records({ details: false })) {
    for (const { x, y, z } of batch) if (seen++ % step === step >> 1) centres.push([x, y, z]);
  }
  return centres.slice(0, count);
}

async function costOfOne<T>(
  open: Open,
  usages: Usage[],
  ask: (tileset: Tileset, usage: Usage) => Promise<T>,
): Promise<T> {
  const usage = newUsage();
  usages.push(usage);
  return ask(await open(usage), usage);
}

/** Takes rows one by one, at most `count`. */
async function firstOf(rows: AsyncIterable<SphereRow>, count: number): Promise<SphereRow[]> {
  const taken: SphereRow[] = [];
  for await (const row of rows) if (taken.push(row) >= count) break;
  return taken;
}
