/** The options of a build: their defaults, their ranges, and what `plan` makes of them. */
import { availableParallelism } from 'node:os';
import { SEARCHED_FIELDS } from '#format/btree/searched-texts.ts';
import { canonicalFacets, DEFAULT_FACETS, type FacetField, parseFacets } from '#format/facets/facet-field.ts';
import { type Listing, REGION_LISTING } from '#format/facets/listing.ts';
import { canonicalListings, parseListings } from '#format/facets/listing-options.ts';
import {
  MAX_CHUNK_LIMIT,
  MAX_INDEX_BYTES,
  MAX_PRELOAD_BYTES,
  SEARCH_MODES,
  type SetOptions,
} from '#format/index-json.ts';
import { CORE_FIELDS } from '#format/octree/record-fields.ts';
import { OVERVIEW_ROWS } from '#format/octree/sample.ts';
import { compareText } from '#format/utf8.ts';
import { UsageError } from '#pipeline/errors.ts';
import type { FieldMap } from '#pipeline/source/index.ts';
import { mappingOf } from '#pipeline/source/mapping.ts';
import { checkNames, checkStrings, type OptionNames } from '#pipeline/store/check-options.ts';
import type { DuplicatePolicy } from './duplicates.ts';
import type { BuildPlan } from './task.ts';

/** Some of the options of a type; undefined is the default too. */
export type SomeOptions<T> = { readonly [Name in keyof T]?: T[Name] | undefined };

/** Options that affect the files of a set; all have defaults. */
export interface PlanOptions
  extends SomeOptions<Omit<SetOptions, 'preview' | 'search' | 'facets' | 'listings'>> {
  readonly preview?: SomeOptions<SetOptions['preview']> | undefined;
  readonly search?: SomeOptions<SetOptions['search']> | undefined;
  /**
   * Fields whose values systems can be filtered by: `sentinel,material=materials|planets.materials`, or `none`, or the
   * `options.facets` of a set. By default those of Haven's own names that some system has a value of.
   */
  readonly facets?: string | readonly FacetField[] | undefined;
  /**
   * Fields that pages of systems are made by: `sentinel,created_at:desc`, or the `options.listings` of a set. A name is
   * that of a facet, if there is one. That of `region` is always there.
   */
  readonly listings?: string | readonly Listing[] | undefined;
  /** Fields that contain id, name, region and position, if they have other names. */
  readonly map?: FieldMap | undefined;
  /** Policy for different systems with the same id; `error` by default. */
  readonly onDuplicate?: DuplicatePolicy | undefined;
  /** Fails at the first rejected record; false by default. */
  readonly strict?: boolean | undefined;
  /** Number of worker threads; by default one for each core. */
  readonly workers?: number | undefined;
  /** Memory for all workers together, in bytes; by default 512 MiB for each. It never changes the set. */
  readonly memoryBytes?: number | undefined;
  /** Scans and encodes records in WebAssembly (`wasm`, the default) or in JavaScript. It never changes the set. */
  readonly engine?: 'wasm' | 'js' | undefined;
}

const PREVIEW_OPTIONS: OptionNames<SetOptions['preview']> = { size: 1, field: 1, order: 1 };
const SEARCH_OPTIONS: OptionNames<SetOptions['search']> = { mode: 1, fields: 1 };
export const PLAN_OPTIONS: OptionNames<PlanOptions> = {
  ...{ chunkLimit: 1, detailWeight: 1, summary: 1, preload: 1, gzipLevel: 1 },
  ...{ preview: 1, search: 1, facets: 1, listings: 1, map: 1 },
  ...{ onDuplicate: 1, strict: 1, workers: 1, memoryBytes: 1, engine: 1 },
};

export const DEFAULT_OPTIONS: SetOptions = {
  chunkLimit: 1024,
  detailWeight: 500_000,
  summary: [],
  preview: { size: 512, field: null, order: 'lowest' },
  search: { mode: 'infix', fields: [...SEARCHED_FIELDS].sort(compareText) },
  preload: 512 * 1024,
  listings: [REGION_LISTING],
  facets: DEFAULT_FACETS,
  gzipLevel: 4,
};

const MEBIBYTE = 1 << 20;
/** Memory of a worker per byte of raw records in its task, for strings, objects, columns and the engine. */
const MEMORY_A_BYTE = 64;
const DEFAULT_MEMORY = 512 * MEBIBYTE;

/** All options of a build, checked and complete. */
export type PlannedOptions = Pick<
  BuildPlan,
  'set' | 'facetsNamed' | 'map' | 'onDuplicate' | 'strict' | 'taskBytes' | 'engine'
> & { readonly workers: number };

/** @throws UsageError for an option out of range */
export function checkBuildOptions(options: PlanOptions = {}): PlannedOptions {
  const {
    chunkLimit = DEFAULT_OPTIONS.chunkLimit,
    detailWeight = DEFAULT_OPTIONS.detailWeight,
    preload = DEFAULT_OPTIONS.preload,
    gzipLevel = DEFAULT_OPTIONS.gzipLevel,
  } = options;
  const preview = withDefaults(options.preview, DEFAULT_OPTIONS.preview, PREVIEW_OPTIONS);
  const search = withDefaults(options.search, DEFAULT_OPTIONS.search, SEARCH_OPTIONS);
  const { map = null, onDuplicate = 'error', strict = false, engine = 'wasm' } = options;
  const { workers = availableParallelism(), memoryBytes = DEFAULT_MEMORY * workers } = options;
  if (map) mappingOf(map);
  inRange('chunk limit', chunkLimit, 1, MAX_CHUNK_LIMIT);
  inRange('detail weight', detailWeight, 1_000, 100_000_000);
  inRange('preload', preload, 0, MAX_PRELOAD_BYTES);
  inRange('preview size', preview.size, 1, OVERVIEW_ROWS);
  if (preview.order !== 'lowest' && preview.order !== 'highest') {
    throw new UsageError(`the preview order is ${preview.order}; give lowest or highest`, {
      found: preview.order,
    });
  }
  if (!SEARCH_MODES.includes(search.mode)) {
    throw new UsageError(`the search mode is ${search.mode}; give one of ${SEARCH_MODES.join(', ')}`, {
      expected: SEARCH_MODES,
      found: search.mode,
    });
  }
  checkStrings('search.fields', search.fields);
  if (search.mode !== 'none' && search.fields.length === 0) {
    throw new UsageError('no field is searched; name some, or give the search mode none');
  }
  if (engine !== 'wasm' && engine !== 'js')
    throw new UsageError(`the engine is ${engine}; give wasm or js`, { found: engine });
  inRange('gzip level', gzipLevel, 1, 9);
  inRange('number of workers', workers, 1, 1_024);
  checkMemory(memoryBytes, workers);
  const summarised = options.summary ?? [];
  checkStrings('summary', summarised);
  const summary = [...new Set(summarised)].filter(field => !CORE_FIELDS.includes(field)).sort(compareText);
  const facets = facetsOf(options);
  const listings = listingsOf(options, facets);
  const fields = search.mode === 'none' ? [] : [...new Set(search.fields)].sort(compareText);
  const set = {
    ...{ chunkLimit, detailWeight, summary, preview, preload, listings, gzipLevel },
    search: { mode: search.mode, fields },
    facets,
  };
  checkIndexBytes(JSON.stringify(set));
  return {
    set,
    facetsNamed: options.facets !== undefined,
    ...{ map, onDuplicate, strict, engine, workers },
    taskBytes: Math.min(512 * MEBIBYTE, Math.floor(memoryBytes / workers / MEMORY_A_BYTE)),
  };
}

/** @throws UsageError for listings that cannot be made */
function listingsOf({ listings = [] }: PlanOptions, facets: readonly FacetField[]): Listing[] {
  try {
    return typeof listings === 'string' ? parseListings(listings, facets) : canonicalListings(listings);
  } catch (cause) {
    // Names and paths are read as those of facets.
    const reason = (cause as Error).message.replace(/^(facets|listings): /, '');
    throw new UsageError(`listings: ${reason}`, { cause, found: listings });
  }
}

/** @throws UsageError for facets that cannot be declared */
function facetsOf({ facets = DEFAULT_FACETS }: PlanOptions): readonly FacetField[] {
  try {
    return typeof facets === 'string' ? parseFacets(facets) : canonicalFacets(facets);
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause, found: facets });
  }
}

/** @throws UsageError that suggests a unit where one may be missing: below a megabyte */
function checkMemory(bytes: number, workers: number): void {
  const leastMebibytes = MEMORY_A_BYTE * workers;
  if (Number.isSafeInteger(bytes) && bytes >= leastMebibytes * MEBIBYTE) return;
  const unit = [1e6, 1e9].findIndex(factor => bytes * factor >= leastMebibytes * MEBIBYTE);
  const hasNoUnit = Number.isInteger(bytes) && bytes < 1e6;
  const meant = hasNoUnit && unit >= 0 ? `. Did you mean ${bytes}${['MB', 'GB'][unit]}?` : '';
  throw new UsageError(
    `the memory is ${bytes} bytes, expected at least ${leastMebibytes} MiB for ${workers} workers, ${MEMORY_A_BYTE} MiB each: give more, such as 4GB, or fewer workers${meant}`,
    { found: bytes },
  );
}

/**
 * Checks the length of `index.json`, or of its options before the rest is known.
 * @throws UsageError
 */
export function checkIndexBytes(text: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_INDEX_BYTES) return;
  throw new UsageError(
    `index.json would have ${bytes} bytes, more than ${MAX_INDEX_BYTES}: name fewer fields to summarise, search or filter by`,
    { reason: 'index.json is too long', expected: MAX_INDEX_BYTES, found: bytes },
  );
}

/** @throws UsageError for an unknown option */
function withDefaults<T extends object>(
  options: SomeOptions<T> | undefined = {},
  defaults: T,
  names: OptionNames<T>,
): T {
  checkNames(options, names);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) };
}

function inRange(option: string, value: number, low: number, high: number): void {
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new UsageError(`the ${option} is ${value}; give an integer from ${low} to ${high}`, {
      found: value,
    });
  }
}
