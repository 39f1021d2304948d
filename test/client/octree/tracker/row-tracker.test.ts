import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FilterOptions } from '#client/node/index.ts';
import { type RowTracker, type RowTrackerOptions, track } from '#client/track.ts';
import { foldTable, makeFold } from '#format/index.ts';
import { type Point, seeded } from '#test/support/arbitrary.ts';
import { FACETS } from '#test/support/catalogues.ts';
import { type CatalogueOracle, catalogueOracle } from '#test/support/oracle.ts';
import { Questions } from '#test/support/random-queries.ts';
import { type TrackedTestSet, trackedSet } from '#test/support/tracked-sets.ts';

let set: TrackedTestSet;
let oracle: CatalogueOracle;
const fold = makeFold(foldTable());
beforeAll(async () => {
  set = await trackedSet(4000);
  oracle = catalogueOracle(set.systems, fold, [], FACETS);
});
afterAll(() => {
  oracle.close();
  set.remove();
});

/** The state of an application that applies all changes, with checks of each. */
class Application {
  readonly rows = new Map<string, { slot: number; at: Point }>();
  readonly done: Promise<void>;
  changes = 0;
  settled = false;

  constructor(tracker: RowTracker, maxVisible: number) {
    this.done = (async () => {
      for await (const { added, removed, settled } of tracker) {
        this.changes++;
        this.settled = settled;
        removed.id.forEach((id, i) => {
          expect(this.rows.get(id)?.slot).toBe(removed.slot[i]);
          this.rows.delete(id);
        });
        const used = new Set([...this.rows.values()].map(({ slot }) => slot));
        for (let i = 0; i < added.length; i++) {
          const [id, slot] = [added.id[i]!, added.slot[i]!];
          expect(this.rows.has(id)).toBe(false);
          expect(used.has(slot)).toBe(false);
          expect(slot).toBeLessThan(maxVisible);
          used.add(slot);
          this.rows.set(id, { slot, at: [added.x[i]!, added.y[i]!, added.z[i]!] });
        }
        expect(this.rows.size).toBeLessThanOrEqual(maxVisible);
      }
    })();
  }
}

const awayFrom = (a: Point, b: Point) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

interface Walk extends Omit<RowTrackerOptions, 'radius'> {
  readonly radius: number;
  readonly steps: number;
  readonly seed: number;
}

/** Walks at random, sometimes far, and compares its rows with SQL whenever it is settled. */
async function walk({ steps, seed, ...options }: Walk): Promise<void> {
  const { tileset } = await set.open({ cacheBytes: 1 << 18 });
  const { radius, maxVisible = 5_000, hysteresis = 1.5, ...filter } = options;
  const tracker = track(tileset, options);
  const application = new Application(tracker, maxVisible);
  const random = seeded(seed);
  const below = (end: number) => Math.floor(random() * end);
  const systemAt = () =>
    set.systems[below(set.systems.length)]!.record as unknown as Record<'x' | 'y' | 'z', number>;
  let { x, y, z } = systemAt();
  for (let i = 0; i < steps; i++) {
    if (below(12) === 0) ({ x, y, z } = systemAt());
    const step = () => (random() - 0.5) * radius * [0.1, 0.5, 2][below(3)]!;
    [x, y, z] = [x + step(), y + step(), z + step()];
    tracker.update([x, y, z]);
    if (below(3) > 0) continue;
    await tracker.settled();
    const at: Point = [x, y, z];
    const { completeRadius } = tracker;
    const within = Math.min(radius, completeRadius);
    const all = oracle.sphere({ center: at, radius, ...(filter as FilterOptions) });
    if (all.length < maxVisible / 4) expect(completeRadius).toBeGreaterThan(radius);
    const missing = all
      .filter(({ distance }) => distance < within || (distance === radius && radius < completeRadius))
      .map(({ n }) => set.systems[n]!.id)
      .filter(id => !application.rows.has(id));
    expect(missing).toEqual([]);
    const tooFar = [...application.rows.values()].filter(
      row => awayFrom(row.at, at) > radius * hysteresis * (1 + 1e-12),
    );
    expect(tooFar).toEqual([]);
    expect(application.settled).toBe(true);
    if (filter.where) {
      const matching = new Set(oracle.where(filter as FilterOptions).map(n => set.systems[n]!.id));
      expect([...application.rows.keys()].filter(id => !matching.has(id))).toEqual([]);
    }
  }
  tracker.close();
  await application.done;
}

describe('over random walks nothing is missing within the radius once it is settled, and nothing too far is kept', () => {
  test.each([1, 2, 3])('in a small radius', seed => walk({ radius: 20, steps: 150, seed }));
  test.each([1, 2])('in a large one', seed => walk({ radius: 400, steps: 60, seed }));
  test('at the least hysteresis', () => walk({ radius: 60, hysteresis: 1, steps: 60, seed: 4 }));
  test('with a search at each move', () => walk({ radius: 60, reloadFraction: 0, steps: 60, seed: 5 }));
  test('with fewer rows than there are systems', () =>
    walk({ radius: 100, maxVisible: 50, steps: 100, seed: 6 }));
  test('with one row', () => walk({ radius: 100, maxVisible: 1, steps: 60, seed: 7 }));
  test('in nearly all space', () => walk({ radius: 2_500, steps: 10, seed: 8 }));
  test('one file at a time', () => walk({ radius: 60, concurrency: 1, prefetch: false, steps: 60, seed: 9 }));

  test('with filters', async () => {
    const questions = new Questions(set.systems, oracle, fold, 3);
    for (let i = 0; i < 12; i++) await walk({ radius: 80, ...questions.filter(), steps: 25, seed: i });
  });
});
