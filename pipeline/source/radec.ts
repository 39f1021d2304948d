/** Positions of stars from right ascension, declination and distance or parallax. */
import type { JsonValue } from '#format/json.ts';
import { type FieldPath, readPath } from '#format/record/record-path.ts';
import { numberAt, type Vector } from './number-at.ts';

const NAME = /radec\s*\(/y;
const UNIT = /\s*([a-z]*)\s*([,)])\s*/y;

const UNITS = [
  { quantity: 'right ascension', units: ['', 'deg', 'h'] },
  { quantity: 'declination', units: ['', 'deg'] },
  { quantity: 'distance or parallax', units: ['', 'mas', 'as'] },
] as const;

/**
 * Reads `radec(RA, DEC, DISTANCE)`, each a path, perhaps with a space and a unit.
 * @returns undefined if there is no such call at index `at`; the fault as a string if the call is malformed
 */
export function readRadec(
  text: string,
  at: number,
): { vector: (record: JsonValue) => Vector; end: number } | string | undefined {
  NAME.lastIndex = at;
  const name = NAME.exec(text);
  if (!name) return undefined;
  let pos = at + name[0].length;
  const parts: { path: FieldPath; unit: string }[] = [];
  for (const [i, { quantity, units }] of UNITS.entries()) {
    pos += /^\s*/.exec(text.slice(pos))![0].length;
    const read = readPath(text, pos);
    if (!read) return `expected a path to the ${quantity} at "${text.slice(pos)}"`;
    UNIT.lastIndex = read.end;
    const [matched, unit, end] = UNIT.exec(text) ?? [];
    const wanted = i === UNITS.length - 1 ? ')' : ',';
    if (matched === undefined || end !== wanted)
      return `expected "${wanted}" after the ${quantity}, found "${text.slice(read.end)}"; radec takes three paths`;
    if (!(units as readonly string[]).includes(unit!))
      return `unknown unit "${unit}" of the ${quantity}; expected ${units.filter(Boolean).join(' or ')}, or none`;
    parts.push({ path: read.path, unit: unit! });
    pos = read.end + matched.length;
  }
  const [ra, dec, distance] = parts as [(typeof parts)[0], (typeof parts)[0], (typeof parts)[0]];
  const vector = (record: JsonValue): Vector => {
    const [degrees, declination, far] = parts.map(({ path }) => numberAt(record, path));
    for (const value of [degrees, declination, far]) if (typeof value === 'object') return value;
    return position(degrees as number, declination as number, far as number);
  };
  const position = (degrees: number, declination: number, far: number): Vector => {
    if (Math.abs(declination) > 90)
      return flaw(`${dec.path.text} is ${declination}, expected a declination from -90 to 90 degrees`);
    if (distance.unit !== '' && !(far > 0))
      return flaw(`${distance.path.text} is ${far}, expected a parallax above 0`);
    return fromSpherical(degrees * (ra.unit === 'h' ? 15 : 1), declination, distanceOf(far, distance.unit));
  };
  return { vector, end: pos };
}

const flaw = (reason: string) => ({ reason, isMissing: false });

/** The distance unchanged, or in parsecs from a parallax: a parallax of 1 arcsecond is 1 parsec. */
function distanceOf(value: number, unit: string): number {
  if (unit === '') return value;
  return (unit === 'mas' ? 1000 : 1) / value;
}

/**
 * Equatorial rectangular coordinates: x towards right ascension 0, y towards right ascension 90 degrees, both at
 * declination 0, z towards the north celestial pole. Formula: The Hipparcos and Tycho Catalogues, ESA SP-1200 (1997),
 * volume 1, section 1.5 (space coordinates).
 * @param degrees right ascension
 * @param declination degrees
 */
function fromSpherical(degrees: number, declination: number, distance: number): number[] {
  const ra = (degrees * Math.PI) / 180;
  const dec = (declination * Math.PI) / 180;
  return [
    distance * Math.cos(dec) * Math.cos(ra),
    distance * Math.cos(dec) * Math.sin(ra),
    distance * Math.sin(dec),
  ];
}
