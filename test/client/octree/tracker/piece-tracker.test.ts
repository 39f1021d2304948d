import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newUsage } from '#client/query/usage.ts';
import { type PieceChange, type PieceTracker, type ShownPiece, trackPieces } from '#client/track.ts';
import { foldTable, makeFold } from '#format/index.ts';
import { type Point, seeded } from '#test/support/arbitrary.ts';
import { FACETS } from '#test/support/catalogues.ts';
import { type CatalogueOracle, catalogueOracle } from '#test/support/oracle.ts';
import { Questions } from '#test/support/random-queries.ts';
import { positionOf, type TrackedTestSet, trackedSet } from '#test/support/tracked-sets.ts';

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

/** A map that applies all changes. */
class TestMap {
  readonly shown = new Map<string, ShownPiece>();
  readonly done: Promise<void>;
  readonly changes: PieceChange[] = [];

  constructor(tracker: PieceTracker, onChange: (map: TestMap) => void = () => {}) {
    this.done = (async () => {
      for await (const change of tracker) {
        const { added, changed, removed } = change;
        this.changes.push(change);
        for (const { key } of removed) expect(this.shown.delete(key)).toBe(true);
        for (const shown of added) {
          expect(this.shown.has(shown.piece.key)).toBe(false);
          this.shown.set(shown.piece.key, shown);
        }
        for (const shown of changed) {
          expect(this.shown.has(shown.piece.key)).toBe(true);
          this.shown.set(shown.piece.key, shown);
        }
        onChange(this);
      }
    })();
  }

  /** The ids that are shown, each once; `exact` only those of exact pieces. */
  ids(kind?: 'exact' | 'sample'): Set<string> {
    const ids = [...this.shown.values()]
      .filter(({ piece }) => kind === undefined || piece.kind === kind)
      .flatMap(({ piece, ranges }) => ranges.flatMap(({ start, end }) => piece.id.slice(start, end)));
    const distinct = new Set(ids);
    expect(distinct.size).toBe(ids.length);
    return distinct;
  }
}

const near: Point = [100, -50, 3];
const VIEW = { position: [0, 0, 4000] as Point, pixelsPerRadian: 800 };

describe('a tracker of pieces', () => {
  test('shows the overview first, then ever more of the systems in view, and takes nothing away', async () => {
    const { tileset } = await set.open({ concurrency: 1 });
    const tracker = trackPieces(tileset, { concurrency: 1, spacing: 2 });
    const overview = new Set((await tileset.overview()).map(({ id }) => id));
    // From the first change on there are no holes: the rows of the overview are there, in whatever piece.
    let before = overview;
    const map = new TestMap(tracker, map => {
      const ids = map.ids();
      expect([...before].filter(id => !ids.has(id))).toEqual([]);
      before = ids;
    });
    tracker.update(VIEW);
    await tracker.settled();
    expect(map.changes[0]!.added).toHaveLength(1);
    const [first] = map.changes[0]!.added;
    expect(new Set(first!.piece.id)).toEqual(overview);
    expect(map.changes.length).toBeGreaterThan(20);
    expect(map.ids().size).toBeGreaterThan(500);
    expect(map.changes.at(-1)!.settled).toBe(true);
    tracker.close();
    await map.done;
  });

  test('shows all systems where the spacing asks for it, each once, with its own columns', async () => {
    const { tileset } = await set.open();
    const tracker = trackPieces(tileset, { spacing: 1e-9 });
    const map = new TestMap(tracker);
    tracker.update(VIEW);
    await tracker.settled();
    const expected = new Map(set.systems.map(system => [system.id, system]));
    const ids = map.ids();
    // Many at one point are one dot, for which a few of them will do.
    const missing = set.systems.filter(({ id }) => !ids.has(id));
    expect(missing.filter(system => positionOf(system).join() !== near.join())).toEqual([]);
    expect(missing.length).toBeLessThan(
      set.systems.filter(system => positionOf(system).join() === near.join()).length,
    );
    for (const { piece, ranges } of map.shown.values()) {
      for (const { start, end } of ranges) {
        for (let row = start; row < end; row++) {
          const { name, region, record } = expected.get(piece.id[row]!)!;
          expect([piece.name[row], piece.region[row]]).toEqual([name, region]);
          expect([piece.x[row], piece.y[row], piece.z[row]]).toEqual([record['x'], record['y'], record['z']]);
        }
      }
    }
    tracker.close();
  });

  test('shows all systems within the radius, and samples beyond it', async () => {
    const { tileset } = await set.open();
    const tracker = trackPieces(tileset, { radius: 60, spacing: 40 });
    const map = new TestMap(tracker);
    let samples = 0;
    const random = seeded(3);
    for (let i = 0; i < 40; i++) {
      const position = positionOf(set.systems[Math.floor(random() * set.systems.length)]!);
      tracker.update({ position, pixelsPerRadian: 500 });
      await tracker.settled();
      const exact = map.ids('exact');
      const within = oracle.sphere({ center: position, radius: 60 }).map(({ n }) => set.systems[n]!.id);
      expect(within.filter(id => !exact.has(id))).toEqual([]);
      samples += map.ids('sample').size;
    }
    expect(samples).toBeGreaterThan(100);
    tracker.close();
  });

  test('shows nothing beyond its budgets, and says so', async () => {
    const { tileset } = await set.open();
    for (const limits of [{ maxVisible: 300 }, { maxVisible: 50 }, { maxBytes: 100_000 }]) {
      const tracker = trackPieces(tileset, { spacing: 1, ...limits });
      let most = 0;
      const map = new TestMap(tracker, map => {
        most = Math.max(most, map.ids().size);
      });
      tracker.update(VIEW);
      await tracker.settled();
      expect(tracker.status.limited).toBe(true);
      expect(most).toBeLessThanOrEqual(limits.maxVisible ?? 1_000);
      expect(tracker.status.rows).toBe(map.ids().size);
      tracker.close();
    }
  });

  test('reads nothing for parts outside of the planes, and keeps what was there', async () => {
    const { tileset } = await set.open();
    const usage = newUsage();
    const tracker = trackPieces(tileset, { spacing: 4, usage, prefetch: false });
    const map = new TestMap(tracker);
    const left = [[-1, 0, 0, 0]] as const;
    const right = [[1, 0, 0, 0]] as const;
    tracker.update({ ...VIEW, planes: left });
    await tracker.settled();
    const atLeft = map.ids();
    const { requests } = usage;
    tracker.update({ ...VIEW, planes: right });
    await tracker.settled();
    const both = map.ids();
    expect([...atLeft].filter(id => !both.has(id))).toEqual([]);
    expect(usage.requests).toBeGreaterThan(requests + 5);
    const before = usage.requests;
    tracker.update({ ...VIEW, planes: left });
    await tracker.settled();
    tracker.update(VIEW);
    await tracker.settled();
    expect(usage.requests).toBe(before);
    expect(map.ids()).toEqual(both);
    tracker.close();
  });

  test('shows with a filter only rows that match, at every level of detail, and all where it is fine enough', async () => {
    const questions = new Questions(set.systems, oracle, fold, 5);
    for (let i = 0; i < 25; i++) {
      const filter = questions.filter();
      const matching = new Set(oracle.where(filter).map(n => set.systems[n]!.id));
      const { tileset } = await set.open();
      const tracker = trackPieces(tileset, { ...filter, spacing: 30, radius: 200 });
      const map = new TestMap(tracker, map => {
        expect([...map.ids()].filter(id => !matching.has(id))).toEqual([]);
      });
      tracker.update({ position: near, pixelsPerRadian: 100 });
      await tracker.settled();
      const exact = map.ids('exact');
      const within = oracle
        .sphere({ center: near, radius: 200, ...filter })
        .map(({ n }) => set.systems[n]!.id);
      expect(within.filter(id => !exact.has(id))).toEqual([]);
      tracker.close();
      await map.done;
    }
  });

  test('has facet values of rows, and tells which rows satisfy conditions', async () => {
    const questions = new Questions(set.systems, oracle, fold, 8);
    const { tileset } = await set.open();
    for (const where of [undefined, { region: 'North' }]) {
      const tracker = trackPieces(tileset, { facets: true, spacing: 6, radius: 30, ...(where && { where }) });
      const map = new TestMap(tracker);
      tracker.update({ position: near, pixelsPerRadian: 500 });
      await tracker.settled();
      expect(map.shown.size).toBeGreaterThan(5);
      for (let i = 0; i < 20; i++) {
        const { where = {} } = questions.filter();
        const matching = new Set(oracle.where({ where }).map(n => set.systems[n]!.id));
        for (const { piece } of map.shown.values()) {
          const bits = piece.match(where);
          const found = piece.id.filter((_, row) => (bits[row >> 3]! >> (row & 7)) & 1);
          expect(found).toEqual(piece.id.filter(id => matching.has(id)));
        }
      }
      for (const { piece } of map.shown.values()) {
        const facet = piece.facet('region');
        const values = piece.id.map((_, row) => {
          const { values = [], starts = [], indices = new Uint32Array() } = facet ?? {};
          return Array.from(indices.subarray(starts[row], starts[row + 1]), i => values[i]);
        });
        expect(values).toEqual(piece.region.map(region => (region === '' ? [] : [region])));
        expect(piece.facet('nothing')).toBeUndefined();
      }
      tracker.close();
    }
  });
});
