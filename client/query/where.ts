/** Filters: the conditions of `where`, checked and compiled. FORMAT.md, section 20.7. */
import { ArgumentError } from '#client/errors.ts';
import { dateOf, type FacetValue } from '#format/facets/facet-value.ts';
import { invalid } from './invalid.ts';
import { plainName } from './options.ts';
import type { FilterOptions, Where } from './types.ts';
import { checkText } from './validate.ts';

/** A condition on the values of one facet of a system. */
export interface FacetCondition {
  readonly field: string;
  /** True for a value that the condition is about. */
  readonly accepts: (value: FacetValue) => boolean;
  /** True if systems without such a value match; false if systems with one do. */
  readonly isNot: boolean;
  /** The values, if they are compared as they are. */
  readonly values: readonly FacetValue[] | undefined;
  /** Bounds that values lie in. */
  readonly bounds: ValueBounds | undefined;
}

/** Bounds of numbers, or of dates as instants (`dateOf`). */
export interface ValueBounds {
  readonly kind: 'numbers' | 'dates';
  /** True if a number from `low` to `high` can lie within the bounds. */
  meets(low: number, high: number): boolean;
}

const BOUNDS = {
  gt: (value: number, bound: number) => value > bound,
  gte: (value: number, bound: number) => value >= bound,
  lt: (value: number, bound: number) => value < bound,
  lte: (value: number, bound: number) => value <= bound,
};
type BoundName = keyof typeof BOUNDS;

/**
 * Returns the conditions of `where`, all of which must be true.
 * @param facets declared facets
 * @param fold maps strings that differ in case or Unicode normalisation only to one string; undefined to compare
 *   strings as they are
 * @throws ArgumentError for an unknown facet or an invalid condition
 */
export function compileWhere(
  where: FilterOptions['where'],
  facets: readonly string[],
  fold: ((text: string) => string) | undefined,
): FacetCondition[] {
  const all: readonly Where[] = Array.isArray(where) ? where : [where];
  return all.flatMap(conditions => {
    if (!isPlainObject(conditions))
      throw invalid('where', conditions, 'an object of conditions by facet, or an array of such objects');
    return Object.entries(conditions)
      .filter(([, condition]) => condition !== undefined)
      .map(([field, condition]) => {
        if (!facets.includes(field)) throw unknownFacet(field, facets);
        return conditionOf(field, condition, fold);
      });
  });
}

/** True if a system with these values of the condition's facet matches. */
export function isMatch({ accepts, isNot }: FacetCondition, values: readonly FacetValue[]): boolean {
  return values.some(accepts) !== isNot;
}

function conditionOf(
  field: string,
  condition: unknown,
  fold: ((text: string) => string) | undefined,
): FacetCondition {
  const name = `where.${field}`;
  if (!isPlainObject(condition)) return equality(field, valuesOf(name, condition), false, fold);
  const { not, ...bounds } = condition;
  if (not === undefined) return range(field, bounds);
  if (Object.keys(bounds).length > 0)
    throw invalid(name, condition, 'either not or bounds; give two conditions in an array');
  return equality(field, valuesOf(`${name}.not`, not), true, fold);
}

function valuesOf(name: string, given: unknown): FacetValue[] {
  return (Array.isArray(given) ? given : [given]).map(value => {
    if (typeof value === 'string') return checkText(name, value);
    if (typeof value === 'boolean') return value;
    // -0 is the value 0.
    if (typeof value === 'number' && Number.isFinite(value)) return value + 0;
    throw invalid(
      name,
      value,
      'a string, a finite number or a boolean, an array of these, {not: …}, or bounds {gte: …, lt: …}',
    );
  });
}

function equality(
  field: string,
  values: readonly FacetValue[],
  isNot: boolean,
  fold: ((text: string) => string) | undefined,
): FacetCondition {
  const comparable = (value: FacetValue) => (fold && typeof value === 'string' ? fold(value) : value);
  const wanted = new Set(values.map(comparable));
  const accepts = (value: FacetValue) => wanted.has(comparable(value));
  const isFolded = fold && values.some(value => typeof value === 'string');
  return { field, accepts, isNot, values: isFolded ? undefined : values, bounds: undefined };
}

function range(field: string, given: Readonly<Record<string, unknown>>): FacetCondition {
  const name = `where.${field}`;
  const bounds = Object.entries(given).filter(([, bound]) => bound !== undefined);
  const unknown = bounds.find(([key]) => !Object.hasOwn(BOUNDS, key));
  if (unknown || bounds.length === 0)
    throw invalid(unknown ? `${name}.${unknown[0]}` : name, unknown?.[1] ?? given, 'not, gt, gte, lt or lte');
  const kind = typeof bounds[0]![1] === 'number' ? 'numbers' : 'dates';
  const limits = bounds.map(([key, bound]) => {
    const limit =
      kind === 'numbers' ? numberOf(bound) : typeof bound === 'string' ? dateOf(bound) : undefined;
    if (limit !== undefined) return { key: key as BoundName, limit };
    const expected = 'a number, or a string such as 2026-01-31 or 2026-01-31T12:00:00Z';
    throw invalid(
      `${name}.${key}`,
      bound,
      `${expected}${bounds.length > 1 ? ', all bounds of one kind' : ''}`,
    );
  });
  const isWithin = (value: number) => limits.every(({ key, limit }) => BOUNDS[key](value, limit));
  return {
    ...{ field, isNot: false, values: undefined },
    accepts: value => {
      if (kind === 'numbers') return typeof value === 'number' && isWithin(value);
      const date = typeof value === 'string' ? dateOf(value) : undefined;
      return date !== undefined && isWithin(date);
    },
    bounds: {
      kind,
      meets: (low, high) =>
        limits.every(({ key, limit }) => BOUNDS[key](key.startsWith('g') ? high : low, limit)),
    },
  };
}

function numberOf(bound: unknown): number | undefined {
  return typeof bound === 'number' && !Number.isNaN(bound) ? bound : undefined;
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !(Array.isArray(value) || value instanceof Date);
}

function unknownFacet(field: string, facets: readonly string[]): ArgumentError {
  const plain = plainName(field);
  const meant = facets.find(facet => [plainName(facet), `${plainName(facet)}s`].includes(plain));
  const hint = meant === undefined ? `give one of ${facets.join(', ')}` : `did you mean ${meant}?`;
  return new ArgumentError(
    `where: "${field}" is not a facet that the catalogue was built or opened with: ${facets.length > 0 ? hint : 'it has none'}`,
    { expected: meant ?? facets, found: field },
  );
}
