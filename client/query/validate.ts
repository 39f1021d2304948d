/** Checks of arguments, and of the number of results. */
import { TooManyResultsError } from '#client/errors.ts';
import { isCoordinate } from '#format/geometry/cell.ts';
import { invalid } from './invalid.ts';
import { checkOptions, type OptionNames, ROWS_OPTIONS } from './options.ts';
import type { BoxQuery, NearestQuery, ResultBound, SphereQuery, SystemKey } from './types.ts';
import type { Sphere } from './volume.ts';

/** The first systems of a sphere or shell. */
export interface LimitedSphere extends Sphere {
  /** Maximum number of systems; Infinity for all. */
  readonly limit: number;
}

const VOLUME_OPTIONS = { ...ROWS_OPTIONS, where: 1, fold: 1, details: 1 } as const;
const AROUND_OPTIONS = { ...VOLUME_OPTIONS, center: 1, minRadius: 1, planes: 1 } as const;
const SPHERE_OPTIONS: OptionNames<SphereQuery> = { ...AROUND_OPTIONS, radius: 1, limit: 1 };
const NEAREST_OPTIONS: OptionNames<NearestQuery> = { ...AROUND_OPTIONS, maxRadius: 1, count: 1 };
export const BOX_OPTIONS: OptionNames<BoxQuery> = { ...VOLUME_OPTIONS, min: 1, max: 1, limit: 1 };

/** @throws ArgumentError */
export function checkSphere(query: SphereQuery): LimitedSphere {
  checkOptions(query, SPHERE_OPTIONS);
  const { radius, limit } = query;
  if ((radius ?? limit ?? query.planes) === undefined) throw invalid('radius', radius, 'one, or a limit');
  return checkAround(query, 'radius', radius, limit);
}

/** @throws ArgumentError */
export function checkNearest(query: NearestQuery): LimitedSphere {
  checkOptions(query, NEAREST_OPTIONS);
  const { count, maxRadius } = query;
  checkInteger('count', count, 0);
  return checkAround(query, 'maxRadius', maxRadius, count);
}

function checkAround(
  { center, minRadius = 0 }: SphereQuery | NearestQuery,
  option: string,
  radius = Number.POSITIVE_INFINITY,
  limit = Number.POSITIVE_INFINITY,
): LimitedSphere {
  checkPoint('center', center);
  checkNumber(option, radius, 0);
  checkNumber('minRadius', minRadius, 0);
  checkLimit(limit);
  return { center, radius, minRadius, limit };
}

/** @throws ArgumentError unless the value is a position */
export function checkPoint(option: string, point: readonly number[]): void {
  if (!Array.isArray(point) || point.length !== 3 || !point.every(isCoordinate)) {
    throw invalid(option, point, 'three numbers below 2^500');
  }
}

/** @throws ArgumentError unless the values have positions, as rows have; ids have none */
export function checkPositions(systems: readonly SystemKey[]): void {
  for (const { x, y, z } of systems) checkPoint('the position', [x, y, z]);
}

/** True if a system is at the position of a key; otherwise it has moved. */
export function isAt(system: Omit<SystemKey, 'id'>, { x, y, z }: SystemKey): boolean {
  return system.x === x && system.y === y && system.z === z;
}

/** @throws ArgumentError unless the value is a number of systems, or Infinity */
export function checkLimit(limit: number, option = 'limit'): void {
  if (limit !== Number.POSITIVE_INFINITY) checkInteger(option, limit, 0);
}

/** Default of `maxResults`. */
const MAX_RESULTS = 1_000_000;

/**
 * Maximum number of results.
 * @throws ArgumentError
 */
export function checkBound({ maxResults = MAX_RESULTS }: ResultBound): number {
  checkLimit(maxResults, 'maxResults');
  return maxResults;
}

/** @throws ArgumentError unless the value is a number of at least `least`, or Infinity */
export function checkNumber(option: string, value: number, least: number): void {
  // This form fails for NaN too.
  if (typeof value !== 'number' || !(value >= least)) throw invalid(option, value, `${least} or more`);
}

/** @throws ArgumentError unless the value is an integer of at least `least` */
export function checkInteger(option: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) throw invalid(option, value, `an integer from ${least}`);
}

/**
 * Checks a string to search for.
 * @throws ArgumentError for a lone surrogate, which no string of a catalogue has
 */
export function checkText(option: string, text: string): string {
  if (typeof text !== 'string') throw invalid(option, text, 'a string');
  if (!text.isWellFormed()) throw invalid(option, text, 'a string without lone surrogates');
  return text;
}

/** @param rows name of the rows for the message */
export function tooMany(maxResults: number, rows: string): TooManyResultsError {
  return new TooManyResultsError(
    `there are more than ${maxResults} ${rows}: ask for fewer, give a larger maxResults, or iterate`,
    { expected: maxResults },
  );
}
