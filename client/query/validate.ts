/** Checks of arguments, and of the number of results. */
import { ArgumentError, TooManyResultsError } from '#client/errors.ts';
import { isCoordinate } from '#format/geometry/cell.ts';
import { checkOptions, type OptionNames, ROWS_OPTIONS } from './options.ts';
import type { BoxQuery, NearestQuery, ResultBound, SphereQuery } from './types.ts';
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
  const { center, minRadius = 0, limit = Number.POSITIVE_INFINITY } = query;
  checkPoint('center', center);
  if ((query.radius ?? query.limit ?? query.planes) === undefined) {
    throw new ArgumentError('radius is missing; give one, or a limit for the nearest systems');
  }
  const { radius = Number.POSITIVE_INFINITY } = query;
  checkRadius('radius', radius);
  checkRadius('minRadius', minRadius);
  checkLimit(limit);
  return { center, radius, minRadius, limit };
}

/** @throws ArgumentError */
export function checkNearest(query: NearestQuery): LimitedSphere {
  checkOptions(query, NEAREST_OPTIONS);
  const { center, count, minRadius = 0, maxRadius = Number.POSITIVE_INFINITY } = query;
  checkPoint('center', center);
  if (count === undefined) throw new ArgumentError('count is missing; give the number of systems');
  checkInteger('count', count, 0);
  checkRadius('minRadius', minRadius);
  checkRadius('maxRadius', maxRadius);
  return { center, radius: maxRadius, minRadius, limit: count };
}

/** @throws ArgumentError unless the value is a position */
export function checkPoint(option: string, point: readonly number[]): void {
  if (!Array.isArray(point) || point.length !== 3 || !point.every(isCoordinate)) {
    throw new ArgumentError(`${option} is ${JSON.stringify(point)}; give three numbers below 2^500`, {
      found: point,
    });
  }
}

/** @throws ArgumentError unless the value is a number of systems, or Infinity */
export function checkLimit(limit: number): void {
  if (limit !== Number.POSITIVE_INFINITY) checkInteger('limit', limit, 0);
}

function checkRadius(option: string, radius: number): void {
  // This form fails for NaN too.
  if (!(radius >= 0)) throw new ArgumentError(`${option} is ${radius}; give 0 or more`, { found: radius });
}

/** Default of `maxResults`. */
const MAX_RESULTS = 1_000_000;

/**
 * Maximum number of results.
 * @throws ArgumentError
 */
export function checkBound({ maxResults = MAX_RESULTS }: ResultBound): number {
  if (maxResults !== Number.POSITIVE_INFINITY) checkInteger('maxResults', maxResults, 0);
  return maxResults;
}

/** @throws ArgumentError unless the value is an integer of at least `least` */
export function checkInteger(option: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new ArgumentError(`${option} is ${value}; give an integer from ${least}`, { found: value });
  }
}

/**
 * Checks a string to search for.
 * @throws ArgumentError for a lone surrogate, which no string of a catalogue has
 */
export function checkText(option: string, text: string): string {
  if (typeof text !== 'string')
    throw new ArgumentError(`${option} is ${JSON.stringify(text)}; give a string`, { found: text });
  if (!text.isWellFormed()) {
    throw new ArgumentError(
      `${option} is ${JSON.stringify(text)}, with a lone surrogate; give complete characters`,
      { found: text },
    );
  }
  return text;
}

/** @param rows name of the rows for the message */
export function tooMany(maxResults: number, rows: string): TooManyResultsError {
  return new TooManyResultsError(
    `there are more than ${maxResults} ${rows}: ask for fewer, give a larger maxResults, or iterate`,
    { expected: maxResults },
  );
}
