/** Converts systems to rows of all tables: one key run per table, written by one task. */

import { isHeavy, isSearchedValue } from '#format/btree/facet-schemas.ts';
import { NAMES } from '#format/btree/name-schemas.ts';
import { keyWeight } from '#format/btree/page.ts';
import { bucketKey, bucketOf, placeKey, SEARCHED_POINTS, SHORT } from '#format/btree/search-schemas.ts';
import {
  gramsOf,
  indexedValues,
  searchedPart,
  searchedValues,
  type ValueField,
  valueFields,
  wordTexts,
} from '#format/btree/searched-texts.ts';
import type { FacetRow } from '#format/facets/facet-extractor.ts';
import { type FacetValue, valueKey } from '#format/facets/facet-value.ts';
import { type Listing, listingOf, REGION_LISTING } from '#format/facets/listing.ts';
import { isOrdered, orderKey } from '#format/facets/order-key.ts';
import type { Fold } from '#format/fold/fold.ts';
import type { SetOptions } from '#format/index-json.ts';
import { splitFields } from '#format/octree/record-fields.ts';
import type { System } from '#format/system.ts';
import type { SystemRow } from '#format/system-row.ts';
import { lengthOf } from '#format/utf8.ts';
import type { Engine } from '#pipeline/engine/engine-module.ts';
import { engineExtractor } from '#pipeline/engine/record-values.ts';
import { Entries } from '#pipeline/spill/entries.ts';
import { packKeyRun } from '#pipeline/spill/key-runs.ts';
import type { Content } from '#pipeline/store/store.ts';
import { FacetTallies } from './facet-tallies.ts';
import { addGram } from './first-rows.ts';
import { ListingTallies } from './listing-totals.ts';
import { type RunName, runOptions } from './page-cuts.ts';
import { copySystem, SystemEncoder } from './system-rows.ts';

/** Runs with rows of systems. Those of grams get further rows from the values. */
export type RowRun = Exclude<RunName, 'value-rows' | 'word-rows' | 'common-rows'>;

/** A system with its values for each field of the option `facets`. */
export interface FacetedSystem extends System {
  readonly facets: FacetRow;
}

/** Options of a set that decide its rows. */
export type RowOptions = Pick<SetOptions, 'search' | 'facets' | 'listings' | 'summary'>;

/** The runs of a set with the given options. */
export function rowRuns({ search: { mode }, facets = [], listings }: RowOptions): RowRun[] {
  const search: RowRun[] = mode === 'none' ? [] : ['results', 'words', 'values', 'value-counts', 'grams'];
  const ordered: RowRun[] = listings.some(({ order }) => order !== 'value') ? ['ordered'] : [];
  const ofFacets: RowRun[] = facets.length > 0 ? ['facets', 'rare', 'common'] : [];
  const grams: RowRun[] = facets.length > 0 && mode !== 'none' ? ['facet-grams'] : [];
  return ['names', 'folded', 'ids', 'listings', 'listed', ...ordered, ...ofFacets, ...grams, ...search];
}

export class TableRows {
  readonly #options: RowOptions;
  /** Fields of rows, beside the core columns. */
  readonly #summary: ReadonlySet<string>;
  readonly #fold: Fold;
  readonly #entries: ReadonlyMap<RowRun, Entries>;
  readonly #encoder = new SystemEncoder();
  readonly #tallies = new ListingTallies();
  readonly #facets: FacetTallies;
  /** Values of each listing, none of that of regions. */
  readonly #listedValues: (system: FacetedSystem) => FacetRow;
  /** Fields of listings that some system has. */
  readonly listedFields = new Set<string>();
  readonly #searched: readonly ValueField[];
  /** Number of systems of each searched value. */
  readonly #values = new Map<string, number>();
  /** Number of strings that are not searched in full. */
  truncatedTexts = 0;

  /** @param common for each facet values that certainly are not rare */
  constructor(options: RowOptions, fold: Fold, common: readonly (readonly FacetValue[])[] = []) {
    this.#options = options;
    this.#summary = new Set(options.summary);
    this.#fold = fold;
    const { facets = [], listings } = options;
    this.#facets = new FacetTallies(
      facets.map((facet, i) => ({
        field: facet.field,
        hasRows: listingOf(facet, listings) === undefined,
        common: new Set(common[i]),
      })),
    );
    this.#listedValues = engineExtractor(
      listings.map(listing => (isOfRegions(listing) ? { ...listing, paths: [] } : listing)),
    );
    this.#searched = valueFields(options.search.fields);
    this.#entries = new Map(rowRuns(options).map(run => [run, new Entries()]));
  }

  /** Bytes in memory. */
  get bytes(): number {
    let bytes = this.#tallies.bytes + this.#facets.bytes;
    for (const entries of this.#entries.values()) bytes += entries.bytes;
    return bytes;
  }

  add(system: FacetedSystem): void {
    const { search } = this.#options;
    const fold = this.#fold;
    const row = rowOf(system, this.#summary);
    const { id, name, x, y, z } = row;
    this.#encoder.set(row);
    const names = this.#run('names');
    const start = names.bytes;
    this.#encoder.add(names, 0);
    this.#run('ids').add([id], [x, y, z]);
    const [folded, plain] = [fold(name), fold.search(name)];
    this.#run('folded').add([folded, name], [0]);
    if (plain !== folded) this.#run('folded').add([plain, name], [1]);
    this.#addFacets(system.facets, row, start);
    this.#list(row, this.#listedValues(system));
    if (search.mode === 'none') return;
    this.#index(
      row,
      search.fields.includes('name') ? plain : undefined,
      this.#searched.map(field => searchedValues(system.fields, field, fold)),
    );
  }

  /** @param start offset of the system in the entries of names, of which it is the last */
  #addFacets(facets: FacetRow, row: SystemRow, start: number): void {
    const bytes = this.#run('names').bytes - start;
    let values = 0;
    for (let field = 0; field < facets.length; field++) values += facets[field]!.length;
    // A weight is below four times the bytes, which are known.
    const mayBeHeavy = isHeavy(values, 4 * bytes);
    const heavy = mayBeHeavy && isHeavy(values, keyWeight(NAMES.keyOf(row)) + NAMES.weight(row));
    this.#facets.add(facets, bytes, heavy);
  }

  /** Returns the entries of all runs, with the totals of values. */
  entries(): ReadonlyMap<RowRun, Entries> {
    this.#tallies.take(this.#run('listings'));
    for (const [value, systems] of this.#values) this.#run('value-counts').add([value], [systems]);
    this.#values.clear();
    if (this.#entries.has('facets')) this.#takeFacets();
    return this.#entries;
  }

  /** The files of all runs; each must be written before the next one is requested. */
  *take(engine: Engine): Generator<[run: RowRun, file: Content], void, undefined> {
    for (const [run, entries] of this.entries()) {
      yield [run, packKeyRun(entries, runOptions(run, engine))];
      entries.clear();
    }
  }

  #takeFacets(): void {
    const [names, facets, rare] = [this.#run('names'), this.#run('facets'), this.#run('rare')];
    const common = this.#run('common');
    const grams = this.#entries.get('facet-grams');
    for (const { field, value, systems, heavy, starts, first } of this.#facets.take(names)) {
      const key = valueKey(value);
      facets.add([field, this.#fold(String(value)), key], [systems, heavy]);
      for (const start of starts) copySystem(rare, names.arena, start, field, key);
      for (const start of first) copySystem(common, names.arena, start, field, key);
      if (!grams || !isSearchedValue(value)) continue;
      for (const gram of gramsOf(this.#fold.search(value), this.#options.search.mode, false))
        grams.add([gram, field, key]);
    }
  }

  #run(run: RowRun): Entries {
    return this.#entries.get(run)!;
  }

  /**
   * Adds the rows by which search finds the system that is encoded. They have no summary fields.
   * @param name its folded name, if names are searched
   * @param texts the folded values of the other searched fields
   */
  #index(row: SystemRow, name: string | undefined, texts: readonly (readonly string[])[]): void {
    const values = indexedValues(row, texts);
    const bucket = bucketOf(row.name);
    const short = values.map(own => own.filter(value => lengthOf(value) <= SHORT).join(', '));
    this.#encoder.setTexts(short);
    this.#encoder.add(this.#run('results'), 0, bucketKey(bucket));
    this.#encoder.setTexts([]);
    if (name !== undefined) {
      const part = searchedPart(name);
      for (const text of wordTexts(row, part)) this.#encoder.add(this.#run('words'), 0, text);
      const place = placeKey(bucket);
      for (const gram of gramsOf(part, this.#options.search.mode, true))
        addGram(this.#run('grams'), gram, place);
    }
    const seen = new Set<string>();
    for (const [field, own] of values.entries()) {
      for (const value of own) {
        if (seen.has(value)) continue;
        seen.add(value);
        this.#encoder.add(this.#run('values'), field, bucketKey(bucketOf(value)), value);
        this.#values.set(value, (this.#values.get(value) ?? 0) + 1);
      }
    }
    this.#countTruncated(name, texts, values);
  }

  #countTruncated(
    name: string | undefined,
    texts: readonly (readonly string[])[],
    values: readonly (readonly string[])[],
  ): void {
    const isLong = (text: string) => text.length > SEARCHED_POINTS && lengthOf(text) > SEARCHED_POINTS;
    if (name !== undefined && isLong(name)) this.truncatedTexts++;
    for (const [field, own] of texts.entries()) {
      const kept = new Set(values[field]);
      for (const text of own) if (!kept.has(text)) this.truncatedTexts++;
    }
  }

  /** @param values of each listing */
  #list(row: SystemRow, values: FacetRow): void {
    this.#options.listings.forEach((listing, i) => {
      const { field, order } = listing;
      if (order !== 'value') {
        const key = orderKey(values[i]!, order);
        this.#encoder.add(this.#run('ordered'), 0, field, key);
        if (isOrdered(key)) this.listedFields.add(field);
        return;
      }
      // A region is listed as it is: facet values are neither empty nor very long.
      for (const value of isOfRegions(listing) ? [row.region] : values[i]!) {
        const key = valueKey(value);
        this.#tallies.add(field, key, row);
        this.#encoder.add(this.#run('listed'), 0, field, key);
        this.listedFields.add(field);
      }
    });
  }
}

/** Whether a listing has the systems of each region. */
function isOfRegions({ field, order }: Listing): boolean {
  return field === REGION_LISTING.field && order === 'value';
}

function rowOf(system: System, summary: ReadonlySet<string>): SystemRow {
  const { id, name, region, x, y, z } = system;
  const row = { id, name, region, x, y, z };
  if (summary.size === 0) return row;
  const fields = splitFields(system, summary).summary;
  return Object.keys(fields).length > 0 ? { ...row, fields } : row;
}
