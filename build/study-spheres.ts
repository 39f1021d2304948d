/** The cost of spheres for a cold client of a set, by their number of results. */
import {
  type memorySource,
  nodeCodec,
  openTileset,
  type SphereRow,
  type Tileset,
  type Usage,
} from '#client/node/index.ts';
import { newUsage } from '#client/query/usage.ts';
import { packChunk } from '#format/octree/chunk.ts';
import { pack } from '#format/pack.ts';
import { gzipMember } from '#pipeline/store/gzip-member.ts';
import { DEFAULT_OPTIONS } from '#pipeline/tasks/build-options.ts';
import { centresOf } from './spheres.ts';
import { costOf, spread } from './usages.ts';

const CENTRES = 100;
export const RESULTS = [10, 1_000, 10_000];

export interface Sample {
  readonly center: readonly [number, number, number];
  readonly rows: SphereRow[];
}

/** For each number of results: spheres with that many systems, around systems spread over the set. */
export async function samples(tileset: Tileset): Promise<Map<number, Sample[]>> {
  const centres = await centresOf(tileset, CENTRES);
  const found = new Map<number, Sample[]>();
  for (const limit of RESULTS) {
    const query = { radius: Number.POSITIVE_INFINITY, limit };
    const rows = centres.map(async center => ({
      center,
      rows: await tileset.sphere({ ...query, center }).toArray(),
    }));
    found.set(limit, await Promise.all(rows));
  }
  return found;
}

/** Cost of each sphere for a cold client: median and 95th percentile of requests, kB and round trips. */
export async function costs(
  source: ReturnType<typeof memorySource>,
  spheres: Map<number, Sample[]>,
): Promise<string[]> {
  const columns: string[] = [];
  for (const queries of spheres.values()) {
    const usages: Usage[] = [];
    for (const { center, rows } of queries) {
      const usage = newUsage();
      const tileset = await openTileset(source, { usage, codec: nodeCodec });
      await tileset.sphere({ center, radius: rows.at(-1)!.distance, usage }).toArray();
      usages.push(usage);
    }
    columns.push(costOf(usages));
  }
  return columns;
}

/** The result rows alone, packed in the same way: a lower bound for any layout. */
export function floor(samples: Sample[]): string {
  const sizes = samples.map(({ rows }) => {
    const systems = rows.map(({ distance: _distance, ...system }) => ({ ...system, derived: 0, fields: {} }));
    const chunk = packChunk(
      systems,
      systems.map(() => ({})),
    );
    return gzipMember(pack(chunk), DEFAULT_OPTIONS.gzipLevel).length / 1000;
  });
  return `1 · ${spread(sizes)} · 1`;
}
