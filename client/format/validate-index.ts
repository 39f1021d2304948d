/** Checks that a parsed `index.json` has the members that FORMAT.md, section 3, asks for. */

import type { FacetField } from './facets/facet-field.ts';
import { LISTING_ORDERS } from './facets/listing.ts';
import { isCoordinate, MAX_EXPONENT, MIN_EXPONENT } from './geometry/cell.ts';
import { MAX_CHUNK_LIMIT, MAX_PRELOAD_BYTES, SEARCH_MODES, type SetIndex } from './index-json.ts';
import { OVERVIEW_ROWS } from './octree/sample.ts';

/** The first invalid member. */
export interface ShapeFault {
  /** Path to the member: `options.chunkLimit`. */
  readonly member: string;
  readonly expected: string;
  /** Undefined if it is missing. */
  readonly found: unknown;
}

type Rule = (found: unknown, member: string) => ShapeFault | undefined;

// biome-ignore lint/suspicious/noExplicitAny: the test is what finds out the type.
function is(expected: string, test: (found: any) => boolean): Rule {
  return (found, member) => (test(found) ? undefined : { member, expected, found });
}

function integer(least: number, most = Number.MAX_SAFE_INTEGER): Rule {
  return is(
    `an integer from ${least} to ${most}`,
    (found: number) => Number.isInteger(found) && found >= least && found <= most,
  );
}

function areTexts(values: readonly unknown[]): boolean {
  return values.every(text => typeof text === 'string') && areUnique(values);
}

function areUnique(values: readonly unknown[]): boolean {
  return new Set(values).size === values.length;
}

/** An object with these members, and perhaps others. */
function object(members: Readonly<Record<string, Rule>>): Rule {
  const isRight = is('an object', found => typeof found === 'object' && found && !Array.isArray(found));
  return (found, member) => {
    let fault = isRight(found, member);
    for (const key of fault ? [] : Object.keys(members))
      fault ??= members[key]!((found as Record<string, unknown>)[key], member ? `${member}.${key}` : key);
    return fault;
  };
}

/** Undefined, or a value that satisfies a rule. */
function optional(rule: Rule): Rule {
  return (found, member) => (found === undefined ? undefined : rule(found, member));
}

/** An array whose elements satisfy a rule. */
function arrayOf(rule: Rule): Rule {
  const isRight = is('an array', Array.isArray);
  return (found, member) =>
    isRight(found, member) ??
    (found as readonly unknown[]).map((element, i) => rule(element, `${member}[${i}]`)).find(Boolean);
}

/** Null, or a value that satisfies a rule. */
function orNull(rule: Rule): Rule {
  return (found, member) => (found === null ? undefined : rule(found, member));
}

const strings = is('an array of different strings', found => Array.isArray(found) && areTexts(found));
const string = is('a string', found => typeof found === 'string');
const oneOf = (...values: readonly string[]) => is(values.join(' or '), found => values.includes(found));
const hex = (digits: number) =>
  is(`${digits} hexadecimal digits`, found => new RegExp(`^[0-9a-f]{${digits}}$`).test(found));
const point = is(
  'three numbers of a magnitude below 2^500',
  found => Array.isArray(found) && found.length === 3 && found.every(isCoordinate),
);
const reference = { hash: hex(40), length: integer(0) };
const root = orNull(object(reference));
const BASE64 = /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/;
const contents = is(
  'an object of strings in base64, by hash',
  found =>
    typeof found === 'object' &&
    found &&
    !Array.isArray(found) &&
    Object.entries(found).every(
      ([hash, text]) => /^[0-9a-f]{40}$/.test(hash) && typeof text === 'string' && BASE64.test(text),
    ),
);

const INDEX = object({
  version: integer(1),
  generation: hex(64),
  counts: object({ systems: integer(0), planets: integer(0), moons: integer(0), stations: integer(0) }),
  bounds: orNull(object({ min: point, max: point })),
  exponent: orNull(integer(MIN_EXPONENT, MAX_EXPONENT)),
  tree: root,
  overview: orNull(object({ ...reference, rows: integer(1, OVERVIEW_ROWS) })),
  meta: root,
  contents: optional(contents),
  preload: optional(root),
  options: object({
    preload: optional(integer(0, MAX_PRELOAD_BYTES)),
    gzipLevel: optional(integer(1, 9)),
    chunkLimit: integer(1, MAX_CHUNK_LIMIT),
    detailWeight: integer(1_000, 100_000_000),
    summary: strings,
    preview: object({
      size: integer(1, OVERVIEW_ROWS),
      field: orNull(is('a string or null', found => typeof found === 'string')),
      order: oneOf('lowest', 'highest'),
    }),
  }),
});

/** Further members of a set with tables. */
const WITH_TABLES = object({
  tables: object({
    names: root,
    folded: root,
    ids: root,
    listings: root,
    members: root,
    ordered: root,
    facets: root,
    rare: root,
    common: root,
    facetGrams: root,
    words: root,
    values: root,
    grams: root,
    results: root,
  }),
  fold: object(reference),
  options: object({
    search: object({ mode: oneOf(...SEARCH_MODES), fields: strings }),
    listings: arrayOf(object({ field: string, order: oneOf(...LISTING_ORDERS), paths: strings })),
  }),
});

/** Members of a set with facets; a set without them has none of these. */
const WITH_FACETS = object({
  facets: object({ root, overview: root, valueSample: root }),
  options: object({
    facets: is(
      'an array of objects with a field and its paths, each once',
      found => Array.isArray(found) && found.every(isFacet) && areUnique(found.map(({ field }) => field)),
    ),
  }),
});

function isFacet(facet: Partial<FacetField> | null): boolean {
  const { field, paths } = facet ?? {};
  return typeof field === 'string' && Array.isArray(paths) && paths.length > 0 && areTexts(paths);
}

/** The first fault in a parsed `index.json`, if it has one. Unknown members are allowed. */
export function faultOf(index: unknown): ShapeFault | undefined {
  const { tables, fold, facets, options } = index as Partial<SetIndex>;
  const fault = INDEX(index, '');
  if (fault) return fault;
  const withTables = (tables ?? fold ?? options!.search ?? options!.listings) !== undefined;
  const withFacets = (facets ?? options!.facets) !== undefined;
  return (
    (withTables ? WITH_TABLES(index, '') : undefined) ??
    (withFacets ? WITH_FACETS(index, '') : undefined) ??
    disagreement(index as SetIndex)
  );
}

/** Members that are null in a set without systems, and only there. */
function disagreement({ counts: { systems }, overview, tables, ...index }: SetIndex): ShapeFault | undefined {
  const roots = tables && {
    'tables.names': tables.names,
    'tables.folded': tables.folded,
    'tables.ids': tables.ids,
    'tables.listings': tables.listings,
  };
  const { bounds, exponent, tree } = index;
  for (const [member, found] of Object.entries({ bounds, exponent, tree, overview, ...roots })) {
    if ((found === null) === (systems === 0)) continue;
    return { member, expected: `${systems === 0 ? 'null' : 'a value'} for ${systems} systems`, found };
  }
  if (overview && overview.rows > systems) {
    return { member: 'overview.rows', expected: `at most ${systems}`, found: overview.rows };
  }
  return undefined;
}
