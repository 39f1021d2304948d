/**
 * Real stars for tests and benchmarks: the 125,982 stars brighter than magnitude 9 in Debian's package `kstars-data`,
 * as NDJSON. Nothing of the package is part of this project; README.md describes its files.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { access, constants, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { constellations } from './kstars-constellations.ts';
import { positionOf } from './nearby-stars.ts';

/** Folder of the package's files. */
export const SOURCE = '/usr/share/kstars';
const STARS = 'stars.dat';
const BOUNDARIES = 'cbounds.dat';

/** Decimals of a written coordinate, as in `nearby-stars.json`. */
const DECIMALS = 4;

/** A star as a system; `x`, `y`, `z`, `distance_ly` are light years, or null without a parallax. */
export interface KStar {
  /** "J" with right ascension and declination, and a "B" at the end for the fainter of two at the same position. */
  id: string;
  /** The proper name, or the designation, or the id. */
  name: string;
  x: number | null;
  y: number | null;
  z: number | null;
  /** The constellation, by its boundaries. */
  region: string;
  distance_ly: number | null;
  /** "hh mm ss.ss" and "+dd mm ss.s", equinox and epoch 2000. */
  right_ascension: string;
  declination: string;
  /** Milliarcseconds; 0 if it is unknown or too small for the single decimal of the file. */
  parallax_mas: number;
  /** Milliarcseconds per year; the first is multiplied by the cosine of the declination. */
  proper_motion_ra: number;
  proper_motion_dec: number;
  magnitude: number;
  /** Colour index B-V. */
  colour: number;
  /** Two characters; "?" as the second if the class was guessed from the colour; null if it is not given. */
  spectral_type: string | null;
  multiple: boolean;
  /** Designation of Bayer or Flamsteed: "alp1 Cen", "70 Oph". */
  designation?: string;
  /** Range in magnitudes and period in days, for variable stars. */
  variability?: { range: number; period: number };
}

/** The first columns in the head of `stars.dat`, each with a fixed width except the last. */
const LINE = new RegExp(
  [
    /^(?<ra>\d{6}\.\d\d) (?<dec>[+-]\d{6}\.\d) (?<pmRa>[+-]\d{6}\.\d)(?<pmDec>[+-]\d{6}\.\d)(?<parallax>\d{5}\.\d) /,
    /(?<magnitude>[\d-]\d\.\d\d)(?<colour>[\d-]\d\.\d\d)(?<spectrum>..) (?<multiple>[01])/,
    /(?: (?: {11}|(?<range>\d\.\d\d)(?<period>[ \d]{4}\.\d\d)))?(?:, (?<letter>.{4})(?<genitive>.{3})(?:, (?<name>.+))?)?$/,
  ]
    .map(part => part.source)
    .join(''),
);

/**
 * Parses a line of `stars.dat`.
 *
 * @param constellation finds the region at a right ascension (hours) and a declination (degrees)
 * @throws RangeError if the line has another form
 */
export function parseStar(line: string, constellation: (hours: number, degrees: number) => string): KStar {
  const column = LINE.exec(line)?.groups;
  if (column === undefined) {
    throw new RangeError(`expected the columns in the head of the file, found ${JSON.stringify(line)}`);
  }
  const { ra = '', dec = '', letter = '', genitive = '', range, period } = column;
  const rightAscension = angle(ra);
  const declination = angle(dec);
  const parallax = Number(column['parallax']);
  const designation = `${letter.replaceAll(' ', '')} ${genitive}`.trim();
  const id = `J${rightAscension.text}${declination.text}`.replaceAll(' ', '');
  return {
    id,
    name: column['name'] ?? (designation || id),
    ...place(rightAscension.text, declination.text, parallax),
    region: constellation(rightAscension.value, declination.value),
    right_ascension: rightAscension.text,
    declination: declination.text,
    parallax_mas: parallax,
    proper_motion_ra: number(column['pmRa']),
    proper_motion_dec: number(column['pmDec']),
    magnitude: number(column['magnitude']),
    colour: number(column['colour']),
    spectral_type: column['spectrum']?.trim() || null,
    multiple: column['multiple'] === '1',
    ...(designation && { designation }),
    ...(range && { variability: { range: Number(range), period: Number(period) } }),
  };
}

/**
 * Parses "hhmmss.ss" as hours, "-ddmmss.s" as degrees; also returns a string with spaces. Some stars have 60 seconds,
 * which is the next minute.
 */
function angle(digits: string): { value: number; text: string } {
  const [, sign = '', units, minutes, seconds = ''] = /^([+-]?)(..)(..)(.+)$/.exec(digits) ?? [];
  const decimals = seconds.length - 3;
  const sixties = Number(units) * 60 + Number(minutes) + (Number(seconds) < 60 ? 0 : 1);
  const rest = Number(seconds) % 60;
  const text = [
    sign + String(Math.floor(sixties / 60)).padStart(2, '0'),
    String(sixties % 60).padStart(2, '0'),
    rest.toFixed(decimals).padStart(seconds.length, '0'),
  ].join(' ');
  const size = sixties / 60 + rest / 3600;
  return { value: sign === '-' ? -size : size, text };
}

function place(rightAscension: string, declination: string, parallax: number) {
  if (parallax === 0) return { x: null, y: null, z: null, distance_ly: null };
  const { x, y, z, distance_ly } = positionOf(rightAscension, declination, parallax);
  return { x: rounded(x), y: rounded(y), z: rounded(z), distance_ly: rounded(distance_ly) };
}

function rounded(coordinate: number): number {
  return number(coordinate.toFixed(DECIMALS));
}

/** Parses a number; adding 0 turns -0, which JSON does not keep, into 0. */
function number(text = ''): number {
  return Number(text) + 0;
}

/** Source and selection of stars. */
export interface KStarsOptions {
  /** Folder of `stars.dat` and `cbounds.dat`; that of the package by default. */
  source?: string;
  /** Includes stars without a parallax, which have no position. */
  all?: boolean;
}

/**
 * Yields the stars in the order of the file: the brightest first. Keeps the positions in memory, about 10 MB.
 *
 * @throws RangeError with file, line and the expected form; errors of the file system
 */
export async function* kstars({ source = SOURCE, all = false }: KStarsOptions = {}): AsyncGenerator<KStar> {
  const constellation = constellations(await readFile(join(source, BOUNDARIES), 'utf8'));
  const seen = new Map<string, number>();
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(join(source, STARS)) })) {
    number++;
    if (line === '' || line.startsWith('#')) continue;
    const star = parsed(line, number, constellation);
    const before = seen.get(star.id) ?? 0;
    seen.set(star.id, before + 1);
    if (star.x === null && !all) continue;
    yield before === 0 ? star : lettered(star, String.fromCharCode(65 + before));
  }
}

function parsed(line: string, number: number, constellation: Parameters<typeof parseStar>[1]): KStar {
  try {
    return parseStar(line, constellation);
  } catch (error) {
    throw new RangeError(`${STARS}, line ${number}: ${(error as Error).message}`);
  }
}

function lettered(star: KStar, letter: string): KStar {
  const id = star.id + letter;
  return { ...star, id, name: star.name === star.id ? id : star.name };
}

const HELP = `Usage: node data/kstars.ts [options]

Writes the stars of Debian's package kstars-data as NDJSON, one star per line, the brightest first:
124,608 that have a parallax, and so a place.

  --all         also the 1,374 without a parallax, with x, y and z null
  --source DIR  the folder of stars.dat and cbounds.dat (${SOURCE})
  --out FILE    where to write (standard output)
  --help        this text

Examples:
  apt-get install --no-install-recommends kstars-data
  node data/kstars.ts --out stars.ndjson
  node data/kstars.ts --all | gzip > all-stars.ndjson.gz

Exit codes: 0 done, 1 the files have another form, 2 the command is wrong, 3 a file is absent or cannot be written.
`;

const ARGUMENTS = {
  all: { type: 'boolean', default: false },
  source: { type: 'string', default: SOURCE },
  out: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

/** Stars as lines, joined to strings of at least 16 kB. */
async function* texts(stars: AsyncIterable<KStar>): AsyncGenerator<string> {
  let text = '';
  for await (const star of stars) {
    text += `${JSON.stringify(star)}\n`;
    if (text.length < 16_384) continue;
    yield text;
    text = '';
  }
  yield text;
}

function fail(code: number, message: string): number {
  process.stderr.write(`kstars: ${message}\n`);
  return code;
}

/** Runs the command line. Returns the exit code. */
async function main(args: string[]): Promise<number> {
  let wanted: ReturnType<typeof parseArgs<{ options: typeof ARGUMENTS }>>['values'];
  try {
    wanted = parseArgs({ args, options: ARGUMENTS }).values;
  } catch (error) {
    return fail(2, `${(error as Error).message}\nTry: node data/kstars.ts --help`);
  }
  const { all, source, out, help } = wanted;
  if (help) {
    process.stdout.write(HELP);
    return 0;
  }
  for (const path of [join(source, STARS), join(source, BOUNDARIES)]) {
    try {
      await access(path, constants.R_OK);
    } catch {
      const advice = 'apt-get install --no-install-recommends kstars-data, or name its folder with --source';
      return fail(3, `cannot read ${path}: ${advice}`);
    }
  }
  try {
    const target = out === undefined ? process.stdout : createWriteStream(out);
    await pipeline(Readable.from(texts(kstars({ source, all }))), target);
    return 0;
  } catch (error) {
    // A reader such as `head` closed the pipe.
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return 0;
    const { message } = error as Error;
    if (error instanceof RangeError) return fail(1, message);
    return fail(3, `cannot write ${source} to ${out ?? 'standard output'}: ${message}`);
  }
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
