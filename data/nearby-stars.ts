/**
 * Computes the positions of the bundled catalogue `nearby-stars.json` from the angles and the parallax of each
 * record.
 *
 * node data/nearby-stars.ts           writes the positions, the distances and the count into the file node
 * data/nearby-stars.ts --check   exits 1 if any of them differs from the file
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Light years in a parsec: 648000/π astronomical units, in Julian years of light. */
const LIGHT_YEARS_PER_PARSEC = 3.261563777;
/** Decimals of a written coordinate: 0.0001 light years is 6 astronomical units. */
const DECIMALS = 4;

/** Fields of a record that this script reads; all others are kept unchanged. */
export interface Star {
  right_ascension?: string;
  declination?: string;
  parallax_mas?: number;
  [field: string]: unknown;
}

/** The file: systems by name, and `_meta` beside them. */
export type Catalogue = Record<string, Star>;

/** A position in light years; x, y, z in the ICRS equatorial frame with the Sun at the origin. */
export interface StarPosition {
  x: number;
  y: number;
  z: number;
  distance_ly: number;
}

/**
 * The position of a star, unrounded: x towards right ascension 0h, y towards 6h (both at declination 0), z towards
 * the north celestial pole.
 *
 * @param rightAscension "hh mm ss.ss"
 * @param declination "+dd mm ss.s", the sign always written
 * @param parallax milliarcseconds, above 0
 * @throws RangeError for any other form
 */
export function positionOf(rightAscension: string, declination: string, parallax: number): StarPosition {
  const ra =
    (sexagesimal(rightAscension, /^()(\d\d) (\d\d) (\d\d(?:\.\d+)?)$/, 24, 'hh mm ss.ss') * Math.PI) / 12;
  const dec =
    (sexagesimal(declination, /^([+-])(\d\d) (\d\d) (\d\d(?:\.\d+)?)$/, 90, '+dd mm ss.s') * Math.PI) / 180;
  if (!(parallax > 0 && parallax < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`expected a parallax above 0 mas, found ${parallax}`);
  }
  const distance = (1000 / parallax) * LIGHT_YEARS_PER_PARSEC;
  return {
    x: distance * Math.cos(dec) * Math.cos(ra),
    y: distance * Math.cos(dec) * Math.sin(ra),
    z: distance * Math.sin(dec),
    distance_ly: distance,
  };
}

function sexagesimal(text: string, form: RegExp, limit: number, expected: string): number {
  const [, sign, units, minutes, seconds] = form.exec(text) ?? [];
  const value = Number(units) + Number(minutes) / 60 + Number(seconds) / 3600;
  if (!(value <= limit && Number(minutes) < 60 && Number(seconds) < 60)) {
    throw new RangeError(`expected an angle "${expected}" up to ${limit}, found ${JSON.stringify(text)}`);
  }
  return sign === '-' ? -value : value;
}

/**
 * Returns the catalogue with computed x, y, z and distance_ly of every system, and the count in `_meta`; the order of
 * systems and fields stays. `Sol` is at the origin.
 *
 * @throws RangeError with the system whose angles or parallax `positionOf` refuses
 */
export function withPositions({ _meta, ...systems }: Catalogue): Catalogue {
  return Object.fromEntries([
    ['_meta', { ..._meta, system_count: Object.keys(systems).length }],
    ...Object.entries(systems).map(([name, system]) => [name, placed(name, system)]),
  ]);
}

function placed(name: string, system: Star): Star {
  if (name === 'Sol') return { ...system, x: 0, y: 0, z: 0, distance_ly: 0 };
  const { right_ascension = '', declination = '', parallax_mas = Number.NaN } = system;
  try {
    return { ...system, ...rounded(positionOf(right_ascension, declination, parallax_mas)) };
  } catch (error) {
    throw new RangeError(`${name}: ${(error as Error).message}`);
  }
}

function rounded(position: StarPosition): Star {
  return Object.fromEntries(
    Object.entries(position).map(([field, value]) => [field, Number(value.toFixed(DECIMALS)) + 0]),
  );
}

/** The names of the systems whose position or distance differs in two catalogues. */
export function moved(before: Catalogue, after: Catalogue): string[] {
  const place = (star?: Star) => [star?.['x'], star?.['y'], star?.['z'], star?.['distance_ly']].join();
  return Object.keys(after).filter(name => place(before[name]) !== place(after[name]));
}

function main(check: boolean): void {
  const path = fileURLToPath(new URL('nearby-stars.json', import.meta.url));
  const text = readFileSync(path, 'utf8');
  const before = JSON.parse(text) as Catalogue;
  const after = withPositions(before);
  const made = `${JSON.stringify(after, null, 1)}\n`;
  if (!check) {
    writeFileSync(path, made);
  } else if (made !== text) {
    const names = moved(before, after);
    const changed = names.length > 0 ? `the position of ${names.join(', ')}` : 'its count or layout';
    console.error(`nearby-stars.json: ${changed} differs; write it again with: node data/nearby-stars.ts`);
    process.exitCode = 1;
  }
}

if (import.meta.main) main(process.argv.includes('--check'));
