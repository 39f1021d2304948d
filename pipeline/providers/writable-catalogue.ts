/** A provider that reads through another one, and writes. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Counts, DataProvider, JsonObject, ProviderKind, WritableProvider } from '#client/index.ts';
import { LockedError, UsageError } from '#pipeline/errors.ts';
import { addition, type CatalogueWriter, deletion, patch, type SystemEdit } from './system-edit.ts';

/** The two halves of a catalogue. */
export interface WritableParts {
  /** The provider that answers queries now. */
  readonly reader: () => DataProvider;
  readonly writer: CatalogueWriter;
}

/** Time for which a write waits for other writers, and interval of its attempts, in milliseconds. */
const PATIENCE = 30_000;
const INTERVAL = 20;

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
    const write = this.#last.then(() => this.#writePatiently(edit));
    this.#last = write.catch(() => {});
    return write;
  }

  /** Makes an edit; waits for other writers. @throws LockedError if another process writes all the time */
  async #writePatiently(edit: SystemEdit): Promise<void> {
    for (const end = performance.now() + PATIENCE; ; await delay(INTERVAL)) {
      if (this.#isClosed) throw new UsageError('the catalogue is closed: open it again to write to it');
      try {
        return await this.#writer.write(edit);
      } catch (error) {
        if (!(error instanceof LockedError) || performance.now() > end) throw error;
      }
    }
  }

  /** Closes files and connections; a write that is still waiting is a UsageError. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#writer.close();
    this.#reader().close();
  }

  get counts(): Counts {
    return this.#reader().counts;
  }

  readonly sphere: DataProvider['sphere'] = query => this.#reader().sphere(query);
  readonly nearest: DataProvider['nearest'] = query => this.#reader().nearest(query);
  readonly box: DataProvider['box'] = query => this.#reader().box(query);
  readonly details: DataProvider['details'] = (systems, options) => this.#reader().details(systems, options);
  readonly system: DataProvider['system'] = (name, options) => this.#reader().system(name, options);
  readonly systemsByName: DataProvider['systemsByName'] = (name, options) =>
    this.#reader().systemsByName(name, options);
  readonly systemById: DataProvider['systemById'] = (id, options) => this.#reader().systemById(id, options);
  readonly names: DataProvider['names'] = query => this.#reader().names(query);
  readonly page: DataProvider['page'] = query => this.#reader().page(query);
  readonly regions: DataProvider['regions'] = options => this.#reader().regions(options);
  readonly inRegion: DataProvider['inRegion'] = (region, options) => this.#reader().inRegion(region, options);
  readonly list = ((...args: Parameters<DataProvider['list']>) =>
    this.#reader().list(...args)) as DataProvider['list'];
  readonly facets: DataProvider['facets'] = options => this.#reader().facets(options);
  readonly facet: DataProvider['facet'] = (field, query) => this.#reader().facet(field, query);
  readonly search: DataProvider['search'] = (text, options) => this.#reader().search(text, options);
}
