/** Finds systems of the previous generation of a set, by id, by name and by the value of a facet. */
import { openTileset } from '#client/node/index.ts';
import { IDS, NAMES } from '#format/btree/name-schemas.ts';
import type { FacetValue } from '#format/facets/facet-value.ts';
import type { SetIndex } from '#format/index-json.ts';
import { compareText } from '#format/utf8.ts';
import type { NodeReader, SystemPlace } from '#pipeline/octree/node-reader.ts';
import type { CountedSystem } from '#pipeline/octree/set-context.ts';
import type { StoredNode } from '#pipeline/octree/stored-node.ts';
import { StoredTable } from '#pipeline/tables/stored-table.ts';
import type { EditedFiles } from './edited-files.ts';

/** Systems that are loaded at once, for the value of a facet. */
const BATCH = 256;

export class PreviousSystems {
  readonly #index: SetIndex;
  readonly #files: EditedFiles;
  readonly #reader: NodeReader;
  readonly #root: StoredNode | undefined;

  /** @param root undefined for an empty set */
  constructor(index: SetIndex, files: EditedFiles, reader: NodeReader, root: StoredNode | undefined) {
    this.#index = index;
    this.#files = files;
    this.#reader = reader;
    this.#root = root;
  }

  /** The systems that have some ids, by id. */
  async byIds(ids: ReadonlySet<string>): Promise<Map<string, CountedSystem>> {
    const table = new StoredTable(this.#index.tables.ids, IDS, ref => this.#files.get(ref));
    const keys: SystemPlace[] = [];
    for (const id of [...ids].sort(compareText)) {
      const key = await table.first([id]);
      if (key) keys.push(key);
    }
    return new Map((await this.#at(keys)).map(system => [system.id, system]));
  }

  /** The ids of the systems that have some names, at most two for each name; none for an unknown name. */
  async idsOf(names: ReadonlySet<string>): Promise<Map<string, string[]>> {
    const table = new StoredTable(this.#index.tables.names, NAMES, ref => this.#files.get(ref));
    const found = new Map<string, string[]>();
    for (const name of [...names].sort(compareText)) {
      const ids: string[] = [];
      for await (const { id } of table.rowsOf([name])) if (ids.push(id) === 2) break;
      found.set(name, ids);
    }
    return found;
  }

  /** Yields the systems that have a value of a facet. */
  async *withValue(field: string, value: FacetValue): AsyncGenerator<CountedSystem, void, undefined> {
    const { bounds } = this.#index;
    if (!bounds) return;
    const tileset = await openTileset(this.#files.source, { cacheBytes: 0 });
    let keys: SystemPlace[] = [];
    for await (const row of tileset.box({ ...bounds, where: { [field]: value } })) {
      keys.push(row);
      if (keys.length < BATCH) continue;
      yield* await this.#at(keys);
      keys = [];
    }
    yield* await this.#at(keys);
  }

  /** Returns a system by its id and position. */
  async at(place: SystemPlace): Promise<CountedSystem> {
    return (await this.#at([place]))[0]!;
  }

  async #at(keys: readonly SystemPlace[]): Promise<CountedSystem[]> {
    return this.#root ? this.#reader.find(this.#root, keys) : [];
  }
}
