import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readPage } from '#client/fetch/decode.ts';
import { Files } from '#client/fetch/files.ts';
import { folderSource } from '#client/node/index.ts';
import { planVolume } from '#client/octree/volume-plan.ts';
import { readVolume } from '#client/octree/volume-search.ts';
import { boxVolume, centreOf } from '#client/query/box.ts';
import { type Bounds, type JsonObject, pathOf } from '#format/index.ts';
import { catalogue, coordinate } from '#test/support/arbitrary.ts';
import { nodesOf, PLAIN, walkTree, withSet } from '#test/support/chunk-sets.ts';
import { sqlOracle } from '#test/support/oracle.ts';

/** The ids of the systems in a box, in SQL's order of distance from its centre. */
function idsIn(records: readonly JsonObject[], box: Bounds): string[] {
  const byId = new Map(records.map(record => [record['id'], record]));
  const oracle = sqlOracle(records);
  try {
    return oracle.sphere({ center: centreOf(box), radius: Number.POSITIVE_INFINITY }).flatMap(({ id }) => {
      const { x, y, z } = byId.get(id)!;
      return isWithin(box, x as number, y as number, z as number) ? [id] : [];
    });
  } finally {
    oracle.close();
  }
}

function meets(a: Bounds, b: Bounds): boolean {
  return a.max.every((high, axis) => high >= b.min[axis]! && a.min[axis]! <= b.max[axis]!);
}

function isWithin({ min, max }: Bounds, x: number, y: number, z: number): boolean {
  return [x, y, z].every((at, axis) => at >= min[axis]! && at <= max[axis]!);
}

const point = fc.tuple(coordinate, coordinate, coordinate);

describe('a search in a box', () => {
  test('gives the systems of the volume that SQL gives, nearest first, and reads no file outside of it', async () => {
    await fc.assert(
      fc.asyncProperty(
        catalogue,
        fc.tuple(point, point),
        fc.constantFrom(0, 1, 5, Number.POSITIVE_INFINITY),
        fc.integer({ min: 1, max: 9 }),
        async (records, [a, b], limit, chunkLimit) => {
          const box: Bounds = {
            min: [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.min(a[2], b[2])],
            max: [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.max(a[2], b[2])],
          };
          await withSet(records, { ...PLAIN, chunkLimit }, async ({ directory, files: set }) => {
            const { index } = set;
            if (!index.tree) return;
            const asked: string[] = [];
            const folder = folderSource(directory);
            const source = {
              ...folder,
              get: (path: string) => {
                asked.push(path);
                return folder.get(path);
              },
            };
            const files = new Files(source, {}, { chunkLimit });
            const top = {
              ref: { kind: 'tree', ...index.tree },
              bounds: index.bounds!,
              counts: index.counts,
            } as const;
            const root = await readPage(files, top, {});
            const query = { volume: boxVolume(box), limit, what: 'systems in the box' };
            asked.length = 0;
            const ids: string[] = [];
            for await (const hits of readVolume(
              new Files(source, {}, { chunkLimit }),
              root,
              query,
              {},
              limit,
            ))
              ids.push(...hits.chunks.map((chunk, i) => chunk.id[hits.rows[i]!]!));
            expect(ids).toEqual(idsIn(records, box).slice(0, limit));
            const near = new Set(
              nodesOf(walkTree(set)).flatMap(({ node }) =>
                node.kind === 'leaf' && meets(node.bounds, box)
                  ? node.spans.map(({ chunk }) => pathOf(chunk.ref))
                  : [],
              ),
            );
            expect(asked.filter(path => path.startsWith('chunks/') && !near.has(path))).toEqual([]);
            const planned = await planVolume(files, root, { ...query, limit: Infinity }, {});
            expect(new Set(planned.chunks.map(({ ref }) => pathOf(ref)))).toEqual(near);
          });
        },
      ),
      { numRuns: 60 },
    );
  });
});
