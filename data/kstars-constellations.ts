/** Finds the constellation of a position in the sky, from the outlines in Debian's package `kstars-data`. */

/** The constellation around the south celestial pole. */
const SOUTHERNMOST = 'Octans';
/** Names that differ between `cbounds.dat` and the IAU. */
const IAU_NAMES: Record<string, string> = {
  Bootes: 'Boötes',
  'Serpens Caput': 'Serpens',
  'Serpens Cauda': 'Serpens',
};
/** Number of slices of right ascension, so that a star is compared with few edges. */
const SLICES = 2400;

/** An edge of a boundary: start in right ascension and declination, and extent in hours and degrees. */
interface Edge {
  name: string;
  hours: number;
  degrees: number;
  wide: number;
  high: number;
}

/**
 * Returns a function that finds the constellation at a right ascension (hours) and declination (degrees), from the
 * content of `cbounds.dat`: ":Name", then one corner of its outline per line. A position is inside the outline that
 * the meridian from it to the south celestial pole crosses an odd number of times, or an even number for the outline
 * around that pole.
 *
 * @throws RangeError if a line has another form, or a position is not in exactly one constellation
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

/** Normalises hours to 0 to 24 (exclusive). */
function turn(hours: number): number {
  return ((hours % 24) + 24) % 24;
}

/** Whether an edge lies south of a position, on its meridian. */
function crosses({ hours, degrees, wide, high }: Edge, atHours: number, atDegrees: number): boolean {
  const along = turn(atHours - hours + 12) - 12;
  if (along >= 0 === along >= wide) return false;
  return degrees + (high * along) / wide <= atDegrees;
}
