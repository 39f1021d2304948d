import { openTileset, type SphereRow, type Tileset, type Usage } from '#client/node/index.ts';
import { costOf, spread } from './usages.ts';

/** A query, and its cost. */
export type Line = readonly [query: string, cost: string];

/**
 * The cost for a cold client of queries around systems spread evenly over a set: spheres that hold so many systems, the
 * nearest so many, and what these cost against the spheres.
 * @param location of the set, as a client opens it
 */
export async function sphereCosts(location: string, results: number, centres: number): Promise<Line[]> {
  const whole = await openTileset(location);
  const usages = { known: [] as Usage[], nearest: [] as Usage[], single: [] as Usage[], few: [] as Usage[] };
  for (const center of await centresOf(whole, centres)) {
    const count = results;
    const nearest = await costOfOne(location, usages.nearest, (of, usage) =>
      of.nearest({ center, count, usage }).toArray(),
    );
    const radius = nearest.at(-1)!.distance;
    await costOfOne(location, usages.known, (of, usage) => of.sphere({ center, radius, usage }).toArray());
    await costOfOne(location, usages.single, (of, usage) =>
      firstOf(of.sphere({ center, radius, usage }), Number.POSITIVE_INFINITY),
    );
    const all = { center, radius: Number.POSITIVE_INFINITY };
    await costOfOne(location, usages.few, (of, usage) => firstOf(of.sphere({ ...all, usage }), count));
  }
  const against = (key: 'requests' | 'bytes') =>
    spread(usages.nearest.map((usage, i) => usage[key] / usages.known[i]![key]));
  const trips = spread(usages.nearest.map((usage, i) => usage.roundTrips - usages.known[i]!.roundTrips));
  const of = results.toLocaleString('en');
  return [
    [`sphere of ${of}`, costOf(usages.known)],
    [`nearest ${of}`, costOf(usages.nearest)],
    [`nearest ${of} against the sphere`, `${against('requests')} × · ${against('bytes')} × · ${trips} more`],
    [`sphere of ${of}, row by row`, costOf(usages.single)],
    [`${of} rows of all of space, row by row`, costOf(usages.few)],
  ];
}

/** Positions of systems, each as many systems after the one before in the order of the octree. */
async function centresOf(tileset: Tileset, count: number): Promise<(readonly [number, number, number])[]> {
  const centres: (readonly [number, number, number])[] = [];
  const step = Math.max(1, Math.floor(tileset.counts.systems / count));
  let seen = 0;
  for await (const batch of tileset.records({ details: false })) {
    for (const { x, y, z } of batch) if (seen++ % step === step >> 1) centres.push([x, y, z]);
  }
  return centres.slice(0, count);
}

async function costOfOne<T>(
  location: string,
  usages: Usage[],
  ask: (tileset: Tileset, usage: Usage) => Promise<T>,
): Promise<T> {
  const usage: Usage = { requests: 0, bytes: 0, cacheHits: 0, roundTrips: 0 };
  usages.push(usage);
  return ask(await openTileset(location, { usage }), usage);
}

/** Takes rows one by one, `count` at the most. */
async function firstOf(rows: AsyncIterable<SphereRow>, count: number): Promise<SphereRow[]> {
  const taken: SphereRow[] = [];
  for await (const row of rows) if (taken.push(row) >= count) break;
  return taken;
}
