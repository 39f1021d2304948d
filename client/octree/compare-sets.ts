/**
 * Compares two sets from the roots of their octrees down: subtrees whose files are equal are not read, so the cost is in
 * proportion to the difference.
 *
 * Both trees are opened from large cells to small ones. A subtree that did not change has the same cell in both, also if
 * one tree has more nodes above it. It is met at the same time in both, and left out.
 */
import { type PageTop, readPage } from '#client/fetch/decode.ts';
import type { Files } from '#client/fetch/files.ts';
import { parallel, roundTrip } from '#client/fetch/parallel.ts';
import type { QueryOptions } from '#client/query/types.ts';
import { cellOf } from '#format/geometry/cell.ts';
import type { JsonObject } from '#format/json.ts';
import { jsonText } from '#format/json-text.ts';
import type { ChunkFile, LeafNode, TreeNode } from '#format/octree/tree-node.ts';
import { compareText } from '#format/utf8.ts';
import { readScanPart, type ScanPart, type SystemRecord, scanParts } from './scan.ts';

/** A system of a set, with its record. */
export type ComparedSystem = SystemRecord & { readonly record: JsonObject };

/** A system that only one of two sets has, or that differs between them. */
export type SystemChange =
  | { readonly kind: 'added'; readonly id: string; readonly after: ComparedSystem }
  | { readonly kind: 'removed'; readonly id: string; readonly before: ComparedSystem }
  | {
      readonly kind: 'changed';
      readonly id: string;
      readonly before: ComparedSystem;
      readonly after: ComparedSystem;
      /** Top-level fields that differ, or that only one of the records has, sorted. */
      readonly fields: readonly string[];
    };

/** One of two sets: its files, and the root page of its octree; undefined if it has no systems. */
export interface ComparedSet {
  readonly files: Files;
  readonly root: PageTop | undefined;
}

/** Files read concurrently. */
const AT_ONCE = 16;

/**
 * Yields the systems that differ: changed ones as they are found, then removed and added ones, ordered by id. Memory is
 * in proportion to the difference.
 */
export async function* compareSets(
  before: ComparedSet,
  after: ComparedSet,
  options: QueryOptions,
): AsyncGenerator<SystemChange, void, undefined> {
  const removed = new Map<string, ComparedSystem>();
  const added = new Map<string, ComparedSystem>();
  const parts = await differingParts(before, after, options);
  for (let i = 0; i < parts.length; i += AT_ONCE) {
    const batch = parts.slice(i, i + AT_ONCE);
    const reads = batch.map(
      ({ files, part }) =>
        (options: QueryOptions) =>
          readScanPart(files, part, options),
    );
    const read = await roundTrip(options, () => parallel(options, reads));
    for (const [nth, systems] of read.entries()) {
      const isBefore = batch[nth]!.files === before.files;
      const [own, others] = isBefore ? [removed, added] : [added, removed];
      for (const system of systems as ComparedSystem[]) {
        const other = others.get(system.id);
        if (!other) {
          own.set(system.id, system);
          continue;
        }
        others.delete(system.id);
        const [old, now] = isBefore ? [system, other] : [other, system];
        const fields = differingFields(old, now);
        if (fields.length > 0) yield { kind: 'changed', id: old.id, before: old, after: now, fields };
      }
    }
  }
  for (const id of [...removed.keys()].sort(compareText))
    yield { kind: 'removed', id, before: removed.get(id)! };
  for (const id of [...added.keys()].sort(compareText)) yield { kind: 'added', id, after: added.get(id)! };
}

/** The fields of two systems that differ; the id is equal. */
function differingFields(a: ComparedSystem, b: ComparedSystem): string[] {
  const names = new Set([...Object.keys(a.record), ...Object.keys(b.record)]);
  const differing = [...names].filter(name => {
    const isInBoth = Object.hasOwn(a.record, name) && Object.hasOwn(b.record, name);
    return !isInBoth || jsonText(a.record[name]!) !== jsonText(b.record[name]!);
  });
  // Strings that answer queries may not be fields of the record.
  for (const name of ['name', 'region'] as const)
    if (a[name] !== b[name] && !differing.includes(name)) differing.push(name);
  return differing.sort(compareText);
}

/** Rows of a chunk with their details, in the files of a set. */
interface Part {
  readonly files: Files;
  readonly part: ScanPart;
  readonly leaf: LeafNode;
}

/** Parts of either set that the other set lacks; parts of nearby leaves follow one another. */
async function differingParts(
  before: ComparedSet,
  after: ComparedSet,
  options: QueryOptions,
): Promise<Part[]> {
  const sides = [new Side(before), new Side(after)] as const;
  for (;;) {
    sides[0].dropEqual(sides[1]);
    const exponent = Math.max(sides[0].exponent, sides[1].exponent);
    if (exponent === Number.NEGATIVE_INFINITY) break;
    await roundTrip(options, () =>
      parallel(
        options,
        sides.map(side => (options: QueryOptions) => side.open(exponent, options)),
      ),
    );
  }
  const parts = sides.flatMap(side => side.parts(options));
  return parts.sort(({ leaf: { bounds: a } }, { leaf: { bounds: b } }) => {
    const axis = a.min.findIndex((low, i) => low !== b.min[i]);
    return axis < 0 ? 0 : a.min[axis]! - b.min[axis]!;
  });
}

/** The part of a set's octree that may differ from that of another set. */
class Side {
  readonly #files: Files;
  readonly #branches = new Map<string, PageTop>();
  readonly #chunks = new Map<string, { readonly chunk: ChunkFile; readonly leaf: LeafNode }>();

  constructor({ files, root }: ComparedSet) {
    this.#files = files;
    if (root) this.#branches.set(root.ref.hash, root);
  }

  /** Exponent of the largest cell of an unread subtree; -Infinity if there is none. */
  get exponent(): number {
    return Math.max(...Array.from(this.#branches.values(), exponentOf));
  }

  /** Removes from both sides the subtrees and chunks that both have. */
  dropEqual(other: Side): void {
    for (const [own, others] of [
      [this.#branches, other.#branches],
      [this.#chunks, other.#chunks],
    ] as const) {
      for (const key of own.keys()) if (others.delete(key)) own.delete(key);
    }
  }

  /** Reads the subtrees whose cells have an exponent. */
  async open(exponent: number, options: QueryOptions): Promise<void> {
    const branches = [...this.#branches].filter(([, branch]) => exponentOf(branch) === exponent);
    for (let i = 0; i < branches.length; i += AT_ONCE) {
      const batch = branches.slice(i, i + AT_ONCE);
      const reads = batch.map(
        ([, branch]) =>
          (options: QueryOptions) =>
            readPage(this.#files, branch, options),
      );
      const nodes = await parallel(options, reads);
      for (const [key] of batch) this.#branches.delete(key);
      for (const node of nodes) this.#add(node);
    }
  }

  parts(options: QueryOptions): Part[] {
    return Array.from(this.#chunks.values(), ({ chunk, leaf }) =>
      scanParts(chunk, this.#files, options).map(part => ({ files: this.#files, part, leaf })),
    ).flat();
  }

  #add(node: TreeNode): void {
    if (node.kind === 'inner') for (const child of node.children) this.#add(child);
    else if (node.kind === 'branch') this.#branches.set(node.ref.hash, node);
    else for (const { chunk } of node.spans) this.#addChunk(chunk, node);
  }

  /** Adds a chunk at the first of its leaves. */
  #addChunk(chunk: ChunkFile, leaf: LeafNode): void {
    const key = [chunk, ...chunk.details].map(({ ref }) => ref.hash).join();
    if (!this.#chunks.has(key)) this.#chunks.set(key, { chunk, leaf });
  }
}

function exponentOf({ bounds }: PageTop): number {
  return cellOf(bounds).exponent;
}
