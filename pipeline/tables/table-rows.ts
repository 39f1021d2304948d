/** Converts systems to rows of all tables: one key run per table, written by one task. */

import { isHeavy, isSearchedValue } from '#format/btree/facet-schemas.ts';
import { NAMES } from '#format/btree/name-schemas.ts';
import { keyWeight } from '#format/btree/page.ts';
import { gramsOf } from '#format/btree/searched-texts.ts';
import type { FacetRow } from '#format/facets/facet-extractor.ts';
import { type FacetValue, valueKey } from '#format/facets/facet-value.ts';
import { type Listing, listingOf, REGION_LISTING } from '#format/facets/listing.ts';
import { isOrdered, orderKey } from '#format/facets/order-key.ts';
import type { Fold } from '#format/fold/fold.ts';
import type { SetOptions } from '#format/index-json.ts';
import { splitFields } from '#format/octree/record-fields.ts';
import type { System } from '#format/system.ts';
import type { SystemRow } from '#format/system-row.ts';
import type { Engine } from '#pipeline/engine/engine-module.ts';
import { engineExtractor } from '#pipeline/engine/record-values.ts';
import { Entries } from '#pipeline/spill/entries.ts';
import { keySpace } from '#pipeline/spill/key-bytes.ts';
import { packKeyRun } from '#pipeline/spill/key-runs.ts';
import type { Content } from '#pipeline/store/store.ts';
import { FacetTallies } from './facet-tallies.ts';
import { ListingTallies } from './listing-totals.ts';
import { type RunName, runOptions } from './row-runs.ts';
import { SearchRows } from './search-rows.ts';
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
  readonly #search: SearchRows;

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
    this.#entries = new Map(rowRuns(options).map(run => [run, new Entries()]));
    this.#search = new SearchRows(options.search, fold, this.#encoder, run => this.#run(run));
  }

  /** Number of strings that are not searched in full. */
  get truncatedTexts(): number {
    return this.#search.truncatedTexts;
  }

  /** Bytes in memory. */
  get bytes(): number {
    let bytes = this.#tallies.bytes + this.#facets.bytes;
    for (const entries of this.#entries.values()) bytes += entries.bytes;
    return bytes;
  }

  /** Leaves the memory, whose rows were taken, to others. */
  release(): void {
    for (const entries of this.#entries.values()) entries.release();
  }

  add(system: FacetedSystem): void {
    const row = rowOf(system, this.#summary);
    const { id, name, x, y, z } = row;
    this.#encoder.set(row);
    const names = this.#run('names');
    const start = names.bytes;
    this.#encoder.begin(names);
    this.#encoder.end(names, 0);
    this.#run('ids')
      .begin(keySpace(id) + 24)
      .keyText(id)
      .endKey()
      .number(x)
      .number(y)
      .number(z)
      .end();
    const folded = this.#fold(name);
    // The search fold of a fold is that of the string.
    const plain = this.#fold.search(folded);
    this.#addFolded(folded, name, 0);
    if (plain !== folded) this.#addFolded(plain, name, 1);
    if (system.facets.length > 0) this.#addFacets(system.facets, row, start);
    this.#list(row, this.#listedValues(system));
    if (this.#options.search.mode !== 'none') this.#search.add(system, row, plain);
  }

  #addFolded(text: string, name: string, bySearch: number): void {
    const entries = this.#run('folded').begin(keySpace(text) + keySpace(name) + 8);
    entries.keyText(text).keyText(name).endKey().number(bySearch).end();
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
    const counts = this.#entries.get('value-counts');
    if (counts) this.#search.takeCounts(counts);
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

  /** @param values of each listing */
  #list(row: SystemRow, values: FacetRow): void {
    const { listings } = this.#options;
    for (let i = 0; i < listings.length; i++) {
      const listing = listings[i]!;
      const { field, order } = listing;
      if (order === 'value') {
        // A region is listed as it is: facet values are neither empty nor very long.
        if (isOfRegions(listing)) this.#listValue(field, row.region, row);
        else for (const value of values[i]!) this.#listValue(field, value, row);
        continue;
      }
      const key = orderKey(values[i]!, order);
      this.#addListed(this.#run('ordered'), field, key);
      if (isOrdered(key)) this.listedFields.add(field);
    }
  }

  #listValue(field: string, value: FacetValue, row: SystemRow): void {
    this.#addListed(this.#run('listed'), field, this.#tallies.add(field, value, row));
    this.listedFields.add(field);
  }

  #addListed(entries: Entries, field: string, key: string): void {
    this.#encoder
      .begin(entries, keySpace(field) + keySpace(key))
      .keyText(field)
      .keyText(key);
    this.#encoder.end(entries, 0);
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
