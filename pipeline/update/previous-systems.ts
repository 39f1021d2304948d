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

  /** Yields the systems that have some ids, some at a time. */
  async *withIds(ids: ReadonlySet<string>): AsyncGenerator<CountedSystem[], void, undefined> {
    const table = new StoredTable(this.#index.tables.ids, IDS, ref => this.#files.get(ref));
    const keys: SystemPlace[] = [];
    for (const id of [...ids].sort(compareText)) {
      const key = await table.first([id]);
      if (key) keys.push(key);
    }
    yield* this.#at(keys);
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
      for await (const systems of this.#at(keys)) yield* systems;
      keys = [];
    }
    for await (const systems of this.#at(keys)) yield* systems;
  }

  /** Returns a system by its id and position. */
  async at(place: SystemPlace): Promise<CountedSystem> {
    for await (const [system] of this.#at([place])) return system!;
    throw new Error(`an empty set has no system "${place.id}"`);
  }

  async *#at(keys: readonly SystemPlace[]): AsyncGenerator<CountedSystem[], void, undefined> {
    if (this.#root) yield* this.#reader.find(this.#root, keys);
  }
}
