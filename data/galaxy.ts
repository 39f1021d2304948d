/**
 * Generates a galaxy of any size from a seed, as input for builds, tests and benchmarks: the same seed and options
 * give the same bytes on every machine.
 */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import {
  attributes,
  baseLocation,
  level,
  materials,
  type Planet,
  photo,
  planetList,
  regionName,
  type Station,
  sentinel,
  systemName,
} from './galaxy-names.ts';
import { MODES, type Mode, permute, placer, type Random, Regions, systemStream } from './galaxy-space.ts';

export interface GalaxyOptions {
  /** Number of systems of the galaxy, 0 to 2^32. */
  count: number;
  /** 0 to 2^32 - 1; 1 by default. */
  seed?: number;
  /** `spiral` by default. */
  mode?: Mode;
  /** About 250 bytes per system instead of 1,500: no planets, station, photo, attributes and times. */
  slim?: boolean;
  /** Yields only the systems from this one (0 by default) to `end` (exclusive; `count` by default). */
  start?: number;
  end?: number;
}

/**
 * `ndjson`: one system per line · `json`: Haven's `data.json`, indented by 2, `_meta` first, then the systems by
 * name.
 */
export type GalaxyShape = 'ndjson' | 'json';

/** A system with the fields of Haven's schema; a slim one has those up to `base_location`, and empty `planets`. */
export interface GalaxySystem {
  id: string;
  name: string;
  x: number;
  y: number;
  z: number;
  region: string;
  fauna: string | null;
  flora: string | null;
  sentinel: string;
  materials: string;
  base_location: string | null;
  photo?: string | null;
  attributes?: string | null;
  created_at?: string;
  modified_at?: string;
  planets: Planet[];
  space_station?: Station | null;
}

const LAST_MODIFIED = Date.UTC(2025, 10, 2);

/**
 * Yields the systems one by one. System i depends only on seed, mode, slim and i, except its region: the number of
 * regions depends on the count.
 *
 * @throws RangeError naming the option that is out of range
 */
export function* galaxySystems(options: GalaxyOptions): Generator<GalaxySystem, void, undefined> {
  const { count, seed, mode, slim, start, end } = checked(options);
  const place = placer(mode, seed);
  const regions = new Regions(count, seed, place);
  const names = Array.from({ length: regions.size }, (_, region) => regionName(region, seed));
  const random = systemStream(seed);
  const at = new Float64Array(3);
  for (let i = start; i < end; i++) {
    place(at, i, random.seek(i));
    yield system(i, seed, at, names[regions.of(at)]!, slim, random);
  }
}

/**
 * Yields the file of the galaxy in pieces of one system (and, for `json`, a head and a tail).
 *
 * @throws RangeError naming the option that is out of range
 */
export function* galaxy(
  options: GalaxyOptions,
  shape: GalaxyShape = 'ndjson',
): Generator<string, void, undefined> {
  if (shape === 'ndjson') {
    for (const system of galaxySystems(options)) yield `${JSON.stringify(system)}\n`;
    return;
  }
  const { seed, mode, start, end } = checked(options);
  const meta = {
    version: '1.0.0',
    last_modified: new Date(LAST_MODIFIED).toISOString(),
    purpose: `Generated galaxy: ${mode}, seed ${seed}`,
    system_count: end - start,
  };
  yield `{\n${member('_meta', meta)}`;
  for (const system of galaxySystems(options)) yield `,\n${member(system.name, system)}`;
  yield '\n}\n';
}

/** A member of the outermost object; JSON strings have no raw line feeds, so each line can be indented. */
function member(key: string, value: object): string {
  return `  ${JSON.stringify(key)}: ${JSON.stringify(value, null, 2).replaceAll('\n', '\n  ')}`;
}

function system(
  i: number,
  seed: number,
  at: Float64Array,
  region: string,
  slim: boolean,
  random: Random,
): GalaxySystem {
  const name = systemName(permute(i, seed));
  const summary = {
    id: `SYS_${permute(i, ~seed).toString(36).toUpperCase().padStart(7, '0')}`,
    name,
    x: at[0]!,
    y: at[1]!,
    z: at[2]!,
    region,
    fauna: level(random),
    flora: level(random),
    sentinel: sentinel(random),
    materials: materials(random),
    base_location: baseLocation(random),
  };
  if (slim) return { ...summary, planets: [] };
  // In the 30 days before `_meta` was written; three systems in four were never modified later.
  const created = LAST_MODIFIED - random.below(2_592_000_000);
  const modified = random.below(4) === 0 ? created + random.below(LAST_MODIFIED - created) : created;
  return {
    ...summary,
    photo: photo(random, name),
    attributes: attributes(random),
    created_at: new Date(created).toISOString(),
    modified_at: new Date(modified).toISOString(),
    planets: planetList(random),
    space_station: random.below(3) === 0 ? station(at, name, random) : null,
  };
}

/** A station within half a light year of its system along each axis, to a tenth of a light year. */
function station(at: Float64Array, name: string, random: Random): Station {
  // Adding 0 turns -0 into 0.
  const near = (value: number): number => Math.round(value * 10 + random.spread() * 4.5) / 10 + 0;
  return { name: `${name} Station`, x: near(at[0]!), y: near(at[1]!), z: near(at[2]!) };
}

function checked(options: GalaxyOptions): Required<GalaxyOptions> {
  const { count, seed = 1, mode = 'spiral', slim = false, start = 0, end = count } = options;
  checkInteger('count', count, 0, 2 ** 32);
  checkInteger('seed', seed, 0, 2 ** 32 - 1);
  checkInteger('end', end, 0, count);
  checkInteger('start', start, 0, end);
  if (!MODES.includes(mode)) throw new RangeError(`mode must be one of ${MODES.join(', ')}; found "${mode}"`);
  return { count, seed, mode, slim, start, end };
}

function checkInteger(option: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new RangeError(`${option} must be an integer from ${min} to ${max}; found ${value}`);
}

const HELP = `Usage: node data/galaxy.ts [options]

Writes a generated galaxy, the same bytes for the same options on every machine.

  --count N     systems of the galaxy (1000)
  --seed N      0 to 4294967295 (1)
  --mode MODE   spiral, uniform, clustered or coincident (spiral)
  --slim        about 250 bytes a system instead of 1,500: no planets, station and times
  --shape SHAPE ndjson, or json: an indented data.json with _meta, keyed by name (ndjson)
  --start N     the first system to write (0)
  --end N       the system to stop before (count)
  --out FILE    where to write (standard output)
  --help        this text

Examples:
  node data/galaxy.ts --count 100000 --out galaxy.ndjson
  node data/galaxy.ts --count 1000000 --slim --seed 7 | gzip > slim.ndjson.gz
  node data/galaxy.ts --count 5000 --mode clustered --shape json --out data.json
  node data/galaxy.ts --count 1000000 --start 500000 --out second-half.ndjson

Exit codes: 0 done, 2 the command is wrong, 3 the output cannot be written.
`;

const ARGUMENTS = {
  count: { type: 'string', default: '1000' },
  seed: { type: 'string', default: '1' },
  mode: { type: 'string', default: 'spiral' },
  slim: { type: 'boolean', default: false },
  shape: { type: 'string', default: 'ndjson' },
  start: { type: 'string', default: '0' },
  end: { type: 'string' },
  out: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

/** An integer on the command line: digits only, so that "1e6", "0x10" and "" are refused. */
function digits(option: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new RangeError(`${option} must be an integer in digits; found "${text}"`);
}

function command(args: string[]) {
  const { values } = parseArgs({ args, options: ARGUMENTS });
  const { shape, out, help } = values;
  if (shape !== 'ndjson' && shape !== 'json') {
    throw new RangeError(`shape must be ndjson or json; found "${shape}"`);
  }
  const count = digits('count', values.count);
  const options = checked({
    count,
    seed: digits('seed', values.seed),
    mode: values.mode as Mode,
    slim: values.slim,
    start: digits('start', values.start),
    end: values.end === undefined ? count : digits('end', values.end),
  });
  return { options, shape: shape as GalaxyShape, out, help };
}

/** Joins pieces to buffers of at least 16 kB, and calls `report` with the number of systems so far. */
function* buffers(pieces: Iterable<string>, report: (systems: number) => void): Generator<Buffer> {
  let text = '';
  let systems = 0;
  for (const piece of pieces) {
    text += piece;
    systems++;
    if (text.length < 16_384) continue;
    yield Buffer.from(text);
    text = '';
    report(systems);
  }
  yield Buffer.from(text);
}

/** Runs the command line. Returns the exit code. */
async function main(args: string[]): Promise<number> {
  let wanted: ReturnType<typeof command>;
  try {
    wanted = command(args);
  } catch (error) {
    process.stderr.write(`galaxy: ${(error as Error).message}\nTry: node data/galaxy.ts --help\n`);
    return 2;
  }
  const { options, shape, out, help } = wanted;
  if (help) {
    process.stdout.write(HELP);
    return 0;
  }
  const terminal = process.stderr.isTTY && !(out === undefined && process.stdout.isTTY);
  const total = (options.end - options.start).toLocaleString('en');
  const report = (systems: number): void => {
    if (terminal) process.stderr.write(`\r${systems.toLocaleString('en')} of ${total} systems`);
  };
  try {
    const source = Readable.from(buffers(galaxy(options, shape), report), { highWaterMark: 2 });
    await pipeline(source, out === undefined ? process.stdout : createWriteStream(out));
    if (terminal) process.stderr.write(`\r${total} of ${total} systems\n`);
    return 0;
  } catch (error) {
    // A reader such as `head` closed the pipe.
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return 0;
    process.stderr.write(`galaxy: cannot write ${out ?? 'standard output'}: ${(error as Error).message}\n`);
    return 3;
  }
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
