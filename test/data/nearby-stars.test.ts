import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Catalogue, moved, positionOf, withPositions } from '#data/nearby-stars.ts';
import { outputOf, runProcess } from '#test/support/run-command.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

interface Body {
  name: string;
  type?: string;
  period_days?: number;
  semimajor_axis_au?: number;
  materials?: string;
  moons?: Body[];
}

interface Star {
  id: string;
  name: string;
  x: number;
  y: number;
  z: number;
  region: string;
  distance_ly: number;
  right_ascension?: string;
  declination?: string;
  parallax_mas?: number;
  parallax_source?: string;
  stars: { name: string; spectral_type: string }[];
  planets: Body[];
  space_station?: { name: string; x: number; y: number; z: number };
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const file = join(root, 'data/nearby-stars.json');
const catalogue = JSON.parse(readFileSync(file, 'utf8')) as Catalogue;
const { _meta: meta, ...rest } = catalogue;
const systems = rest as unknown as Record<string, Star>;
const all = Object.values(systems);
const sol = systems['Sol']!;

const length = ({ x, y, z }: Star) => Math.hypot(x, y, z);
/** Degrees between two systems as the Sun sees them, by the angle of their positions. */
const apart = (a: Star, b: Star) =>
  (Math.acos((a.x * b.x + a.y * b.y + a.z * b.z) / (length(a) * length(b))) * 180) / Math.PI;
const between = (a: Star, b: Star) => Math.hypot(a.x - b.x, a.y - b.y, a.z - b.z);

/** Tokens of a text in sexagesimal notation with spaces, read without the code under test. */
const degrees = (text: string) => {
  const [units = 0, minutes = 0, seconds = 0] = text.replace(/^[+-]/, '').split(' ').map(Number);
  return (text.startsWith('-') ? -1 : 1) * (units + minutes / 60 + seconds / 3600);
};

describe('the catalogue', () => {
  test('says what it holds', () => {
    expect(meta).toMatchObject({ system_count: all.length });
    expect(all.length).toBeGreaterThanOrEqual(150);
    expect(all.filter(star => star.distance_ly <= 20).length).toBeGreaterThanOrEqual(95);
  });

  test('keys are the names; ids are unique and of one form', () => {
    expect(Object.keys(systems)).toEqual(all.map(star => star.name));
    expect(new Set(all.map(star => star.id)).size).toBe(all.length);
    for (const star of all) expect(star.id).toMatch(/^SYS_[A-Z0-9]+([_+][A-Z0-9]+)*$/);
  });

  test('no star or planet occurs twice', () => {
    const names = all.flatMap(star => [
      ...star.stars.map(({ name }) => name),
      ...star.planets.map(({ name }) => name),
    ]);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test('every system has a constellation, a star, finite places and the source of its parallax', () => {
    for (const star of all) {
      expect([star.x, star.y, star.z].every(Number.isFinite), star.name).toBe(true);
      expect(star.region, star.name).toMatch(/^\p{Lu}\p{L}+( \p{L}+)?$/u);
      expect(star.stars.length, star.name).toBeGreaterThan(0);
      for (const { spectral_type } of star.stars) expect(spectral_type, star.name).not.toBe('');
      if (star !== sol) expect(star.parallax_source, star.name).toMatch(/./);
    }
    expect(new Set(all.map(star => star.region)).size).toBeLessThanOrEqual(88 + 1);
  });

  test('materials are lists of names, which filters find', () => {
    const bodies = all.flatMap(({ planets }) => planets.flatMap(planet => [planet, ...(planet.moons ?? [])]));
    const materials = bodies.flatMap(({ materials }) => materials?.split(', ') ?? []);
    expect(materials).toContain('Iron');
    for (const material of materials) expect(material).toMatch(/^[A-Z][a-z]+( [a-z]+)?$/);
  });

  test('systems are in order of distance', () => {
    const distances = all.map(star => star.distance_ly);
    expect(distances).toEqual([...distances].sort((a, b) => a - b));
  });

  test('planets of one star obey the third law of Kepler', () => {
    for (const star of all.filter(({ planets }) => planets.length > 1)) {
      // a³/P² is the star's mass. Published axes are rounded and come from fits of several papers.
      const masses = star.planets
        .filter(({ semimajor_axis_au, period_days }) => semimajor_axis_au && period_days)
        .map(planet => planet.semimajor_axis_au! ** 3 / (planet.period_days! / 365.25) ** 2);
      for (const mass of masses) expect(Math.abs(mass / masses[0]! - 1), star.name).toBeLessThan(0.3);
    }
  });
});

describe('positions', () => {
  test('agree with the angles and the parallax that the records keep', () => {
    expect(withPositions(catalogue)).toEqual(catalogue);
    for (const star of all.filter(({ parallax_mas }) => parallax_mas !== undefined)) {
      const distance = 3261.563777 / star.parallax_mas!;
      expect(Math.abs(length(star) - distance), star.name).toBeLessThan(2e-4);
      expect(Math.abs(star.distance_ly - distance), star.name).toBeLessThan(1e-4);
      const dec = (Math.asin(star.z / length(star)) * 180) / Math.PI;
      expect(Math.abs(dec - degrees(star.declination!)), star.name).toBeLessThan(0.002);
      const ra = (Math.atan2(star.y, star.x) * 180) / Math.PI;
      const off = Math.abs(((ra + 360) % 360) - 15 * degrees(star.right_ascension!));
      // Near the pole (Polaris) the same error is a larger angle of right ascension.
      expect(Math.min(off, 360 - off) * Math.cos((dec * Math.PI) / 180), star.name).toBeLessThan(0.002);
    }
  });

  test.each([
    ['Proxima Centauri', 4.2465],
    ['Alpha Centauri', 4.344],
    ["Barnard's Star", 5.963],
    ['Luhman 16', 6.51],
    ['WISE 0855-0714', 7.43],
    ['Wolf 359', 7.86],
    ['Lalande 21185', 8.304],
    ['Sirius', 8.6],
    ['Epsilon Eridani', 10.5],
    ['61 Cygni', 11.4],
    ['Procyon', 11.46],
    ['Tau Ceti', 11.91],
    ["Van Maanen's Star", 14.07],
    ['Altair', 16.73],
    ['Vega', 25.04],
    ['Fomalhaut', 25.13],
    ['Arcturus', 36.7],
    ['TRAPPIST-1', 40.66],
    ['55 Cancri', 41.06],
    ['Aldebaran', 66.6],
  ])('%s is %f light years away', (name, distance) => {
    expect(Math.abs(length(systems[name]!) / distance - 1)).toBeLessThan(0.005);
  });

  test.each([
    ['Sirius', 'Procyon', 25.7],
    ['Alpha Centauri', 'Proxima Centauri', 2.18],
    ['Vega', 'Altair', 34.2],
    ['Vega', 'Deneb', 23.85],
    ['Betelgeuse', 'Rigel', 18.6],
    ['Dubhe', 'Merak', 5.37],
    ['Castor', 'Pollux', 4.5],
    ['Mizar', 'Alcor', 0.197],
  ])('%s and %s are %f degrees apart in the sky', (one, other, angle) => {
    expect(Math.abs(apart(systems[one]!, systems[other]!) / angle - 1)).toBeLessThan(0.01);
  });

  test('Proxima is some 13,000 astronomical units from Alpha Centauri, give or take their parallaxes', () => {
    expect(between(systems['Proxima Centauri']!, systems['Alpha Centauri']!)).toBeCloseTo(0.2, 1);
  });

  test('Polaris stands over the pole, Mintaka on the equator, Alpheratz at hour 0', () => {
    expect(systems['Polaris']!.z / length(systems['Polaris']!)).toBeGreaterThan(0.9999);
    expect(Math.abs(systems['Mintaka']!.z / length(systems['Mintaka']!))).toBeLessThan(0.01);
    expect(systems['Alpheratz']!.y / length(systems['Alpheratz']!)).toBeCloseTo(0.03, 2);
    expect(systems['Alpheratz']!.x).toBeGreaterThan(0);
  });
});

describe('planets', () => {
  test('the Solar System', () => {
    const names = (type: string) => sol.planets.filter(body => body.type === type).map(({ name }) => name);
    expect(names('planet').join()).toBe('Mercury,Venus,Earth,Mars,Jupiter,Saturn,Uranus,Neptune');
    expect(names('dwarf planet').join()).toBe('Ceres,Pluto,Haumea,Makemake,Eris');
    expect(sol.planets[2]!.moons!.map(({ name }) => name)).toEqual(['Moon']);
    expect([sol.x, sol.y, sol.z]).toEqual([0, 0, 0]);
    expect(sol.space_station).toMatchObject({ name: 'International Space Station', x: 0, y: 0, z: 0 });
    for (const { name, semimajor_axis_au: axis, period_days: period } of sol.planets) {
      expect(axis! ** 3 / (period! / 365.256) ** 2, name).toBeCloseTo(1, 1);
    }
  });

  test.each([
    ['Proxima Centauri', 2],
    ["Barnard's Star", 4],
    ['Sirius', 0],
    ["Teegarden's Star", 3],
    ['Gliese 876', 4],
    ['TRAPPIST-1', 7],
    ['55 Cancri', 5],
    ['51 Pegasi', 1],
    ['Upsilon Andromedae', 3],
    ['HD 10180', 6],
    ['HR 8799', 4],
    ['Kepler-11', 6],
    ['Kepler-16', 1],
    ['Kepler-62', 5],
    ['Kepler-90', 8],
    ['Kepler-186', 5],
    ['Kepler-444', 5],
    ['Kepler-452', 1],
    ['TOI-700', 4],
  ])('%s has %i', (name, count) => {
    expect(systems[name]!.planets).toHaveLength(count);
  });
});

describe('positionOf', () => {
  test.each([
    ['00 00 00', '+00 00 00', 1, 0, 0],
    ['06 00 00.0', '+00 00 00', 0, 1, 0],
    ['18 00 00', '+00 00 00', 0, -1, 0],
    ['12 00 00', '+90 00 00', 0, 0, 1],
    ['00 00 00', '-30 00 00', Math.sqrt(3) / 2, 0, -0.5],
    ['00 00 00', '-00 30 00', Math.cos(Math.PI / 360), 0, -Math.sin(Math.PI / 360)],
  ])('%s %s', (ra, dec, x, y, z) => {
    const place = positionOf(ra, dec, 3261.563777);
    expect(place.x).toBeCloseTo(x, 12);
    expect(place.y).toBeCloseTo(y, 12);
    expect(place.z).toBeCloseTo(z, 12);
    expect(place.distance_ly).toBeCloseTo(1, 12);
  });

  test('any position has the distance of its parallax and the angles it was given', () => {
    const two = (n: number) => String(n).padStart(2, '0');
    const sixty = fc.integer({ min: 0, max: 59 });
    const angle = (limit: number) => fc.tuple(fc.integer({ min: 0, max: limit - 1 }), sixty, sixty);
    fc.assert(
      fc.property(
        angle(24),
        angle(90),
        fc.constantFrom('+', '-'),
        fc.double({ min: 0.01, max: 1000, noNaN: true }),
        (ra, dec, sign, parallax) => {
          const [raText, decText] = [ra.map(two).join(' '), sign + dec.map(two).join(' ')];
          const { x, y, z, distance_ly } = positionOf(raText, decText, parallax);
          expect(Math.hypot(x, y, z) / distance_ly).toBeCloseTo(1, 12);
          expect(distance_ly * parallax).toBeCloseTo(3261.563777, 8);
          expect((Math.asin(z / distance_ly) * 180) / Math.PI).toBeCloseTo(degrees(decText), 5);
          const hours = ((Math.atan2(y, x) * 12) / Math.PI + 24) % 24;
          const off = Math.abs(hours - degrees(raText));
          expect(Math.min(off, 24 - off)).toBeLessThan(1e-6);
        },
      ),
    );
  });

  test.each([
    ['6 45 08.92', '-16 42 58.0', 379, '"hh mm ss.ss"'],
    ['06 60 08.92', '-16 42 58.0', 379, '"hh mm ss.ss"'],
    ['25 00 00', '-16 42 58.0', 379, 'up to 24'],
    ['06 45 08.92', '16 42 58.0', 379, '"+dd mm ss.s"'],
    ['06 45 08.92', '-91 00 00', 379, 'up to 90'],
    ['06 45 08.92', '-16 42 58.0', 0, 'found 0'],
    ['06 45 08.92', '-16 42 58.0', Number.NaN, 'found NaN'],
  ])('refuses %s %s %f', (ra, dec, parallax, told) => {
    expect(() => positionOf(ra, dec, parallax)).toThrow(told);
  });

  test('a wrong record is named', () => {
    const wrong = { Vega: { right_ascension: 'x', declination: '+38 47 01.3', parallax_mas: 130.23 } };
    expect(() => withPositions(wrong)).toThrow('Vega: expected an angle "hh mm ss.ss" up to 24, found "x"');
  });

  test('a star without a parallax is refused, not put at the origin', () => {
    const wrong = { Vega: { right_ascension: '18 36 56.34', declination: '+38 47 01.3' } };
    expect(() => withPositions(wrong)).toThrow('Vega: expected a parallax above 0 mas, found NaN');
  });
});

describe('moved', () => {
  test('names each system whose place differs, and no other', () => {
    const other = structuredClone(catalogue);
    Object.assign(other['Vega']!, { z: 0 });
    Object.assign(other['Sirius']!, { notes: 'bright' });
    expect(moved(other, catalogue)).toEqual(['Vega']);
    expect(moved(catalogue, catalogue)).toEqual([]);
  });
});

describe('the script', () => {
  let folder: string;
  let remove: () => void;
  let copy: string;
  const run = (...options: string[]) =>
    runProcess(process.execPath, [join(folder, 'data/nearby-stars.ts'), ...options]);

  beforeEach(() => {
    ({ path: folder, remove } = temporaryFolder());
    copy = join(folder, 'data/nearby-stars.json');
    mkdirSync(join(folder, 'data'));
    for (const name of ['nearby-stars.ts', 'nearby-stars.json']) {
      copyFileSync(join(root, 'data', name), join(folder, 'data', name));
    }
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  });
  afterEach(() => remove());

  test('--check finds the bundled file right', async () => {
    await outputOf(process.execPath, [join(root, 'data/nearby-stars.ts'), '--check']);
  });

  test('--check names what differs, exits 1 and leaves the file alone; without it the file is mended', async () => {
    const right = readFileSync(copy, 'utf8');
    const wrong = right.replace('"parallax_mas": 130.23', '"parallax_mas": 130.32');
    writeFileSync(copy, wrong);
    expect(await run('--check')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('position of Vega differs'),
    });
    expect(readFileSync(copy, 'utf8')).toBe(wrong);

    writeFileSync(copy, right.replace(/"system_count": \d+/, '"system_count": 1'));
    expect(await run('--check')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('count or layout'),
    });
    expect((await run()).code).toBe(0);
    expect(readFileSync(copy, 'utf8')).toBe(right);
  });
});
