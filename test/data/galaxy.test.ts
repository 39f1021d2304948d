import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type GalaxyOptions, type GalaxySystem, galaxy, galaxySystems, type Shape } from '#data/galaxy.ts';
import { CODAS, GREEK, LETTERS, MEDIALS, ONSETS, ROMAN, systemName, VOWELS } from '#data/galaxy-names.ts';
import { MODES, type Mode, RADIUS } from '#data/galaxy-space.ts';

const text = (options: GalaxyOptions, shape?: Shape): string => [...galaxy(options, shape)].join('');
const systems = (options: GalaxyOptions): GalaxySystem[] => [...galaxySystems(options)];
const slim = (mode: Mode, count: number): GalaxySystem[] => systems({ count, mode, slim: true });
const tally = <T>(values: Iterable<T>): Map<T, number> => {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
};
const descending = (counts: Map<unknown, number>): number[] => [...counts.values()].sort((a, b) => b - a);
const deviation = (values: number[]): number => {
  const mean = values.reduce((a, b) => a + b) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
};

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

describe('a seed keeps its bytes for ever', () => {
  test.each([
    ['spiral', { count: 500 }, 'ndjson', '19977335631d1975f400881d0a307fe69d59657a2b89bf374485a0d15ba06671'],
    [
      'uniform',
      { count: 500, mode: 'uniform' },
      'ndjson',
      '219cde94e964267e8623319e273c3c03e67040046dfc797df28a4e4a8276defd',
    ],
    [
      'clustered',
      { count: 500, mode: 'clustered' },
      'ndjson',
      'e341a9beb1e85d7aab019589ddab354d6302998f5c3423ad5fbe20da5ed1493d',
    ],
    [
      'coincident',
      { count: 500, mode: 'coincident' },
      'ndjson',
      '5bfb1853690446958c094038cac67cfac2d0461715a2a563f831add6bcf838c8',
    ],
    [
      'slim',
      { count: 500, slim: true },
      'ndjson',
      'e162d4963b55fcc2c44818f58065849bae6c52b01b90ced9a5f895568ad36b98',
    ],
    ['json', { count: 500 }, 'json', '0e72ce3fa0c9d6f134786d1d97afd579cffc73bc4dbdbf7b9a9fac11c58c1261'],
    [
      'another seed',
      { count: 500, seed: 4294967295 },
      'ndjson',
      'bef1d84053aeff7d5b5251bcf70a66b624742229e2a29034305b77ed8fb29128',
    ],
    [
      'many regions',
      { count: 3e6, start: 2999500, mode: 'clustered' },
      'ndjson',
      '2f19d67fb2b5413055d746cf5707a68b30b273606b33c2d63b0ee0fb82560081',
    ],
  ] as [string, GalaxyOptions, Shape, string][])('%s', (_, options, shape, golden) => {
    expect(createHash('sha256').update(text(options, shape)).digest('hex')).toBe(golden);
  });
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

  test('systems have the fields of the schema', () => {
    const [first] = systems({ count: 1 });
    const summary = 'id name x y z region fauna flora sentinel materials base_location'.split(' ');
    const times = 'photo attributes created_at modified_at'.split(' ');
    expect(Object.keys(first!)).toEqual([...summary, ...times, 'planets', 'space_station']);
    expect(Object.keys(slim('spiral', 1)[0]!)).toEqual([...summary, 'planets']);
    const planet = systems({ count: 100 })
      .flatMap(system => system.planets)
      .find(({ moons }) => moons.length > 0)!;
    const world = 'name sentinel fauna flora properties materials base_location photo notes'.split(' ');
    expect(Object.keys(planet)).toEqual([...world, 'moons']);
    expect(Object.keys(planet.moons[0]!)).toEqual([...world, 'orbit_radius', 'orbit_speed']);
  });
});

describe('names', () => {
  test('a name tells its number, so no two numbers share one', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), number => {
        expect(numberOf(systemName(number))).toBe(number);
      }),
      { numRuns: 20_000 },
    );
  });

  test('names, ids and region names are unique', () => {
    const count = 200_000;
    const all = slim('uniform', count);
    expect(new Set(all.map(({ name }) => name)).size).toBe(count);
    expect(new Set(all.map(({ id }) => id)).size).toBe(count);
    expect(new Set(all.map(({ region }) => region)).size).toBe(Math.round(count / 700));
    expect(all.every(({ id }) => /^SYS_[0-9A-Z]{7}$/.test(id))).toBe(true);
  });

  test('seeds give different systems', () => {
    const [one, two] = [1, 2].map(seed => systems({ count: 2000, seed, slim: true }));
    const positions = new Set(one!.map(({ x, y, z }) => `${x} ${y} ${z}`));
    expect(two!.filter(({ x, y, z }) => positions.has(`${x} ${y} ${z}`))).toEqual([]);
    const ids = new Set(one!.map(({ id }) => id));
    expect(two!.filter(({ id }) => ids.has(id)).length).toBeLessThan(5);
  });
});

/** The inverse of `systemName`, written from the lists alone: consonants and vowels take turns. */
function numberOf(name: string): number {
  const [stem, ...suffix] = name.split(' ');
  const runs = stem!.split(/([AEIOUY]+)/);
  const at = (list: readonly string[], part: string | undefined): number => {
    const index = list.indexOf(part ?? '');
    if (index < 0) throw new Error(`"${part}" of "${name}" is in no list`);
    return index;
  };
  const low =
    at(ONSETS, runs[0]) +
    at(VOWELS, runs[1]) * 2 ** 5 +
    at(MEDIALS, runs[2]) * 2 ** 9 +
    at(VOWELS, runs[3]) * 2 ** 14;
  if (runs.length === 7) {
    return (
      low + at(MEDIALS, runs[4]) * 2 ** 18 + at(VOWELS, runs[5]) * 2 ** 23 + at(CODAS, runs[6]) * 2 ** 26
    );
  }
  const [, form, a, b] = formOf(suffix);
  return low + at(CODAS, runs[4]) * 2 ** 18 + a * 2 ** 22 + b * 2 ** 26 + form * 2 ** 30;

  function formOf([first = '', second = '']: string[]): [string, number, number, number] {
    const numbered = /^([A-Z])(\d\d)$/.exec(first);
    if (numbered) return [first, 2, at(LETTERS, numbered[1]), Number(numbered[2]) - 30];
    const slashed = /^(\d\d)\/([A-Z])\d$/.exec(first);
    if (slashed) return [first, 3, Number(slashed[1]) - 10, at(LETTERS, slashed[2])];
    if (ROMAN.includes(first) && second === '') return [first, 1, 0, at(ROMAN, first)];
    return [first, 1, at(GREEK, first), at(ROMAN, second)];
  }
}

describe('content', () => {
  test('full systems are about 1,500 bytes, slim ones about 250', () => {
    const count = 5000;
    expect(Buffer.byteLength(text({ count })) / count).toBeGreaterThan(1400);
    expect(Buffer.byteLength(text({ count })) / count).toBeLessThan(1600);
    expect(Buffer.byteLength(text({ count, slim: true })) / count).toBeGreaterThan(230);
    expect(Buffer.byteLength(text({ count, slim: true })) / count).toBeLessThan(260);
  });

  test('a slim system is the full one with fewer fields', () => {
    const full = systems({ count: 200 });
    expect(systems({ count: 200, slim: true })).toEqual(
      full.map(({ photo, attributes, created_at, modified_at, space_station, ...rest }) => ({
        ...rest,
        planets: [],
      })),
    );
  });

  test('three planets on average, from none to more than six; moons and stations for some', () => {
    const all = systems({ count: 20_000 });
    const planets = all.map(system => system.planets.length);
    const mean = planets.reduce((a, b) => a + b) / planets.length;
    expect(mean).toBeGreaterThan(2.8);
    expect(mean).toBeLessThan(3.2);
    expect(Math.min(...planets)).toBe(0);
    expect(Math.max(...planets)).toBeGreaterThan(6);
    const moons = all.flatMap(system => system.planets.map(planet => planet.moons.length));
    expect([...new Set(moons)].sort()).toEqual([0, 1, 2]);
    const stations = all.filter(system => system.space_station !== null);
    expect(stations.length / all.length).toBeGreaterThan(0.3);
    expect(stations.length / all.length).toBeLessThan(0.37);
    for (const { x, y, z, space_station: near } of stations) {
      const far = Math.max(Math.abs(near!.x - x), Math.abs(near!.y - y), Math.abs(near!.z - z));
      if (far > 0.5 + 1e-9) expect.fail(`a station lies ${far} light years away`);
    }
  });

  test('nothing has several spellings, and texts vary', () => {
    const planets = systems({ count: 5000 }).flatMap(system => system.planets);
    const fauna = tally(planets.map(planet => planet.fauna));
    for (const value of [null, 'None', 'N/A', 'Low', 'High']) expect(fauna.get(value)).toBeGreaterThan(100);
    const notes = tally(planets.map(planet => planet.notes));
    expect(notes.get(null)).toBeGreaterThan(100);
    expect(notes.get('N/A')).toBeGreaterThan(100);
    expect(notes.size).toBeGreaterThan(300);
    expect(tally(planets.map(planet => planet.name)).size).toBeGreaterThan(5000);
    expect(tally(planets.map(planet => planet.materials)).size).toBeGreaterThan(1000);
  });
});

describe('positions', () => {
  test.each(MODES)('%s: short decimals within the radius', mode => {
    const scale = mode === 'clustered' ? 1000 : 100;
    for (const { x, y, z } of slim(mode, 50_000)) {
      for (const value of [x, y, z]) {
        if (!(Math.abs(value) <= RADIUS)) expect.fail(`${value} lies outside`);
        if (Math.round(value * scale) / scale !== value) expect.fail(`${value} is no short decimal`);
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

  test('spiral is a thin disc, dense in the middle', () => {
    const all = slim('spiral', 50_000);
    const [x, y, z] = (['x', 'y', 'z'] as const).map(axis => deviation(all.map(system => system[axis])));
    expect(z!).toBeLessThan(0.05 * x!);
    expect(y! / x!).toBeGreaterThan(0.7);
    expect(y! / x!).toBeLessThan(1.4);
    // A disc of even density would have 1 % of its systems within a tenth of its radius.
    const middle = all.filter(system => system.x ** 2 + system.y ** 2 < (0.1 * RADIUS) ** 2);
    expect(middle.length / all.length).toBeGreaterThan(0.1);
  });

  test('spiral has arms: on a ring, some directions hold many times what others hold', () => {
    const ring = slim('spiral', 200_000).filter(({ x, y }) => Math.abs(Math.hypot(x, y) - 20_000) < 1000);
    const sectors = tally(ring.map(({ x, y }) => Math.floor((Math.atan2(y, x) / Math.PI) * 36)));
    const sizes = descending(sectors);
    expect(ring.length).toBeGreaterThan(5000);
    expect(sizes[3]!).toBeGreaterThan(4 * sizes[36]!);
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
  const boxes = (all: GalaxySystem[]): Map<string, [number, number][]> => {
    const found = new Map<string, [number, number][]>();
    for (const { region, x, y, z } of all) {
      const box = found.get(region);
      if (box === undefined)
        found.set(region, [
          [x, x],
          [y, y],
          [z, z],
        ]);
      else
        [x, y, z].forEach((v, k) => {
          box[k] = [Math.min(box[k]![0], v), Math.max(box[k]![1], v)];
        });
    }
    return found;
  };

  test.each(MODES)('%s: each region has a box of space to itself', mode => {
    const all = [...boxes(slim(mode, 50_000)).values()];
    expect(all.length).toBeGreaterThan(40);
    const apart = (a: [number, number][], b: [number, number][]): boolean =>
      [0, 1, 2].some(axis => a[axis]![1] < b[axis]![0] || b[axis]![1] < a[axis]![0]);
    expect(all.every((a, i) => all.slice(i + 1).every(b => apart(a, b)))).toBe(true);
  });

  test.each(['spiral', 'uniform', 'clustered'] as const)('%s: sizes follow a power law', mode => {
    const count = 100_000;
    const sizes = descending(tally(slim(mode, count).map(({ region }) => region)));
    expect(sizes).toHaveLength(143);
    expect(sizes[0]! / count).toBeGreaterThan(0.1);
    expect(sizes[0]! / sizes[9]!).toBeGreaterThan(7);
    expect(sizes[0]! / sizes[9]!).toBeLessThan(14);
    expect(sizes[71]!).toBeLessThan(count / 143 / 2);
    expect(sizes.at(-1)!).toBeGreaterThan(40);
  });

  test('there are 4 at least and 4,096 at most', () => {
    expect(new Set(slim('spiral', 2000).map(({ region }) => region)).size).toBe(4);
    const many = systems({ count: 2 ** 32, end: 300_000, slim: true }).map(({ region }) => region);
    expect(new Set(many).size).toBeGreaterThan(4000);
    expect(new Set(many).size).toBeLessThanOrEqual(4096);
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
    [{ count: -1 }, 'count must be a whole number from 0 to 4294967296; found -1'],
    [{ count: 1.5 }, 'found 1.5'],
    [{ count: 2 ** 32 + 1 }, 'count must be'],
    [{ count: 1, seed: 2 ** 32 }, 'seed must be'],
    [{ count: 10, end: 11 }, 'end must be a whole number from 0 to 10; found 11'],
    [{ count: 10, start: 6, end: 5 }, 'start must be a whole number from 0 to 5; found 6'],
    [
      { count: 10, mode: 'flat' as Mode },
      'mode must be one of spiral, uniform, clustered, coincident; found "flat"',
    ],
  ])('%o is refused', (options, message) => {
    expect(() => systems(options)).toThrow(RangeError);
    expect(() => text(options, 'json')).toThrow(message);
  });
});
