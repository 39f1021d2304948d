/**
 * The constellation of a place in the sky, from the outlines that Debian's package `kstars-data` has.
 */

/** The one constellation around the celestial pole that lines of sight to the south end in. */
const SOUTHERNMOST = 'Octans';
/** Names that `cbounds.dat` has otherwise than the IAU. */
const IAU_NAMES: Record<string, string> = {
  Bootes: 'Boötes',
  'Serpens Caput': 'Serpens',
  'Serpens Cauda': 'Serpens',
};
/** Slices of right ascension, so that a star is compared with few edges. */
const SLICES = 2400;

/** An edge of a boundary: from right ascension and declination by so many hours and degrees. */
interface Edge {
  name: string;
  hours: number;
  degrees: number;
  wide: number;
  high: number;
}

/**
 * What tells the constellation at a right ascension (hours) and declination (degrees), from the text of
 * `cbounds.dat`: ":Name", then a corner of its outline a line. A place lies within the outline that the meridian
 * from it to the south celestial pole crosses an odd number of times; for the one that surrounds that pole, an even.
 *
 * @throws RangeError where a line has another form, or a place does not lie in one constellation
 */
export function constellations(text: string): (hours: number, degrees: number) => string {
  const slices = Array.from({ length: SLICES }, (): Edge[] => []);
  for (const edge of edges(text)) {
    const from = Math.floor((Math.min(edge.hours, edge.hours + edge.wide) * SLICES) / 24);
    const to = Math.floor((Math.max(edge.hours, edge.hours + edge.wide) * SLICES) / 24);
    for (let slice = from; slice <= to; slice++) slices[(slice + SLICES) % SLICES]!.push(edge);
  }
  return (hours, degrees) => {
    const within = new Set([SOUTHERNMOST]);
    for (const edge of slices[Math.floor((hours * SLICES) / 24) % SLICES]!) {
      if (!crosses(edge, hours, degrees)) continue;
      if (!within.delete(edge.name)) within.add(edge.name);
    }
    const [name, ...others] = within;
    if (name === undefined || others.length > 0) {
      throw new RangeError(`${hours} h, ${degrees}° lies in ${within.size} constellations, expected 1`);
    }
    return IAU_NAMES[name] ?? name;
  };
}

function* edges(text: string): Generator<Edge> {
  let name = '';
  let before: [hours: number, degrees: number] | undefined;
  for (const [index, line] of text.trimEnd().split('\n').entries()) {
    if (line.startsWith(':')) {
      name = line.slice(1).trim();
      before = undefined;
      continue;
    }
    const [hours = Number.NaN, degrees = Number.NaN] = line.trim().split(/ +/).map(Number);
    if (!(name !== '' && Number.isFinite(hours) && Number.isFinite(degrees))) {
      throw new RangeError(`cbounds.dat, line ${index + 1}: expected ":Name" or a corner, found "${line}"`);
    }
    if (before !== undefined) {
      const wide = turn(hours - before[0] + 12) - 12;
      yield { name, hours: turn(before[0]), degrees: before[1], wide, high: degrees - before[1] };
    }
    before = [hours, degrees];
  }
}

/** Hours brought to 0 up to, not including, 24. */
function turn(hours: number): number {
  return ((hours % 24) + 24) % 24;
}

/** Whether an edge lies south of a place, on its meridian. */
function crosses({ hours, degrees, wide, high }: Edge, atHours: number, atDegrees: number): boolean {
  const along = turn(atHours - hours + 12) - 12;
  if (along >= 0 === along >= wide) return false;
  return degrees + (high * along) / wide <= atDegrees;
}
