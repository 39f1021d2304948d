/**
 * A search of the octree by distance, as a pure state machine without I/O: it returns the files to read next,
 * receives their contents, and returns rows in order of (distance, id) as soon as no unread row can precede them.
 */

import type { Volume } from '#client/query/volume.ts';
import type { Bounds } from '#format/geometry/cell.ts';
import type { Chunk } from '#format/octree/chunk.ts';
import type { ChunkFile, TreeNode } from '#format/octree/tree-node.ts';
import {
  type ChunkRead,
  compareParts,
  type Frontier,
  firstIdOf,
  type NodeFilter,
  type PageRead,
  type Part,
  type Read,
} from './frontier.ts';
import { Hits } from './hits.ts';
import { certainRadius, type Demand, Waves } from './nearest.ts';

/** A search for the first systems of a volume, at most `limit`. */
export class BestFirst {
  readonly #volume: Volume;
  readonly #limit: number;
  readonly #filter: NodeFilter | undefined;
  readonly #waves: Waves;
  #unread: Part[] = [];
  readonly #hits = new Hits();
  #taken = 0;
  #certain = 0;
  /** Upper bound of the distances in the result, as far as known. */
  #reach = Number.MAX_VALUE;

  constructor(volume: Volume, limit: number, filter?: NodeFilter) {
    this.#volume = volume;
    this.#limit = limit;
    this.#filter = filter;
    this.#waves = new Waves(filter !== undefined);
  }

  /** Number of systems that certainly lie in the volume, known from the tree alone. */
  get certain(): number {
    return this.#certain;
  }

  /**
   * The files to read in the next round trip; none if no unread file can contain results. Pass their contents to
   * `addNode` and `addChunk` before the next call.
   * @param chunks number of systems, including those taken, whose chunks are wanted now
   * @param pages number of systems, including those taken, whose tree pages are wanted now
   */
  next(chunks = this.#limit, pages = chunks): Read[] {
    const left = (count: number) => Math.min(this.#limit, count) - this.#taken;
    if (left(this.#limit) === 0) return [];
    const demand: Demand = { needed: left(this.#limit), chunks: left(chunks), pages: left(pages) };
    return this.#remove(this.#waves.next(this.#frontier(), demand));
  }

  /**
   * The pages to read in the next round trip, for a plan without chunks; none if no unread page can contain results.
   */
  nextPages(): Read[] {
    if (this.#limit === this.#taken) return [];
    const isPage = (read: Read) => read.kind === 'page';
    const all = { needed: this.#limit, chunks: this.#limit, pages: this.#limit };
    const wave = new Waves().next(this.#frontier(), all).filter(isPage);
    const others = () => this.possible().map(part => part.read);
    return this.#remove(wave.length > 0 ? wave : others().filter(isPage));
  }

  /** The pages that may contain results and need no request, as `isAtHand` tells; they are read before the next trip. */
  pagesAtHand(isAtHand: (page: PageRead) => boolean): Read[] {
    const isRead = ({ read }: Part) => read.kind === 'page' && isAtHand(read);
    // The test is cheaper than the choice of parts, and usually fails.
    if (!this.#unread.some(isRead)) return [];
    return this.#remove(
      this.possible()
        .filter(isRead)
        .map(({ read }) => read),
    );
  }

  /** Unread parts that may contain results, judged by the tree and the rows found; nearest first. */
  possible(): Part[] {
    if (this.#limit === this.#taken) return [];
    const frontier = this.#frontier();
    const radius = certainRadius(frontier, this.#limit - this.#taken);
    return frontier.parts.filter(part => part.nearest <= radius);
  }

  /**
   * Adds a node of the tree with its descendants in the page: first the root, later the top node of each page read.
   */
  addNode(node: TreeNode, read?: PageRead): void {
    // The systems of the page are counted below; until now its branch counted for them.
    if (read && this.#farthest(node.bounds) < Number.POSITIVE_INFINITY) this.#certain -= read.systems;
    this.#addTree(node, new Map());
  }

  /**
   * Adds the rows of a chunk.
   * @param matches rows that match the filter, as bits; all if undefined
   */
  addChunk(chunk: Chunk, read: ChunkRead, matches?: Uint8Array): void {
    const { x, y, z } = chunk;
    for (const [start, end] of read.ranges) {
      for (let row = start; row < end; row++) {
        if (matches && !((matches[row >> 3]! >> (row & 7)) & 1)) continue;
        const distance = this.#volume.distance(x[row]!, y[row]!, z[row]!);
        if (distance > this.#reach) continue;
        this.#hits.add(chunk, row, distance);
        if (this.#hits.length > 2 * this.#limit + 64) this.#sortHits();
      }
    }
  }

  /** Takes the rows that no unread row can precede, in order. */
  take(): Hits {
    const { parts, hits } = this.#frontier();
    const [unread] = parts;
    const count = unread ? hits.before(unread.nearest, firstIdOf(unread)) : hits.length;
    this.#taken += count;
    return hits.take(count);
  }

  /** Drops parts that cannot contain results, and sorts the others. */
  #frontier(): Frontier {
    this.#sortHits();
    const last = this.#limit - this.#taken - 1;
    const isPossible = (part: Part) => this.#hits.compare(last, part.nearest, firstIdOf(part)) >= 0;
    if (this.#hits.distance(last) !== undefined) this.#unread = this.#unread.filter(isPossible);
    this.#unread.sort(compareParts);
    const isFiltered = this.#filter !== undefined;
    const expected = (systems: number) => this.#filter?.expected(systems) ?? systems;
    return { parts: this.#unread, hits: this.#hits, volume: this.#volume, isFiltered, expected };
  }

  /** An upper bound of the distances of all systems in a box; Infinity if one of them may be no result. */
  #farthest(bounds: Bounds): number {
    return this.#filter ? Number.POSITIVE_INFINITY : this.#volume.farthest(bounds);
  }

  /** Sorts the rows found and drops those beyond the limit. */
  #sortHits(): void {
    const left = this.#limit - this.#taken;
    this.#hits.sort(left);
    this.#reach = this.#hits.distance(left - 1) ?? this.#reach;
  }

  #remove(reads: readonly Read[]): Read[] {
    const removed = new Set(reads);
    this.#unread = this.#unread.filter(part => !removed.has(part.read));
    return [...removed];
  }

  #addTree(node: TreeNode, chunks: Map<ChunkFile, ChunkRead>): void {
    const { bounds } = node;
    const nearest = this.#volume.nearest(bounds);
    if (nearest === Number.POSITIVE_INFINITY || this.#filter?.mayMatch(node) === false) return;
    if (node.kind === 'inner') {
      for (const child of node.children) this.#addTree(child, chunks);
      return;
    }
    const farthest = this.#farthest(bounds);
    const { systems } = node.counts;
    if (farthest < Number.POSITIVE_INFINITY) this.#certain += systems;
    if (node.kind === 'branch') {
      const read: PageRead = { kind: 'page', ref: node.ref, node, systems };
      this.#unread.push({ read, bounds, systems, nearest, farthest });
      return;
    }
    for (const { chunk, start, end } of node.spans) {
      let read = chunks.get(chunk);
      if (!read) {
        read = { kind: 'chunk', ref: chunk.ref, file: chunk, ranges: [] };
        chunks.set(chunk, read);
      }
      read.ranges.push([start, end]);
      this.#unread.push({ read, bounds, systems: end - start, nearest, farthest });
    }
  }
}
