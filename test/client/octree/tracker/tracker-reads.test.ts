/** The reads of trackers: their order, those that are aborted or fail, and what they leave in memory. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ArgumentError, isHavenError, NetworkError } from '#client/node/index.ts';
import { newUsage } from '#client/query/usage.ts';
import { type RowTracker, track, trackPieces } from '#client/track.ts';
import { type Point, seeded } from '#test/support/arbitrary.ts';
import { failure } from '#test/support/stored-files.ts';
import { positionOf, type TrackedTestSet, trackedSet } from '#test/support/tracked-sets.ts';

let set: TrackedTestSet;
beforeAll(async () => {
  set = await trackedSet(4000);
});
afterAll(() => set.remove());

/** Applies all changes of a tracker of rows. */
function follow(tracker: RowTracker): { readonly ids: Set<string>; readonly done: Promise<unknown> } {
  const ids = new Set<string>();
  const done = (async () => {
    for await (const { removed, added } of tracker) {
      for (const id of removed.id) ids.delete(id);
      for (const id of added.id) ids.add(id);
    }
  })();
  // An error of the loop is looked at by the test.
  done.catch(() => {});
  return { ids, done };
}

const HOME: Point = [100, -50, 3];
const AWAY: Point = [-400, 300, 0];

/** The systems within a distance of a point, by brute force. */
function idsWithin([x, y, z]: Point, radius: number): string[] {
  return set.systems
    .filter(system => {
      const [sx, sy, sz] = positionOf(system);
      return Math.sqrt((sx - x) ** 2 + (sy - y) ** 2 + (sz - z) ** 2) <= radius;
    })
    .map(({ id }) => id);
}

describe('a tracker', () => {
  test('reads nothing before the first update, and nothing again while the viewer stays near', async () => {
    const { tileset, source } = await set.open({ cacheBytes: 0 });
    source.asked.length = 0;
    const tracker = track(tileset, { radius: 50, prefetch: false });
    const { ids } = follow(tracker);
    expect(source.asked).toEqual([]);
    tracker.update(HOME);
    await tracker.settled();
    const asked = source.asked.length;
    expect(asked).toBeGreaterThan(2);
    expect(new Set(source.asked).size).toBe(asked);
    for (const offset of [5, 14, -14, 0]) {
      tracker.update([HOME[0] + offset, HOME[1], HOME[2]]);
      await tracker.settled();
      expect(idsWithin([HOME[0] + offset, HOME[1], HOME[2]], 50).filter(id => !ids.has(id))).toEqual([]);
    }
    expect(source.asked).toHaveLength(asked);
    tracker.close();
  });

  test('sees that its caller has changed the array of the last update', async () => {
    const { tileset } = await set.open();
    const rows = track(tileset, { radius: 50 });
    const pieces = trackPieces(tileset, { radius: 50 });
    const { ids } = follow(rows);
    const places = set.systems.map(positionOf).sort((a, b) => a[0] - b[0]);
    const at: [number, number, number] = [0, 0, 0];
    for (const place of [places[0]!, places.at(-1)!]) {
      [at[0], at[1], at[2]] = place;
      rows.update(at);
      pieces.update({ position: at });
      await Promise.all([rows.settled(), pieces.settled()]);
      const shown = [...pieces.shown.values()].flatMap(({ piece, ranges }) =>
        ranges.flatMap(({ start, end }) => piece.id.slice(start, end)),
      );
      const near = idsWithin(place, 50);
      expect(near.length).toBeGreaterThan(0);
      expect(near.filter(id => !ids.has(id) || !shown.includes(id))).toEqual([]);
    }
    for (const tracker of [rows, pieces]) tracker.close();
  });

  test('has rows again that left while the viewer was on the other side of the last search', async () => {
    const { tileset } = await set.open();
    const tracker = track(tileset, { radius: 50 });
    const { ids } = follow(tracker);
    const { id, record } = set.systems.find(({ record: { x, z } }) => x !== HOME[0] && Number(z) < 20)!;
    const [x, y, z] = positionOf({ record } as never);
    const from = (away: number): Point => [x - 64.5 + away, y, z];
    const states: boolean[] = [];
    // A row leaves at 75, and the next search would start at 15.
    for (const away of [0, -14.9, 14.9]) {
      tracker.update(from(away));
      await tracker.settled();
      states.push(ids.has(id));
    }
    expect(states).toEqual([true, false, true]);
    tracker.close();
  });

  test('says how far it is complete where its memory does not suffice', async () => {
    const { tileset } = await set.open();
    const tracker = track(tileset, { radius: 200, maxBytes: 100_000 });
    const { ids } = follow(tracker);
    tracker.update(HOME);
    await tracker.settled();
    const { completeRadius, status } = tracker;
    expect(status.limited).toBe(true);
    expect(completeRadius).toBeLessThan(200);
    expect(idsWithin(HOME, completeRadius * 0.999).filter(id => !ids.has(id))).toEqual([]);
    tracker.close();
  });

  test('without a cache reads only files that it does not hold', async () => {
    const { tileset, source } = await set.open({ cacheBytes: 0 });
    const tracker = track(tileset, { radius: 200, prefetch: false });
    follow(tracker);
    tracker.update([0, 0, 0]);
    await tracker.settled();
    const first = source.asked.length;
    tracker.update([65, 0, 0]);
    await tracker.settled();
    const second = source.asked.length - first;
    // A tracker that has seen nothing yet reads far more there.
    const fresh = await set.open({ cacheBytes: 0 });
    const other = track(fresh.tileset, { radius: 200, prefetch: false });
    other.update([65, 0, 0]);
    await other.settled();
    expect(second).toBeGreaterThan(0);
    expect(second).toBeLessThan(fresh.source.asked.length / 2);
    tracker.close();
    other.close();
  });

  test('aborts reads that the viewer has left behind, and goes on with those of the new place', async () => {
    const { tileset, source } = await set.open();
    const tracker = track(tileset, { radius: 40, prefetch: false, concurrency: 4 });
    const { ids } = follow(tracker);
    let release = () => {};
    const held = new Promise<void>(resolve => {
      release = resolve;
    });
    const started = new Promise<void>(resolve => {
      source.before = path => {
        if (!path.startsWith('chunks/')) return;
        resolve();
        return held;
      };
    });
    tracker.update(HOME);
    await started;
    const asked = source.asked.filter(path => path.startsWith('chunks/'));
    expect(asked.length).toBeGreaterThan(0);
    expect(tracker.status.loading).toBeLessThanOrEqual(4);
    source.before = () => {};
    tracker.update(AWAY);
    expect(source.aborted).toEqual(expect.arrayContaining(asked));
    release();
    await tracker.settled();
    expect(idsWithin(AWAY, 40).filter(id => !ids.has(id))).toEqual([]);
    tracker.close();
  });

  test('reads the nearest files first, few at once, and those ahead last', async () => {
    const { tileset, source } = await set.open({ cacheBytes: 1 << 24 });
    const tracker = track(tileset, { radius: 60, concurrency: 2 });
    follow(tracker);
    tracker.update([0, 0, 0]);
    await tracker.settled();
    tracker.update([30, 0, 0]);
    await tracker.settled();
    let running = 0;
    let most = 0;
    const order: boolean[] = [];
    source.before = async () => {
      most = Math.max(most, ++running);
      order.push(tracker.status.settled);
      await Promise.resolve();
      running--;
    };
    tracker.update([60, 0, 0]);
    await tracker.settled();
    // Files that are read ahead follow.
    while (tracker.status.loading + tracker.status.waiting > 0) await new Promise(setImmediate);
    expect(most).toBeLessThanOrEqual(2);
    expect(order.lastIndexOf(false)).toBeLessThan(order.includes(true) ? order.indexOf(true) : Infinity);
    const asked = source.asked.length;
    tracker.update([90, 0, 0]);
    await tracker.settled();
    while (tracker.status.loading > 0) await new Promise(setImmediate);
    const fresh = await set.open();
    const other = track(fresh.tileset, { radius: 60, prefetch: false });
    other.update([90, 0, 0]);
    await other.settled();
    expect(source.asked.length - asked).toBeLessThan(fresh.source.asked.length);
    tracker.close();
    other.close();
  });

  test('ends with the error of a file, or tells it once, goes on, and asks again at `retry`', async () => {
    const { tileset, source } = await set.open();
    const broken = new NetworkError('no connection');
    source.before = path => {
      if (path.startsWith('chunks/')) throw broken;
    };
    const strict = track(tileset, { radius: 40 });
    const { done } = follow(strict);
    strict.update(HOME);
    expect(await failure(done)).toBe(broken);
    expect(await failure(strict.settled())).toBe(broken);

    const errors: unknown[] = [];
    const patient = track(tileset, { radius: 40, onError: error => errors.push(error) });
    const { ids } = follow(patient);
    patient.update(HOME);
    await patient.settled();
    const { failed } = patient.status;
    expect(failed).toBeGreaterThan(0);
    expect(errors).toEqual(Array(failed).fill(broken));
    expect(patient.completeRadius).toBeLessThan(40);
    const asked = source.asked.length;
    patient.update([HOME[0] + 1, HOME[1], HOME[2]]);
    await patient.settled();
    expect(source.asked).toHaveLength(asked);
    source.before = () => {};
    patient.retry();
    await patient.settled();
    expect(patient.status.failed).toBe(0);
    expect(patient.completeRadius).toBeGreaterThan(40);
    expect(idsWithin(HOME, 40).filter(id => !ids.has(id))).toEqual([]);
    patient.close();
  });

  test('ends with the error of an onError that throws, at the opening and at a file', async () => {
    for (const folder of ['tree/', 'chunks/']) {
      const { tileset, source } = await set.open();
      source.before = path => {
        if (path.startsWith(folder)) throw new NetworkError('no connection');
      };
      const thrown = new Error('thrown by onError');
      const tracker = track(tileset, {
        radius: 40,
        onError() {
          throw thrown;
        },
      });
      const { done } = follow(tracker);
      tracker.update(HOME);
      expect(await failure(done)).toBe(thrown);
      expect(await failure(tracker.settled())).toBe(thrown);
    }
  });

  test('finds everything where any read may fail', async () => {
    const { tileset, source } = await set.open({ cacheBytes: 1 << 16 });
    const random = seeded(2);
    source.before = () => {
      if (random() < 0.3) throw new NetworkError('lost');
    };
    let errors = 0;
    const tracker = track(tileset, { radius: 50, onError: error => (isHavenError(error) ? errors++ : 0) });
    const { ids } = follow(tracker);
    for (let i = 0; i < 20; i++) {
      const at = positionOf(set.systems[Math.floor(random() * set.systems.length)]!);
      tracker.update(at);
      await tracker.settled();
      while (tracker.completeRadius < 50) {
        tracker.retry();
        await tracker.settled();
      }
      expect(idsWithin(at, 50).filter(id => !ids.has(id))).toEqual([]);
    }
    expect(errors).toBeGreaterThan(10);
    tracker.close();
  });

  test('survives that the set cannot be opened at first', async () => {
    const { tileset, source } = await set.open();
    source.before = () => {
      throw new NetworkError('not yet');
    };
    const errors: unknown[] = [];
    const tracker = trackPieces(tileset, { radius: 40, onError: error => errors.push(error) });
    tracker.update({ position: HOME });
    await tracker.settled();
    expect(errors).toHaveLength(1);
    source.before = () => {};
    tracker.retry();
    await tracker.settled();
    expect(tracker.shown.size).toBeGreaterThan(0);
    tracker.close();
  });

  test('ends with its signal, with `close`, and with a loop that is left', async () => {
    const { tileset } = await set.open();
    const controller = new AbortController();
    const reason = new Error('enough');
    const tracker = track(tileset, { radius: 40, signal: controller.signal });
    const { done } = follow(tracker);
    tracker.update(HOME);
    controller.abort(reason);
    expect(await failure(done)).toBe(reason);
    expect(await failure(tracker.settled())).toBe(reason);
    tracker.update(AWAY);
    expect(tracker.status).toMatchObject({ loading: 0, waiting: 0, rows: 0 });

    const other = track(tileset, { radius: 40 });
    const first = follow(other);
    other.update(HOME);
    for await (const { added } of other) {
      expect(added.length).toBeGreaterThan(0);
      break;
    }
    await other.settled();
    expect(first.ids.size).toBeGreaterThan(100);
    other.close();
    await first.done;
    await other.settled();
    const late = follow(other);
    await late.done;
  });

  test('gives a slow loop everything at once', async () => {
    const { tileset } = await set.open();
    const tracker = track(tileset, { radius: 60 });
    const loop = tracker[Symbol.asyncIterator]();
    const ids = new Set<string>();
    let changes = 0;
    const apply = async () => {
      const { value } = (await loop.next()) as {
        value: { removed: { id: string[] }; added: { id: string[] } };
      };
      changes++;
      for (const id of value.removed.id) ids.delete(id);
      for (const id of value.added.id) expect(ids.size).toBe(ids.add(id).size - 1);
    };
    for (const at of [[0, 0, 0], AWAY, HOME] as Point[]) {
      tracker.update(at);
      // No loop is waiting, so this is settled when the files are there.
      while (!tracker.status.settled) await new Promise(setImmediate);
    }
    await apply();
    expect(changes).toBe(1);
    expect(idsWithin(HOME, 60).filter(id => !ids.has(id))).toEqual([]);
    expect(idsWithin(AWAY, 10).filter(id => ids.has(id))).toEqual([]);
    tracker.close();
  });

  test('counts requests and bytes, and holds no more memory than its budget beside the cache', async () => {
    const { tileset } = await set.open({ cacheBytes: 1 << 18 });
    const usage = newUsage();
    const tracker = trackPieces(tileset, { spacing: 1, maxBytes: 300_000, usage });
    const random = seeded(9);
    for (let i = 0; i < 200; i++) {
      const position = positionOf(set.systems[Math.floor(random() * set.systems.length)]!);
      tracker.update({ position, pixelsPerRadian: 300 });
      if (i % 3 > 0) continue;
      await tracker.settled();
      expect(tracker.status.bytes).toBeGreaterThan(0);
      expect(tracker.status.bytes).toBeLessThanOrEqual(300_000);
    }
    expect(tileset.compared.files.cachedBytes).toBeLessThanOrEqual(1 << 18);
    expect(usage.requests).toBeGreaterThan(200);
    expect(usage.bytes).toBeGreaterThan(100_000);
    tracker.close();
  });

  test('ends in every case, however small cache and budgets are', async () => {
    const random = seeded(11);
    for (const cacheBytes of [0, 1, 5_000]) {
      for (const limits of [{ maxVisible: 1 }, { maxBytes: 1 }, { maxVisible: 100, maxBytes: 40_000 }]) {
        const { tileset, source } = await set.open({ cacheBytes });
        const tracker = trackPieces(tileset, { spacing: 0.5, radius: 30, ...limits });
        for (let i = 0; i < 8; i++) {
          const position = positionOf(set.systems[Math.floor(random() * set.systems.length)]!);
          tracker.update({ position, pixelsPerRadian: 500 });
          await tracker.settled();
          while (tracker.status.loading > 0) await new Promise(setImmediate);
        }
        // Every file that is wanted is read once for a view, and those ahead once more.
        expect(source.asked.length).toBeLessThan(8 * 100);
        expect(tracker.status.rows).toBeLessThanOrEqual(limits.maxVisible ?? Infinity);
        tracker.close();
      }
    }
  });

  test.each<[string, object]>([
    ['radius is 0', { radius: 0 }],
    ['radius is NaN', { radius: Number.NaN }],
    ['radius is Infinity', { radius: Infinity }],
    ['radius is 5', { radius: '5' }],
    ['hysteresis is 0.9', { hysteresis: 0.9 }],
    ['reloadFraction is -1', { reloadFraction: -1 }],
    ['maxVisible is 0', { maxVisible: 0 }],
    ['maxBytes is 1.5', { maxBytes: 1.5 }],
    ['concurrency is 0', { concurrency: 0 }],
    ['unknown option "maxvisible"', { maxvisible: 5 }],
  ])('is refused where its %s', async (message, options) => {
    const { tileset } = await set.open();
    const open = () => track(tileset, { radius: 1, ...options } as never);
    expect(open).toThrow(ArgumentError);
    expect(open).toThrow(message);
  });

  test('refuses views that are not valid, and filters that the set has not', async () => {
    const { tileset } = await set.open();
    const tracker = trackPieces(tileset);
    for (const view of [
      { position: [0, 0] },
      { position: [0, 0, Number.NaN] },
      { position: [0, 0, 0], planes: [[1, 2, 3]] },
      { position: [0, 0, 0], pixelsPerRadian: 0 },
      { position: [0, 0, 0], pixelsPerRadian: Infinity },
      { position: [0, 0, 0], ahead: 'there' },
    ])
      expect(() => tracker.update(view as never)).toThrow(ArgumentError);
    tracker.close();
    const filtered = trackPieces(tileset, { where: { nothing: 1 } });
    filtered.update({ position: [0, 0, 0], pixelsPerRadian: 100 });
    expect(await failure(filtered.settled())).toBeInstanceOf(ArgumentError);
  });
});
