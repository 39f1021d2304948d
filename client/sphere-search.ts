/**
 * A sphere query as a pure state machine: it says which files to read next, is given their contents, and gives rows
 * out in order of (distance, id) as soon as nothing unread can come before them. No I/O happens here.
 */

import TinyQueue from 'tinyqueue';
import { distance, farthestDistance, nearestDistance } from './format/cell.ts';
import type { Chunk } from './format/chunk.ts';
import type { FileRef } from './format/ref.ts';
import { compareText } from './format/text.ts';
import type { ChunkFile, TreeNode } from './format/tree.ts';

/** A sphere, or a shell where `minRadius` is above 0; both radii are included. */
export interface Sphere {
  readonly center: readonly [number, number, number];
  readonly radius: number;
  readonly minRadius: number;
  /** Most rows wanted; Infinity for all. */
  readonly limit: number;
}

/** A row found: where it is, and how far. */
export interface Hit {
  readonly chunk: Chunk;
  readonly row: number;
  readonly distance: number;
}

/** A page of the tree that is to be read. */
export interface PageRead {
  readonly kind: 'page';
  readonly ref: FileRef;
  /** Distances of its nearest and its farthest place that systems can be at. */
  readonly nearest: number;
  readonly farthest: number;
  /** Systems of which some may count, and the volume of the box that holds them. */
  readonly systems: number;
  readonly volume: number;
}

/** A chunk that is to be read, with the rows of it that may count. */
export interface ChunkRead {
  readonly kind: 'chunk';
  readonly ref: FileRef;
  readonly file: ChunkFile;
  nearest: number;
  farthest: number;
  systems: number;
  volume: number;
  readonly ranges: [start: number, end: number][];
}

export type Read = PageRead | ChunkRead;

/** How many more systems than wanted are aimed at when nothing but a density is known. */
const EXCESS = 1.5;

/**
 * A radius within which `limit` systems lie for certain, by what is known of some files: what is wholly beyond it
 * is not needed. At most the sphere's own radius.
 */
export function limitRadius(reads: readonly Read[], { limit, radius, minRadius }: Sphere): number {
  let systems = 0;
  const whole = reads.filter(read => read.nearest >= minRadius).sort((a, b) => a.farthest - b.farthest);
  for (const read of whole) {
    systems += read.systems;
    if (systems >= limit) return Math.min(radius, read.farthest);
  }
  return radius;
}

export class SphereSearch {
  readonly #sphere: Sphere;
  readonly #unread = new TinyQueue<Read>([], compareReads);
  readonly #found = new TinyQueue<Hit>([], compareHits);
  /** The `limit` first hits so far, the last of them on top: what comes after it cannot count. */
  readonly #best = new TinyQueue<Hit>([], (a, b) => compareHits(b, a));
  /** Reads under way, whose rows are not known yet. */
  readonly #reading = new Set<Read>();
  #given = 0;
  #certain = 0;

  constructor(sphere: Sphere) {
    this.#sphere = sphere;
  }

  /** Systems that are known to lie in the sphere from the tree alone. */
  get certain(): number {
    return this.#certain;
  }

  /** Distance beyond which nothing can count, as far as is known. */
  get reach(): number {
    const { limit, radius } = this.#sphere;
    return this.#best.length < limit ? radius : Math.min(radius, this.#best.peek()?.distance ?? radius);
  }

  /**
   * Takes the files to read next off the plan, nearest first; none when no unread file can count.
   *
   * Under a limit, as long as too few rows are known to bound the search, these are the files that no order of
   * reading could do without, and those within the radius that the nearest one's density lets expect; afterwards
   * all that meet the ball known to hold enough. So few round trips cost few needless bytes.
   * @param most how many at the most
   */
  next(most: number): Read[] {
    const { limit } = this.#sphere;
    const reads: Read[] = [];
    const bounded = this.#best.length >= limit;
    const expected = expectedRadius(this.#unread.peek(), limit);
    for (let awaited = this.#best.length; reads.length < most && limit > 0; ) {
      const read = this.#unread.peek();
      if (!read || read.nearest > this.reach) break;
      if (!bounded && awaited >= limit && read.nearest >= expected) break;
      if (bounded && this.#comesAfter(read)) {
        this.#unread.pop();
        continue;
      }
      awaited += read.systems;
      this.#unread.pop();
      this.#reading.add(read);
      reads.push(read);
    }
    return reads;
  }

  /** Whether all rows of a file come after the hits that suffice: as far as the last of them, and of higher ids. */
  #comesAfter(read: Read): boolean {
    const last = this.#best.peek();
    const firstId = firstIdOf(read);
    if (!last || firstId === '' || read.nearest < last.distance) return false;
    return compareText(firstId, last.chunk.id[last.row]!) > 0;
  }

  /** Adds a node of the tree and what is below it in its page: the top node first, later that of each page read. */
  addNode(node: TreeNode, read?: PageRead): void {
    if (read) this.#reading.delete(read);
    // The page now stands for itself, no longer its branch.
    if (read && this.#holds(read)) this.#certain -= read.systems;
    const chunks = new Map<ChunkFile, ChunkRead>();
    this.#addTree(node, chunks);
    for (const chunk of chunks.values()) this.#unread.push(chunk);
  }

  /** Adds the rows of a chunk that was read. */
  addChunk(chunk: Chunk, read: ChunkRead): void {
    this.#reading.delete(read);
    const { center, radius, minRadius, limit } = this.#sphere;
    const [cx, cy, cz] = center;
    const { x, y, z } = chunk;
    for (const [start, end] of read.ranges) {
      for (let row = start; row < end; row++) {
        const away = distance(x[row]! - cx, y[row]! - cy, z[row]! - cz);
        if (away < minRadius || away > radius) continue;
        const hit = { chunk, row, distance: away };
        if (limit !== Infinity) {
          if (away > this.reach) continue;
          this.#best.push(hit);
          if (this.#best.length > limit) this.#best.pop();
        }
        this.#found.push(hit);
      }
    }
  }

  /** Rows that nothing unread can come before, in order. */
  *take(): Generator<Hit> {
    let open = this.#unread.peek()?.nearest ?? Infinity;
    for (const read of this.#reading) open = Math.min(open, read.nearest);
    while (this.#given < this.#sphere.limit) {
      const hit = this.#found.peek();
      // A row as near as an unread file could be preceded by one of a lesser id there.
      if (!hit || (hit.distance >= open && open <= this.reach)) return;
      this.#found.pop();
      this.#given++;
      yield hit;
    }
  }

  /** True for what lies in the sphere as a whole. */
  #holds({ nearest, farthest }: { nearest: number; farthest: number }): boolean {
    return farthest <= this.#sphere.radius && nearest >= this.#sphere.minRadius;
  }

  #addTree(node: TreeNode, chunks: Map<ChunkFile, ChunkRead>): void {
    const { center, radius, minRadius } = this.#sphere;
    const nearest = nearestDistance(node.bounds, ...center);
    const farthest = farthestDistance(node.bounds, ...center);
    if (nearest > radius || farthest < minRadius) return;
    if (node.kind === 'inner') {
      for (const child of node.children) this.#addTree(child, chunks);
      return;
    }
    const { systems } = node.counts;
    const { min, max } = node.bounds;
    const volume = (max[0] - min[0]) * (max[1] - min[1]) * (max[2] - min[2]);
    if (this.#holds({ nearest, farthest })) this.#certain += systems;
    if (node.kind === 'branch') {
      this.#unread.push({ kind: 'page', ref: node.ref, nearest, farthest, systems, volume });
      return;
    }
    for (const { chunk, start, end } of node.spans) {
      const read = chunks.get(chunk);
      if (read) {
        read.nearest = Math.min(read.nearest, nearest);
        read.farthest = Math.max(read.farthest, farthest);
        read.systems += end - start;
        read.volume += volume;
        read.ranges.push([start, end]);
      } else {
        const { ref } = chunk;
        chunks.set(chunk, {
          kind: 'chunk',
          ref,
          file: chunk,
          nearest,
          farthest,
          systems: end - start,
          volume,
          ranges: [[start, end]],
        });
      }
    }
  }
}

/** Radius of a ball that would hold a little over `limit` systems, were all of space as dense as the nearest file. */
function expectedRadius(read: Read | undefined, limit: number): number {
  if (!read) return 0;
  const volume = (EXCESS * limit * read.volume) / read.systems;
  return read.nearest + Math.cbrt((3 * volume) / (4 * Math.PI));
}

/** Nearest first; parts of one leaf of many systems on one point by id. */
function compareReads(a: Read, b: Read): number {
  return a.nearest - b.nearest || compareText(firstIdOf(a), firstIdOf(b));
}

function firstIdOf(read: Read): string {
  return read.kind === 'chunk' ? read.file.firstId : '';
}

function compareHits(a: Hit, b: Hit): number {
  return a.distance - b.distance || compareText(a.chunk.id[a.row]!, b.chunk.id[b.row]!);
}
