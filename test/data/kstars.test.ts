import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { openTileset } from '#client/node/index.ts';
import { type KStar, type KStarsOptions, kstars, parseStar, SOURCE } from '#data/kstars.ts';
import { constellations } from '#data/kstars-constellations.ts';
import { build } from '#pipeline/index.ts';
import { PLAIN } from '#test/support/chunk-sets.ts';
import { runProcess } from '#test/support/run-command.ts';
import { inFolder } from '#test/support/temporary.ts';

const script = fileURLToPath(new URL('../../data/kstars.ts', import.meta.url));

const run = (...args: string[]) => runProcess(process.execPath, [script, ...args]);

const collect = async (options?: KStarsOptions) => {
  const stars: KStar[] = [];
  for await (const star of kstars(options)) stars.push(star);
  return stars;
};

/** Outlines of a made sky: one around the south pole up to a declination, and sectors above it from hour to hour. */
const sky = (declination: number, hours: number[]) => {
  const corners = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, i) => `  ${(from + i) % 24} ${declination} 1`);
  const sectors = hours.flatMap((from, i) => {
    const to = hours[i + 1] ?? hours[0]! + 24;
    const above = [`${to % 24} 90 1`, `${from} 90 1`, `${from} ${declination} 1`];
    return [`:Sector ${from}`, ...corners(from, to), ...above];
  });
  return [':Octans', ...corners(0, 24), ...sectors, ''].join('\n');
};
const anySky = fc.record({
  declination: fc.integer({ min: -80, max: 80 }),
  // Edges are shorter than half a turn, in the real file as well.
  hours: fc
    .uniqueArray(fc.integer({ min: 0, max: 23 }), { maxLength: 8 })
    .map(more => [...new Set([1, 9, 17, ...more])].sort((a, b) => a - b)),
});

describe('constellations', () => {
  test('every place lies in the outline that is drawn around it', () => {
    const minute = fc.integer({ min: 0, max: 1439 });
    fc.assert(
      fc.property(
        anySky,
        minute,
        fc.integer({ min: -89, max: 89 }),
        ({ declination, hours }, at, degrees) => {
          const hour = (at + 0.5) / 60;
          const sector = hours.findLast(from => from < hour) ?? hours.at(-1);
          const expected = degrees + 0.5 < declination ? 'Octans' : `Sector ${sector}`;
          expect(constellations(sky(declination, hours))(hour, degrees + 0.5)).toBe(expected);
        },
      ),
    );
  });

  test('names are those of the IAU', () => {
    const text = sky(0, [0, 8, 16]).replaceAll('Sector 0', 'Serpens Cauda').replaceAll('Sector 8', 'Bootes');
    expect(constellations(text)(1, 10)).toBe('Serpens');
    expect(constellations(text)(9, 10)).toBe('Boötes');
  });

  test.each([
    [
      'a corner that is not a number',
      ':Octans\n 1 2 1\n x 2 1\n',
      'cbounds.dat, line 3: expected ":Name" or a corner, found " x 2 1"',
    ],
    ['a corner of nothing', '1 2 1\n', 'cbounds.dat, line 1'],
    [
      'a place in no outline',
      sky(0, [0, 8, 16]).replace(/:Sector 8[^:]*/, ''),
      '9 h, 10° lies in 0 constellations, expected 1',
    ],
  ])('%s is refused', (_, text, message) => {
    expect(() => constellations(text)(9, 10)).toThrow(message);
  });
});

describe('a line', () => {
  const parse = (line: string) => parseStar(line, (hours, degrees) => `${hours} ${degrees}`);

  test('with all columns', () => {
    expect(
      parse(
        '063000.00 -300000.0 -000546.0+001223.100100.0 -1.4401.31M? 1 0.43  11.50, mu 1CMa, A Proper Name',
      ),
    ).toEqual({
      id: 'J063000.00-300000.0',
      name: 'A Proper Name',
      x: -3.6868,
      y: 28.0043,
      z: -16.3078,
      distance_ly: 32.6156,
      region: '6.5 -30',
      right_ascension: '06 30 00.00',
      declination: '-30 00 00.0',
      parallax_mas: 100,
      proper_motion_ra: -546,
      proper_motion_dec: 1223.1,
      magnitude: -1.44,
      colour: 1.31,
      spectral_type: 'M?',
      multiple: true,
      designation: 'mu1 CMa',
      variability: { range: 0.43, period: 11.5 },
    });
  });

  test('without parallax, class and names', () => {
    const star = parse('235960.00 -005960.0 +000000.0-000000.000000.0 08.1900.00   0');
    expect(star).toMatchObject({ x: null, y: null, z: null, distance_ly: null, spectral_type: null });
    // 60 seconds are the next minute.
    expect(star).toMatchObject({
      region: '24 -1',
      right_ascension: '24 00 00.00',
      declination: '-01 00 00.0',
    });
    expect([star.id, star.name]).toEqual(['J240000.00-010000.0', 'J240000.00-010000.0']);
    expect(Object.keys(star)).not.toContain('variability');
    expect(Object.keys(star)).not.toContain('designation');
  });

  const line = '063000.00 -300000.0 -000546.0+001223.100100.0 -1.4401.31M? 1            , 70  Oph';
  test('with a designation, or with a name alone', () => {
    expect(parse(line)).toMatchObject({ name: '70 Oph', designation: '70 Oph' });
    const named = parse(line.replace('70  Oph', '       , Maia'));
    expect(named.name).toBe('Maia');
    expect(Object.keys(named)).not.toContain('designation');
  });

  test.each([line.slice(1), `${line}, `, line.replace('M? 1', 'M? 2'), line.slice(0, 58), 'stars'])(
    '%j is refused',
    bad => {
      expect(() => parse(bad)).toThrow('expected the columns in the head of the file, found "');
    },
  );
});

describe('command line', () => {
  const line = (seconds: string, parallax: string) =>
    `0630${seconds} +300000.0 -000546.0+001223.1${parallax} 01.4401.31M? 1`;
  const lines = ['# head', line('00.00', '00010.0'), line('00.00', '00000.0'), line('00.00', '00020.0')];
  const withSource = (text: string, use: (folder: string) => Promise<void>) =>
    inFolder(async folder => {
      await writeFile(join(folder, 'stars.dat'), text);
      await writeFile(join(folder, 'cbounds.dat'), sky(0, [0, 8, 16]));
      await use(folder);
    });
  const stars = (text: string) =>
    text
      .split('\n')
      .slice(0, -1)
      .map(json => JSON.parse(json) as KStar);

  test('writes stars with a parallax, or all; the second and third of one place have a letter', async () => {
    await withSource(lines.join('\n'), async source => {
      const some = await run('--source', source);
      expect([some.code, some.stderr]).toEqual([0, '']);
      expect(stars(some.stdout).map(({ id, name }) => [id, name])).toEqual([
        ['J063000.00+300000.0', 'J063000.00+300000.0'],
        ['J063000.00+300000.0C', 'J063000.00+300000.0C'],
      ]);
      const out = join(source, 'out.ndjson');
      expect(await run('--source', source, '--all', '--out', out)).toEqual({
        code: 0,
        stdout: '',
        stderr: '',
      });
      expect(stars(await readFile(out, 'utf8')).map(({ id, x }) => [id.slice(19), x === null])).toEqual([
        ['', false],
        ['B', true],
        ['C', false],
      ]);
    });
  });

  test('explains itself', async () => {
    const { code, stdout, stderr } = await run('--help');
    expect([code, stderr]).toEqual([0, '']);
    for (const word of ['--all', '--source', '--out', 'apt-get install', 'Exit codes']) {
      expect(stdout).toContain(word);
    }
  });

  test.each([['--colour'], ['stars.dat'], ['--out']])(
    '%s is a wrong command: exit code 2',
    async argument => {
      const { code, stdout, stderr } = await run(argument);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain('--help');
    },
  );

  test('an absent source gives exit code 3, its name and advice, and no output', async () => {
    await inFolder(async folder => {
      const out = join(folder, 'out.ndjson');
      const { code, stderr } = await run('--source', join(folder, 'none'), '--out', out);
      expect(code).toBe(3);
      expect(stderr).toContain(join(folder, 'none', 'stars.dat'));
      expect(stderr).toContain('apt-get install --no-install-recommends kstars-data');
      expect(existsSync(out)).toBe(false);
    });
  });

  test('a source of another form gives exit code 1 and the line', async () => {
    await withSource([...lines, 'a star'].join('\n'), async source => {
      const { code, stderr } = await run('--source', source);
      expect(code).toBe(1);
      expect(stderr).toContain('stars.dat, line 5: expected the columns');
    });
  });

  test('a file that cannot be written gives exit code 3 and its name', async () => {
    await withSource(lines.join('\n'), async source => {
      const out = join(source, 'absent', 'x.ndjson');
      const { code, stderr } = await run('--source', source, '--out', out);
      expect(code).toBe(3);
      expect(stderr).toContain(out);
    });
  });
});

describe.skipIf(!existsSync(join(SOURCE, 'stars.dat')))('the stars of the package', () => {
  let all: KStar[];
  let placed: KStar[];
  let named: Map<string, KStar>;
  beforeAll(async () => {
    all = await collect({ all: true });
    placed = all.filter(star => star.x !== null);
    named = new Map(all.map(star => [star.name, star]));
  });

  const LIGHT_YEARS = 3.261563777;
  const degrees = (text: string) => {
    const [units = 0, minutes = 0, seconds = 0] = text.replace(/^[+-]/, '').split(' ').map(Number);
    return (text.startsWith('-') ? -1 : 1) * (units + minutes / 60 + seconds / 3600);
  };
  /** Degrees between two stars as the Sun sees them. */
  const apart = (a: KStar, b: KStar) => {
    const cross = [a.y! * b.z! - a.z! * b.y!, a.z! * b.x! - a.x! * b.z!, a.x! * b.y! - a.y! * b.x!];
    const dot = a.x! * b.x! + a.y! * b.y! + a.z! * b.z!;
    return (Math.atan2(Math.hypot(...cross), dot) * 180) / Math.PI;
  };

  test('124,608 have a parallax and 1,374 do not; only with --all are the latter given', async () => {
    expect([all.length, placed.length]).toEqual([125_982, 124_608]);
    // Vitest compares 124,608 objects for seconds.
    expect((await collect()).map(star => JSON.stringify(star)).join()).toBe(
      placed.map(star => JSON.stringify(star)).join(),
    );
  });

  test('of those without, 963 have no proper motion either; the parallax of the others is below 0.05 mas', () => {
    const without = all.filter(star => star.x === null);
    expect(without.every(star => star.parallax_mas === 0 && star.distance_ly === null)).toBe(true);
    expect(without.filter(star => star.proper_motion_ra === 0 && star.proper_motion_dec === 0)).toHaveLength(
      963,
    );
    expect(placed.filter(star => !(star.parallax_mas >= 0.1))).toEqual([]);
  });

  test('ids are unique, of one form, and in the order of brightness', () => {
    expect(new Set(all.map(star => star.id)).size).toBe(all.length);
    expect(all.filter(star => !/^J\d{6}\.\d\d[+-]\d{6}\.\dB?$/.test(star.id))).toEqual([]);
    expect(all.filter(star => star.id.endsWith('B'))).toHaveLength(99);
    expect(all.filter((star, i) => star.magnitude < all[i - 1]?.magnitude)).toEqual([]);
  });

  test('from magnitude 8 on, classes are guessed from the colour, and only there', () => {
    const guessed = all.filter(star => star.spectral_type?.endsWith('?'));
    expect(guessed).toEqual(all.filter(star => star.magnitude >= 8));
    expect(guessed).toHaveLength(84_908);
  });

  test('distances agree with parallaxes, and directions with the angles, to the last digit', () => {
    const wrong = placed.filter(({ x, y, z, distance_ly, parallax_mas, ...star }) => {
      const distance = (1000 / parallax_mas) * LIGHT_YEARS;
      const ra = (degrees(star.right_ascension) * Math.PI) / 12;
      const dec = (degrees(star.declination) * Math.PI) / 180;
      const off = [
        x! - distance * Math.cos(dec) * Math.cos(ra),
        y! - distance * Math.cos(dec) * Math.sin(ra),
        z! - distance * Math.sin(dec),
        distance_ly! - distance,
      ];
      return off.some(difference => !(Math.abs(difference) < 0.00006));
    });
    expect(wrong).toEqual([]);
  });

  // Light years by Hipparcos (ESA 1997); Alpha Centauri as a pair.
  test.each([
    ['Sirius', 8.6, 'Canis Major'],
    ['Rigel Kentaurus', 4.395, 'Centaurus'],
    ['Procyon', 11.4, 'Canis Minor'],
    ['Altair', 16.8, 'Aquila'],
    ['Vega', 25.3, 'Lyra'],
    ['Arcturus', 36.7, 'Boötes'],
    ['Polaris', 431, 'Ursa Minor'],
    ['Betelgeuse', 427, 'Orion'],
    ['Rigel', 773, 'Orion'],
    ['eps Eri', 10.5, 'Eridanus'],
  ])('%s is some %d light years away, in %s', (name, distance, region) => {
    const star = named.get(name)!;
    expect(Math.abs(star.distance_ly! / distance - 1)).toBeLessThan(0.02);
    expect(Math.hypot(star.x!, star.y!, star.z!)).toBeCloseTo(star.distance_ly!, 2);
    expect(star.region).toBe(region);
  });

  test('stars that the bundled catalogue has as well lie in the same direction and constellation', async () => {
    const bundled = await readFile(new URL('../../data/nearby-stars.json', import.meta.url), 'utf8');
    const both = Object.values(JSON.parse(bundled) as Record<string, KStar>).filter(
      star => named.get(star.name)?.distance_ly,
    );
    expect(both.length).toBeGreaterThan(70);
    for (const star of both) {
      expect(apart(star, named.get(star.name)!), star.name).toBeLessThan(0.001);
      expect(named.get(star.name)!.region, star.name).toBe(star.region);
    }
  });

  test('88 constellations; designations tell the same one, but for Rho Aquilae, which moved to the Dolphin', () => {
    expect(new Set(all.map(star => star.region)).size).toBe(88);
    const regions = Map.groupBy(
      all.filter(star => star.designation),
      star => star.designation!.split(' ').at(-1)!,
    );
    expect(regions.size).toBeGreaterThan(80);
    const odd = [];
    for (const [genitive, stars] of regions) {
      const most = Map.groupBy(stars, star => star.region);
      const [region] = [...most].sort((a, b) => b[1].length - a[1].length)[0]!;
      expect(region[0]).toBe(genitive[0]);
      odd.push(...stars.filter(star => star.region !== region));
    }
    expect(odd.map(star => [star.name, star.region])).toEqual([['rho Aql', 'Delphinus']]);
  });

  test('a set built of a quarter rejects those without a place, and its spheres equal a plain scan', async () => {
    await inFolder(async folder => {
      const [input, set] = [join(folder, 'stars.ndjson'), join(folder, 'set')];
      const stars = all.filter((_, i) => i % 4 === 0);
      const placed = stars.filter(star => star.x !== null);
      await writeFile(input, stars.map(star => `${JSON.stringify(star)}\n`).join(''));
      const rejected = stars.length - placed.length;
      expect(rejected).toBeGreaterThan(100);
      const counts = { systems: placed.length, rejected, skipped: 0, duplicates: 0 };
      expect(await build([input], set, PLAIN)).toMatchObject(counts);
      const tileset = await openTileset(set);
      const scan = placed
        .map(({ id, x, y, z }) => ({ id, distance: Math.sqrt(x! * x! + y! * y! + z! * z!) }))
        .sort((a, b) => a.distance - b.distance || (a.id < b.id ? -1 : 1));
      for (const radius of [5, 50, 300, 2000]) {
        const rows = await tileset.sphere({ center: [0, 0, 0], radius }).toArray();
        const expected = scan.filter(({ distance }) => distance <= radius);
        expect(expected.length).toBeGreaterThan(0);
        expect(rows.map(({ id, distance }) => ({ id, distance }))).toEqual(expected);
      }
      const nearest = {
        center: [0, 0, 0],
        radius: Number.POSITIVE_INFINITY,
        limit: 100,
        details: true,
      } as const;
      const rows = await tileset.sphere(nearest).toArray();
      expect(rows.map(({ id }) => id)).toEqual(scan.slice(0, 100).map(({ id }) => id));
      const byId = new Map(placed.map(star => [star.id, star]));
      for (const { id, record } of rows) expect(record).toEqual(byId.get(id as string));
    });
  });
});
