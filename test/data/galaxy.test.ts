import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type GalaxyOptions,
  type GalaxyShape,
  type GalaxySystem,
  galaxy,
  galaxySystems,
} from '#data/galaxy.ts';
import { systemName } from '#data/galaxy-names.ts';
import { MODES, type Mode, RADIUS } from '#data/galaxy-space.ts';

const text = (options: GalaxyOptions, shape?: GalaxyShape): string => [...galaxy(options, shape)].join('');
const systems = (options: GalaxyOptions): GalaxySystem[] => [...galaxySystems(options)];
const slim = (mode: Mode, count: number): GalaxySystem[] => systems({ count, mode, slim: true });
const tally = <T>(values: Iterable<T>): Map<T, number> => {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
};
const descending = (counts: Map<unknown, number>): number[] => [...counts.values()].sort((a, b) => b - a);
const anyOptions = fc
  .record({
    range: fc.array(fc.nat(3000), { minLength: 3, maxLength: 3 }).map(three => three.sort((a, b) => a - b)),
    seed: fc.nat(0xffffffff),
    mode: fc.constantFrom(...MODES),
    slim: fc.boolean(),
  })
  .map(({ range: [start, end, count], ...rest }) => ({
    ...rest,
    start: Math.max(start!, end! - 50),
    end: end!,
    count: count!,
  }));

test.each<[string, Partial<GalaxyOptions>]>([
  ['19977335631d1975f400881d0a307fe69d59657a2b89bf374485a0d15ba06671', {}],
  ['219cde94e964267e8623319e273c3c03e67040046dfc797df28a4e4a8276defd', { mode: 'uniform' }],
  ['e341a9beb1e85d7aab019589ddab354d6302998f5c3423ad5fbe20da5ed1493d', { mode: 'clustered' }],
  ['5bfb1853690446958c094038cac67cfac2d0461715a2a563f831add6bcf838c8', { mode: 'coincident' }],
  ['bef1d84053aeff7d5b5251bcf70a66b624742229e2a29034305b77ed8fb29128', { seed: 2 ** 32 - 1 }],
])('500 systems have the same bytes for ever: %s of %o', (sha256, options) => {
  expect(
    createHash('sha256')
      .update(text({ count: 500, ...options }))
      .digest('hex'),
  ).toBe(sha256);
});

describe('shapes', () => {
  test('each line of NDJSON is the JSON of its system', () => {
    fc.assert(
      fc.property(anyOptions, options => {
        const lines = [...galaxy(options)];
        expect(lines.every(line => line.indexOf('\n') === line.length - 1)).toBe(true);
        const expected = systems(options);
        expect(expected).toHaveLength(options.end - options.start);
        expect(lines.map(line => JSON.parse(line))).toStrictEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  test('json is one indented object, `_meta` first, then the same systems by name', () => {
    fc.assert(
      fc.property(anyOptions, options => {
        const json = text(options, 'json');
        const parsed = JSON.parse(json);
        expect(json).toBe(`${JSON.stringify(parsed, null, 2)}\n`);
        const expected = systems(options);
        expect(Object.keys(parsed)).toEqual(['_meta', ...expected.map(system => system.name)]);
        const { _meta, ...rest } = parsed;
        expect(_meta.system_count).toBe(expected.length);
        expect(Object.values(rest)).toStrictEqual(expected);
      }),
      { numRuns: 30 },
    );
  });
});

describe('names', () => {
  test('no two of 200,000 numbers up to 2^32 have one name', () => {
    const names = Array.from({ length: 200_000 }, (_, i) => systemName(21_474 * i));
    expect(new Set(names).size).toBe(names.length);
  });

  test('names, ids and region names are unique', () => {
    const count = 50_000;
    const all = slim('uniform', count);
    expect(new Set(all.map(({ name }) => name)).size).toBe(count);
    expect(new Set(all.map(({ id }) => id)).size).toBe(count);
    expect(new Set(all.map(({ region }) => region)).size).toBe(Math.round(count / 700));
    expect(all.every(({ id }) => /^SYS_[0-9A-Z]{7}$/.test(id))).toBe(true);
  });
});

describe('content', () => {
  test('a slim system is the full one with fewer fields', () => {
    const full = systems({ count: 200 });
    expect(systems({ count: 200, slim: true })).toEqual(
      full.map(({ photo, attributes, created_at, modified_at, space_station, ...rest }) => ({
        ...rest,
        planets: [],
      })),
    );
  });
});

describe('positions', () => {
  test.each(MODES)('%s: short decimals within the radius', mode => {
    const scale = mode === 'clustered' ? 1000 : 100;
    for (const { x, y, z } of slim(mode, 50_000)) {
      for (const value of [x, y, z]) {
        if (!(Math.abs(value) <= RADIUS)) expect.fail(`${value} lies outside`);
        if (Math.round(value * scale) / scale !== value) expect.fail(`${value} is not a short decimal`);
      }
    }
  });

  test('what rounds to nothing is 0, never -0, which JSON cannot say', () => {
    // A system and a station, each just below the plane.
    for (const start of [314078, 16758]) {
      const options = { count: 1_000_000, start, end: start + 1 };
      const [near] = systems(options);
      expect(near!.z === 0 || near!.space_station!.z === 0).toBe(true);
      expect(JSON.parse(text(options))).toStrictEqual(near);
    }
  });

  test('clustered has densities of several orders of magnitude, uniform has not', () => {
    const densest = (mode: Mode, cell: number): number => {
      const cells = tally(
        slim(mode, 50_000).map(({ x, y, z }) => [x, y, z].map(v => Math.floor(v / cell)).join()),
      );
      // Against the mean over the whole cube.
      return descending(cells)[0]! / (50_000 * (cell / (2 * RADIUS)) ** 3);
    };
    expect(densest('uniform', 5000)).toBeLessThan(10);
    expect(densest('clustered', 5000)).toBeGreaterThan(100);
    expect(densest('clustered', 100)).toBeGreaterThan(1e6);
  });

  test('coincident has several points with thousands of systems each, one of them the origin', () => {
    const points = tally(slim('coincident', 60_000).map(({ x, y, z }) => `${x} ${y} ${z}`));
    const sizes = descending(points);
    expect(points.get('0 0 0')).toBeGreaterThan(4000);
    expect(sizes[5]!).toBeGreaterThan(2000);
    expect(sizes[12]!).toBe(1);
    expect(sizes.length).toBeGreaterThan(30_000);
  });
});

describe('regions', () => {
  test.each(MODES)('%s: no two regions overlap in space', mode => {
    const boxes = [...Map.groupBy(slim(mode, 20_000), ({ region }) => region).values()].map(members =>
      (['x', 'y', 'z'] as const).map(axis => {
        const values = members.map(system => system[axis]);
        return { min: Math.min(...values), max: Math.max(...values) };
      }),
    );
    expect(boxes.length).toBeGreaterThan(20);
    const isApart = (a: (typeof boxes)[0], b: (typeof boxes)[0]) =>
      a.some((side, axis) => side.max < b[axis]!.min || b[axis]!.max < side.min);
    expect(boxes.every((a, i) => boxes.slice(i + 1).every(b => isApart(a, b)))).toBe(true);
  });
});

describe('ranges', () => {
  test('a smaller galaxy is the beginning of a larger one, but for the regions', () => {
    fc.assert(
      fc.property(anyOptions, fc.nat(1_000_000), (options, more) => {
        const without = (all: GalaxySystem[]) => all.map(({ region, ...rest }) => rest);
        expect(without(systems({ ...options, count: options.count + more }))).toEqual(
          without(systems(options)),
        );
      }),
      { numRuns: 20 },
    );
  });

  test('parts that follow one another make the whole', () => {
    const options = { count: 300, mode: 'coincident' as const };
    const parts = [0, 1, 100, 300].map((end, i, ends) => text({ ...options, start: ends[i - 1] ?? 0, end }));
    expect(parts.join('')).toBe(text(options));
  });

  test.each([
    [{ count: 2 ** 32 + 1 }, 'count must be an integer from 0 to 4294967296; found 4294967297'],
    [{ count: 1, seed: 2 ** 32 }, 'seed must be'],
    [{ count: 10, start: 6, end: 5 }, 'start must be an integer from 0 to 5; found 6'],
    [
      { count: 10, mode: 'flat' as Mode },
      'mode must be one of spiral, uniform, clustered, coincident; found "flat"',
    ],
  ])('%o is refused', (options, message) => {
    expect(() => systems(options)).toThrow(RangeError);
    expect(() => text(options, 'json')).toThrow(message);
  });
});
