/** Provider for a Haven catalogue in JSON, in memory and without a chunk set. For small catalogues. */

import { RecordFacets } from '#client/providers/record-facets.ts';
import { checkFacets, recordFilter } from '#client/providers/record-filter.ts';
import { type SearchedRecord, searchRecords } from '#client/providers/search-records.ts';
import { boxVolume, checkBox } from '#client/query/box.ts';
import { clipVolume } from '#client/query/convex.ts';
import { listForm } from '#client/query/list-form.ts';
import { checkList } from '#client/query/list-query.ts';
import { checkOptions, type OptionNames, QUERY_OPTIONS, ROWS_OPTIONS } from '#client/query/options.ts';
import { compareRows, firstIndex } from '#client/query/order.ts';
import type { DataProvider } from '#client/query/provider.ts';
import {
  bounded,
  type CheckedPageQuery,
  checkPageQuery,
  lazy,
  oneOf,
  pageOf,
  rowsOf,
} from '#client/query/results.ts';
import {
  NAMES_OPTIONS,
  PAGE_OPTIONS,
  SYSTEM_OPTIONS,
  SYSTEMS_BY_NAME_OPTIONS,
} from '#client/query/table-options.ts';
import type {
  BoxQuery,
  FacetInfo,
  FacetQuery,
  FacetValueCount,
  FilterOptions,
  ListedValue,
  ListQuery,
  NameOptions,
  NamesQuery,
  NearestQuery,
  Page,
  PageQuery,
  QueryOptions,
  RegionRow,
  ResultBound,
  Rows,
  SearchOptions,
  SearchResult,
  SphereQuery,
  SphereRow,
  SystemKey,
  SystemOptions,
  SystemWithRecord,
} from '#client/query/types.ts';
import {
  BOX_OPTIONS,
  checkInteger,
  checkNearest,
  checkPositions,
  checkSphere,
  checkText,
  isAt,
  type LimitedSphere,
} from '#client/query/validate.ts';
import { sphereVolume, type Volume } from '#client/query/volume.ts';
import { indexedValues, SEARCHED_FIELDS, searchedValues, valueFields } from '#format/btree/searched-texts.ts';
import type { FacetField } from '#format/facets/facet-field.ts';
import type { FacetValue } from '#format/facets/facet-value.ts';
import { REGION_LISTING } from '#format/facets/listing.ts';
import type { Fold } from '#format/fold/fold.ts';
import type { JsonObject, JsonValue } from '#format/json.ts';
import type { Counts, System } from '#format/system.ts';
import type { SystemRow } from '#format/system-row.ts';
import { compareText } from '#format/utf8.ts';
import { ListedSystems } from './listed-systems.ts';
import { type CatalogueContent, type RejectedRecord, readCatalogue } from './read-catalogue.ts';

/** Options of `jsonProvider`. */
export interface JsonProviderOptions {
  /** Maps strings that differ in case or Unicode normalisation only to one string; see `standardFold`. */
  readonly fold: Fold;
  /** Fields that `search` searches, beside the values of facets; the name by default. */
  readonly searchFields?: readonly string[] | undefined;
  /** Facets for `where` and `list`, with the paths to their values; those of a build without `--facets` by default. */
  readonly facets?: readonly FacetField[] | undefined;
  /** Name of the catalogue in error messages. */
  readonly location?: string | undefined;
}

const JSON_OPTIONS: OptionNames<JsonProviderOptions> = { fold: 1, searchFields: 1, facets: 1, location: 1 };

/** A catalogue held in memory. The records that queries return are its own: do not change them. */
export interface JsonProvider extends DataProvider {
  readonly kind: 'json';
  /** Records that were rejected, and why; no result contains them. */
  readonly rejected: readonly RejectedRecord[];
}

/**
 * Returns a provider of a JSON catalogue, of any shape that Haven writes, NDJSON included.
 * @param catalogue JSON as a string, as UTF-8 bytes, or parsed; a parsed value is copied
 * @throws CorruptError if it is not valid JSON in UTF-8, or if different systems have the same id; ArgumentError for an
 *   invalid option
 */
export function jsonProvider(
  catalogue: string | Uint8Array | JsonValue,
  options: JsonProviderOptions,
): JsonProvider {
  checkOptions(options, JSON_OPTIONS);
  const { fold, searchFields = SEARCHED_FIELDS, location = 'the catalogue' } = options;
  const facets = checkFacets(options.facets);
  return new Provider(readCatalogue(catalogue, location), fold, searchFields.toSorted(compareText), facets);
}

/** A system with its name, or with its folded name. */
interface Named {
  readonly text: string;
  readonly system: System;
}

class Provider implements JsonProvider {
  readonly kind = 'json';
  readonly counts: Counts;
  readonly rejected: readonly RejectedRecord[];
  readonly #systems: readonly System[];
  readonly #fold: Fold;
  readonly #facets: RecordFacets;
  readonly #byId: () => ReadonlyMap<string, System>;
  /** By (name, id). */
  readonly #ordered: () => readonly System[];
  readonly #named: () => readonly Named[];
  /** By (folded name, name, id). */
  readonly #folded: () => readonly Named[];
  readonly #listed: ListedSystems;
  readonly #searchFields: readonly string[];
  /** By (name, id), with the folded strings that are searched. */
  readonly #searched: () => readonly SearchedRecord[];

  constructor(
    { systems, counts, rejected }: CatalogueContent,
    fold: JsonProviderOptions['fold'],
    fields: readonly string[],
    facets: readonly FacetField[],
  ) {
    this.counts = counts;
    this.rejected = rejected;
    this.#systems = systems;
    this.#fold = fold;
    this.#facets = new RecordFacets(facets, fold, facet => this.#listed.values(facet));
    this.#searchFields = fields;
    this.#byId = lazy(() => new Map(systems.map(system => [system.id, system])));
    this.#ordered = lazy(() => systems.toSorted(compareRows));
    this.#named = lazy(() => this.#ordered().map(system => ({ text: system.name, system })));
    this.#folded = lazy(() =>
      this.#ordered()
        .map(system => ({ text: fold(system.name), system }))
        .sort((a, b) => compareText(a.text, b.text)),
    );
    this.#listed = new ListedSystems(this.#ordered);
    this.#searched = lazy(() =>
      this.#ordered().map(system => {
        const values = valueFields(fields).map(field => searchedValues(system.fields, field, fold));
        return { name: fold.search(system.name), values: indexedValues(system, values), row: rowOf(system) };
      }),
    );
  }

  sphere(query: SphereQuery): Rows<SphereRow> {
    return this.#inSphere(checkSphere(query), query);
  }

  nearest(query: NearestQuery): Rows<SphereRow> {
    return this.#inSphere(checkNearest(query), query);
  }

  box(query: BoxQuery): Rows<SphereRow> {
    checkOptions(query, BOX_OPTIONS);
    const find = () => {
      const { box, limit } = checkBox(query);
      return this.#inVolume(boxVolume(box), limit, query);
    };
    return rowsOf(find, query, 'systems in the box');
  }

  async details(
    systems: readonly SystemKey[],
    options: QueryOptions = {},
  ): Promise<(JsonObject | undefined)[]> {
    checkOptions(options, QUERY_OPTIONS);
    const { signal } = options;
    signal?.throwIfAborted();
    checkPositions(systems);
    return systems.map(key => {
      const system = this.#byId().get(key.id);
      return system && isAt(system, key) ? system.fields : undefined;
    });
  }

  async system(name: string, options: SystemOptions = {}): Promise<SystemWithRecord | undefined> {
    checkOptions(options, SYSTEM_OPTIONS);
    const { first, ...query } = options;
    return oneOf(await this.systemsByName(name, query), name, first);
  }

  async systemsByName(name: string, options: NameOptions & ResultBound = {}): Promise<SystemWithRecord[]> {
    checkOptions(options, SYSTEMS_BY_NAME_OPTIONS);
    options.signal?.throwIfAborted();
    const { key, named } = this.#namedFrom(checkText('name', name), options);
    const end = named.findIndex(({ text }) => text !== key);
    const systems = end < 0 ? named : named.slice(0, end);
    return bounded(systems, options, 'systems of that name').map(({ system }) => wholeOf(system));
  }

  async systemById(id: string, options: QueryOptions = {}): Promise<SystemWithRecord | undefined> {
    checkOptions(options, QUERY_OPTIONS);
    const { signal } = options;
    signal?.throwIfAborted();
    const system = this.#byId().get(checkText('id', id));
    return system && wholeOf(system);
  }

  async names(query: NamesQuery = {}): Promise<string[]> {
    checkOptions(query, NAMES_OPTIONS);
    const { prefix = '', limit = 10, ...options } = query;
    options.signal?.throwIfAborted();
    checkInteger('limit', limit, 0);
    const { key, named } = this.#namedFrom(checkText('prefix', prefix), options);
    const names = new Set<string>();
    for (const { text, system } of named) {
      if (names.size >= limit || !text.startsWith(key)) break;
      names.add(system.name);
    }
    return [...names];
  }

  async page(query: PageQuery = {}): Promise<Page> {
    checkOptions(query, PAGE_OPTIONS);
    query.signal?.throwIfAborted();
    const { region } = query;
    if (region === undefined) return pageIn(this.#ordered(), checkPageQuery(query));
    return pageIn(this.#inRegion(region), checkPageQuery(query));
  }

  regions(options: QueryOptions & ResultBound = {}): Rows<RegionRow> {
    checkOptions(options, ROWS_OPTIONS);
    return rowsOf(() => this.#regionRows(), options, 'regions');
  }

  inRegion(region: string, options: QueryOptions & ResultBound = {}): Rows<SystemRow> {
    checkOptions(options, ROWS_OPTIONS);
    return rowsOf(() => this.#inRegion(region).map(rowOf), options, 'systems in the region');
  }

  list(field: string): Rows<ListedValue>;
  list(field: string, options: QueryOptions & ResultBound): Rows<ListedValue>;
  list(field: string, value: FacetValue | undefined, query?: ListQuery): Promise<Page>;
  list(field: string, ...rest: readonly unknown[]): Rows<ListedValue> | Promise<Page> {
    return listForm(
      rest,
      options =>
        rowsOf(() => this.#listed.values(this.#facets.listedField(field)), options, `values of "${field}"`),
      (value, query) => this.#listPage(field, value, query),
    );
  }

  async facets(options: QueryOptions = {}): Promise<FacetInfo[]> {
    return this.#facets.all(options);
  }

  async facet(field: string, query: FacetQuery = {}): Promise<FacetValueCount[]> {
    return this.#facets.values(field, query);
  }

  async #listPage(field: string, value: FacetValue | undefined, query: ListQuery): Promise<Page> {
    const pageQuery = checkList(field, value, query);
    query.signal?.throwIfAborted();
    const facet = this.#facets.listedField(field);
    const systems =
      value === undefined
        ? this.#listed.inOrder(facet, query.order ?? 'asc')
        : this.#listed.systemsOf(facet, value);
    return pageIn(systems, pageQuery);
  }

  async search(text: string, options: SearchOptions = {}): Promise<SearchResult> {
    return searchRecords(text, options, {
      fold: this.#fold,
      fields: this.#searchFields,
      facets: this.#facets,
      recordsOf: this.#searched,
      systemsOf: (facet, value) => this.#listed.systemsOf(facet, value).map(rowOf),
    });
  }

  close(): void {}

  #inSphere(sphere: LimitedSphere, query: SphereQuery | NearestQuery): Rows<SphereRow> {
    const find = () => {
      const volume = sphereVolume(sphere);
      return this.#inVolume(query.planes ? clipVolume(volume, query.planes) : volume, sphere.limit, query);
    };
    return rowsOf(find, query, 'systems in the sphere');
  }

  /** The first systems of a volume, nearest first. */
  *#inVolume(
    volume: Volume,
    limit: number,
    query: FilterOptions & { readonly details?: boolean | undefined },
  ): Generator<SphereRow> {
    const isWanted = recordFilter(query, this.#facets.fields, this.#fold) ?? (() => true);
    const hits = this.#systems
      .map(system => ({ system, distance: volume.distance(system.x, system.y, system.z) }))
      .filter(hit => hit.distance < Number.POSITIVE_INFINITY)
      .sort((a, b) => a.distance - b.distance || compareText(a.system.id, b.system.id));
    let left = limit;
    for (const { system, distance } of hits) {
      if (left === 0) return;
      if (!isWanted(system)) continue;
      left--;
      yield { ...rowOf(system), distance, ...(query.details && { record: system.fields }) };
    }
  }

  /** The systems by name (or by folded name), from the first that is not less than a string. */
  #namedFrom(text: string, { ignoreCase }: NameOptions): { key: string; named: readonly Named[] } {
    const key = ignoreCase ? this.#fold(text) : text;
    const all = ignoreCase ? this.#folded() : this.#named();
    return { key, named: all.slice(firstIndex(all, named => compareText(named.text, key) >= 0)) };
  }

  *#regionRows(): Generator<RegionRow> {
    for (const { value, systems, bounds } of this.#listed.values(REGION_LISTING))
      yield { region: `${value}`, systems, bounds };
  }

  #inRegion(region: string): readonly System[] {
    return this.#listed.systemsOf(REGION_LISTING, checkText('region', region));
  }
}

function pageIn(systems: readonly System[], query: CheckedPageQuery): Page {
  const { after, page, perPage } = query;
  const start = after ? firstIndex(systems, system => compareRows(system, after) > 0) : (page - 1) * perPage;
  return pageOf(systems.slice(start, start + perPage).map(rowOf), query, start, systems.length);
}

function rowOf({ id, name, x, y, z, region }: System): SystemRow {
  return { id, name, x, y, z, region };
}

function wholeOf(system: System): SystemWithRecord {
  return { ...rowOf(system), record: system.fields };
}
