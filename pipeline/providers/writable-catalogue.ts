/** A provider that reads through another one, and writes. */
import { setTimeout as delay } from 'node:timers/promises';
import type {
  BoxQuery,
  Counts,
  DataProvider,
  FacetInfo,
  FacetQuery,
  FacetValue,
  FacetValueCount,
  JsonObject,
  ListedValue,
  ListQuery,
  NameOptions,
  NamesQuery,
  NearestQuery,
  Page,
  PageQuery,
  ProviderKind,
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
  SystemRow,
  SystemWithRecord,
  WritableProvider,
} from '#client/index.ts';
import { LockedError } from '#pipeline/errors.ts';
import { addition, type CatalogueWriter, deletion, patch, type SystemEdit } from './system-edit.ts';

/** The two halves of a catalogue. */
export interface WritableParts {
  /** The provider that answers queries now. */
  readonly reader: () => DataProvider;
  readonly writer: CatalogueWriter;
}

export class WritableCatalogue implements WritableProvider {
  readonly kind: ProviderKind;
  readonly #reader: () => DataProvider;
  readonly #writer: CatalogueWriter;
  /** The last write; each begins when the one before has ended. */
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor({ reader, writer }: WritableParts) {
    this.kind = reader().kind;
    this.#reader = reader;
    this.#writer = writer;
  }

  async addSystem(record: JsonObject): Promise<string> {
    const edit = addition(record);
    await this.#write(edit);
    return edit.id;
  }

  async updateSystem(id: string, updates: JsonObject): Promise<void> {
    await this.#write(patch(id, updates));
  }

  async deleteSystem(id: string): Promise<void> {
    await this.#write(deletion(id));
  }

  #write(edit: SystemEdit): Promise<void> {
    const write = this.#last.then(() => writePatiently(this.#writer, edit));
    this.#last = write.catch(() => {});
    return write;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#writer.close();
    this.#reader().close();
  }

  get counts(): Counts {
    return this.#reader().counts;
  }
  sphere(query: SphereQuery): Rows<SphereRow> {
    return this.#reader().sphere(query);
  }
  nearest(query: NearestQuery): Rows<SphereRow> {
    return this.#reader().nearest(query);
  }
  box(query: BoxQuery): Rows<SphereRow> {
    return this.#reader().box(query);
  }
  details(systems: readonly SystemKey[], options?: QueryOptions): Promise<(JsonObject | undefined)[]> {
    return this.#reader().details(systems, options);
  }
  system(name: string, options?: SystemOptions): Promise<SystemWithRecord | undefined> {
    return this.#reader().system(name, options);
  }
  systemsByName(name: string, options?: NameOptions & ResultBound): Promise<SystemWithRecord[]> {
    return this.#reader().systemsByName(name, options);
  }
  systemById(id: string, options?: QueryOptions): Promise<SystemWithRecord | undefined> {
    return this.#reader().systemById(id, options);
  }
  names(query?: NamesQuery): Promise<string[]> {
    return this.#reader().names(query);
  }
  page(query?: PageQuery): Promise<Page> {
    return this.#reader().page(query);
  }
  regions(options?: QueryOptions & ResultBound): Rows<RegionRow> {
    return this.#reader().regions(options);
  }
  inRegion(region: string, options?: QueryOptions & ResultBound): Rows<SystemRow> {
    return this.#reader().inRegion(region, options);
  }
  list(field: string, options?: QueryOptions & ResultBound): Rows<ListedValue>;
  list(field: string, value: FacetValue | undefined, query?: ListQuery): Promise<Page>;
  list(...args: readonly unknown[]): Rows<ListedValue> | Promise<Page> {
    return (this.#reader().list as (...args: readonly unknown[]) => Promise<Page>).call(
      this.#reader(),
      ...args,
    );
  }
  facets(options?: QueryOptions): Promise<FacetInfo[]> {
    return this.#reader().facets(options);
  }
  facet(field: string, query?: FacetQuery): Promise<FacetValueCount[]> {
    return this.#reader().facet(field, query);
  }
  search(text: string, options?: SearchOptions): Promise<SearchResult> {
    return this.#reader().search(text, options);
  }
}

/** Time for which a write waits for other writers, and interval of its attempts, in milliseconds. */
const PATIENCE = 30_000;
const INTERVAL = 20;

/** @throws LockedError if another process writes all the time */
async function writePatiently(writer: CatalogueWriter, edit: SystemEdit): Promise<void> {
  for (const end = performance.now() + PATIENCE; ; ) {
    try {
      return await writer.write(edit);
    } catch (error) {
      if (!(error instanceof LockedError) || performance.now() > end) throw error;
    }
    await delay(INTERVAL);
  }
}
