/** The task `tables`: every system becomes rows of the sorted tables by name, id, region and searched text. */
import {
  foldedNames,
  IDS,
  NAMES,
  type RootRef,
  type SearchSetOptions,
  type System,
  type SystemRow,
  searchedTexts,
  splitFields,
  type TableRoots,
} from '../../client/format/index.ts';
import type { FileSink } from '../context.ts';
import { ExternalSort } from '../sort.ts';
import { TableBuilder } from './builder.ts';
import { RegionsBuilder } from './regions.ts';
import { forEach, type Steps, totals } from './rows.ts';
import { SearchBuilder } from './search.ts';
import { SystemSort } from './system-sort.ts';

export interface TablesOptions {
  /** Folder for what does not fit into memory. */
  readonly scratch: string;
  readonly search: SearchSetOptions;
  /** Texts that it maps to one are the same where case is ignored. */
  readonly fold: (text: string) => string;
}

/** The roots of a set that has no table at all. */
export const NO_TABLES: TableRoots = {
  names: null,
  folded: null,
  ids: null,
  regions: null,
  members: null,
  words: null,
  values: null,
  parts: null,
};

export class TablesBuilder {
  readonly #options: TablesOptions;
  readonly #names: SystemSort;
  readonly #ids: ExternalSort;
  readonly #regions: SystemSort;
  readonly #search: SearchBuilder;

  constructor(options: TablesOptions) {
    const { scratch, search } = options;
    this.#options = options;
    this.#names = new SystemSort(`${scratch}/names`, 0);
    this.#ids = new ExternalSort(`${scratch}/by-id`, 3);
    this.#regions = new SystemSort(`${scratch}/regions`, 1);
    this.#search = new SearchBuilder(`${scratch}/search`, search.mode);
  }

  /** @param summary fields that rows have beside the core columns */
  add(system: System, summary: ReadonlySet<string>): void {
    const entry = entryOf(system, summary);
    const { id, name, region, x, y, z } = entry;
    this.#names.add([], entry);
    this.#ids.add([id], [x, y, z]);
    this.#regions.add([region], entry);
    const { search, fold } = this.#options;
    if (search.mode === 'none') return;
    const others = search.fields.filter(field => field !== 'name');
    const values = searchedTexts(name, system.fields, others).map(fold);
    this.#search.add(entry, search.fields.includes('name') ? fold(name) : undefined, values);
  }

  /** Texts so far that are not searched, or not to their end. */
  get cutTexts(): number {
    return this.#search.cutTexts;
  }

  /** Writes all tables. */
  *finish(sink: FileSink): Steps<TableRoots> {
    return {
      ...(yield* this.#finishNames(sink)),
      ids: yield* this.#finishIds(sink),
      ...(yield* this.#finishRegions(sink)),
      ...(yield* this.#search.finish(sink)),
    };
  }

  close(): void {
    for (const sort of [this.#names, this.#ids, this.#regions, this.#search]) sort.close();
  }

  *#finishNames(sink: FileSink): Steps<Pick<TableRoots, 'names' | 'folded'>> {
    const { scratch, fold } = this.#options;
    const names = new TableBuilder(NAMES, sink);
    const sort = new ExternalSort(`${scratch}/folded`);
    try {
      let before: string | undefined;
      yield* forEach(this.#names.rows(), ({ system }) => {
        names.add(system);
        if (system.name !== before) sort.add([fold(system.name), system.name]);
        before = system.name;
      });
      const folded = new TableBuilder(foldedNames(fold), sink);
      yield* forEach(totals(sort), ({ key }) => folded.add({ name: key[1]! }));
      return { names: names.finish(), folded: folded.finish() };
    } finally {
      sort.close();
    }
  }

  *#finishIds(sink: FileSink): Steps<RootRef | null> {
    const ids = new TableBuilder(IDS, sink);
    yield* forEach(this.#ids.rows(), ({ key, numbers }) => {
      const [x, y, z] = numbers as [number, number, number];
      ids.add({ id: key[0]!, x, y, z });
    });
    return ids.finish();
  }

  *#finishRegions(sink: FileSink): Steps<Pick<TableRoots, 'regions' | 'members'>> {
    const regions = new RegionsBuilder(sink);
    yield* forEach(this.#regions.rows(), ({ system }) => regions.add(system));
    return regions.finish();
  }
}

function entryOf(system: System, summary: ReadonlySet<string>): SystemRow {
  const { id, name, region, x, y, z } = system;
  const entry = { id, name, region, x, y, z };
  if (summary.size === 0) return entry;
  const fields = splitFields(system, summary).summary;
  return Object.keys(fields).length > 0 ? { ...entry, fields } : entry;
}
