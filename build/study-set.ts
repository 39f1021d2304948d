/** Builds the systems of a set again, in memory and with other constants. */
import { hash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { memorySource, type Tileset } from '#client/node/index.ts';
import { type FileKind, type FileRef, pathOf } from '#format/file-ref.ts';
import {
  indexText,
  type SetIndex,
  type SetOptions,
  type TableRoots,
  withGeneration,
} from '#format/index-json.ts';
import type { JsonObject } from '#format/json.ts';
import { type Packable, pack } from '#format/pack.ts';
import { bodiesOf } from '#format/system.ts';
import { buildCell, closeCell } from '#pipeline/octree/build-cell.ts';
import type { FormatConstants } from '#pipeline/octree/format-constants.ts';
import { type CountedSystem, setContext } from '#pipeline/octree/set-context.ts';
import { gzipMember } from '#pipeline/store/gzip-member.ts';
import type { WorkingSet } from '#pipeline/store/set-writer.ts';
import { nameOf } from '#pipeline/store/set-writer.ts';
import { DEFAULT_OPTIONS } from '#pipeline/tasks/build-options.ts';
import { writeIndex, writeRoot } from '#pipeline/tasks/write-index.ts';

export interface SetLayout {
  readonly options: SetOptions;
  readonly constants: FormatConstants;
}

/** The roots of a set without tables. */
const NO_TABLES: TableRoots = {
  ...{ names: null, folded: null, ids: null, listings: null, members: null, ordered: null },
  ...{ facets: null, rare: null, common: null, facetGrams: null },
  ...{ words: null, values: null, grams: null, results: null },
};
/** Keeps files in memory instead of a folder. */
export class MemorySink implements WorkingSet {
  readonly #files = new Map<string, Uint8Array>();
  readonly #kinds = new Map<FileKind, number[]>();
  readonly contents: Uint8Array[] = [];

  put(kind: FileKind, content: Packable): FileRef {
    const bytes = pack(content);
    const ref = nameOf(kind, bytes);
    if (!this.#files.has(pathOf(ref))) {
      const member = gzipMember(bytes, DEFAULT_OPTIONS.gzipLevel);
      this.#files.set(pathOf(ref), member);
      this.#kinds.set(kind, [...(this.#kinds.get(kind) ?? []), member.length]);
      this.contents.push(bytes);
    }
    return ref;
  }

  async get(ref: FileRef): Promise<Uint8Array> {
    return gunzipSync(this.#files.get(pathOf(ref))!);
  }

  async settle(): Promise<void> {}

  get all(): Map<string, Uint8Array> {
    return this.#files;
  }

  sizes(kind: FileKind): number[] {
    return this.#kinds.get(kind) ?? [];
  }

  files(kind: FileKind): number {
    return this.sizes(kind).length;
  }

  bytes(kind: FileKind): number {
    return this.sizes(kind).reduce((sum, size) => sum + size, 0);
  }
}

/** All systems of a set, with their records or with their ids, names and regions alone. */
export async function load(tileset: Tileset, withRecords: boolean): Promise<CountedSystem[]> {
  const systems: CountedSystem[] = [];
  for await (const batch of tileset.records({ details: withRecords })) {
    for (const { record, ...system } of batch) {
      const fields: JsonObject = record ?? { id: system.id, name: system.name, region: system.region };
      systems.push({ ...system, derived: 0, fields, counts: bodiesOf(fields), facets: [] });
    }
  }
  return systems;
}

/** Builds a set of systems in memory. */
export async function layOut(systems: CountedSystem[], { options, constants }: SetLayout) {
  const sink = new MemorySink();
  const context = setContext({ ...options, facets: [] }, sink, { constants });
  const top = closeCell(buildCell(systems, context), context);
  const parts = { tree: writeRoot(top, context), tables: NO_TABLES, meta: null, options: context.options };
  const indexJson = await writeIndex(parts, sink);
  // A set may lack tables and their fold.
  const { tables, fold, generation, ...index } = JSON.parse(indexJson) as SetIndex;
  const { search, ...octree } = index.options;
  const unnamed = indexText({ ...index, options: octree } as SetIndex);
  const text = withGeneration(unnamed, hash('sha256', unnamed));
  const files = new Map([...sink.all, ['index.json', Buffer.from(text)] as const]);
  const root = files.get(pathOf({ kind: 'tree', hash: index.tree!.hash }))!.length;
  return { source: memorySource(files), sink, root };
}
