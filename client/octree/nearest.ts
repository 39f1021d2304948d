/**
 * Chooses the files to read next for the k nearest systems: few round trips, and few files that prove needless. Pure.
 *
 * Three radii bound the distance of hit k. It is at least L: fewer than k systems can be nearer, even if the systems
 * of every unread file are as near as its box allows. It is at most U: k systems are certainly that near, even if
 * those of every unread file are as far as its box allows. E is expected, as if systems were spread evenly in boxes.
 * A file nearer than L is needed whatever the order of reading. Files beyond L are read in the same round trip up to
 * min(U, E), as long as the needless ones among them cannot cost more than the needed ones. Those that are far nearer
 * than E are as good as needed: around the corner of a cell, which the origin is, eight cells are equally near.
 */
import { firstIndex } from '#client/query/order.ts';
import { type Frontier, type Hit, isBefore, type Read } from './frontier.ts';

/** How many systems the answer needs, and how many of them to read now. */
export interface Demand {
  readonly needed: number;
  /** Systems whose chunks are read now; at most `needed`. */
  readonly chunks: number;
  /** Systems whose tree pages are read now; at most `needed`. */
  readonly pages: number;
}

/** E is the radius of this many times the systems wanted: boxes are not filled evenly, and a round trip costs more. */
const EXCESS = 1.25;

/** Files nearer than this share of min(U, E) have a budget of their own: eight, as many cells as meet at a corner. */
const NEAR = 1 / 32;
const CORNER = 8;

/** Bisections of the exponent of E; 24 leave an error below a ten-thousandth. */
const STEPS = 24;

/** U: a distance within which so many systems lie for certain; Infinity where that is not known. */
export function certainRadius({ parts, hits }: Frontier, count: number): number {
  let radius = hits[count - 1]?.distance ?? Number.POSITIVE_INFINITY;
  let certain = 0;
  for (const { farthest, systems } of parts.toSorted((a, b) => a.farthest - b.farthest)) {
    if (farthest >= radius) break;
    certain += systems;
    if (certain + hitsWithin(hits, farthest) >= count) radius = farthest;
  }
  return radius;
}

/** min(U, E): a distance within which so many systems probably lie. */
function probableRadius(frontier: Frontier, count: number): number {
  const { parts, hits, volume } = frontier;
  const certain = certainRadius(frontier, count);
  const isEnough = (radius: number) => {
    let expected = hitsWithin(hits, radius);
    for (const { nearest, farthest, systems, bounds } of parts) {
      if (nearest > radius || expected >= EXCESS * count) break;
      expected += systems * (farthest <= radius ? 1 : volume.share(bounds, radius));
    }
    return expected >= EXCESS * count;
  };
  let low = Number.MIN_VALUE;
  let high = Math.min(certain, Number.MAX_VALUE);
  if (!isEnough(high)) return certain;
  for (let step = 0; step < STEPS; step++) {
    // The geometric mean: boxes may be larger than distances by many orders of magnitude.
    const middle = Math.sqrt(low) * Math.sqrt(high);
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function hitsWithin(hits: readonly Hit[], radius: number): number {
  return firstIndex(hits, hit => hit.distance > radius);
}

/** Parts that must be read before `count` systems can be known: the first so many. This is L as an index. */
function neededParts({ parts, hits }: Frontier, count: number): number {
  if (count === Number.POSITIVE_INFINITY) return parts.length;
  let possible = 0;
  const end = parts.findIndex(part => {
    const isEnough = possible + firstIndex(hits, hit => !isBefore(hit, part)) >= count;
    possible += part.systems;
    return isEnough;
  });
  return end < 0 ? parts.length : end;
}

/** Chooses reads wave by wave, and keeps account of those that may prove needless. */
export class Waves {
  /** What was read and is needed: at first the index and the root page, whose lengths do not matter. */
  readonly #needed = { files: 2, bytes: 0 };
  /** What was read and is not known to be needed, with the nearest distance of its systems. */
  #guesses: { readonly nearest: number; readonly bytes: number; readonly isNear: boolean }[] = [];

  next(frontier: Frontier, { needed, chunks, pages }: Demand): Read[] {
    const { parts } = frontier;
    const neededEnd = neededParts(frontier, needed);
    const wantedEnd = neededParts(frontier, chunks);
    this.#settle(parts[neededEnd]?.nearest ?? Number.POSITIVE_INFINITY);
    const reads = new Set(parts.slice(0, wantedEnd).map(part => part.read));
    for (const read of reads) this.#need(read.ref.length);
    if (wantedEnd === parts.length) return [...reads];
    const chunk = probableRadius(frontier, chunks);
    const radius = { chunk, page: pages === chunks ? chunk : probableRadius(frontier, pages) };
    // Pages first: they make everything after them less of a guess.
    for (const kind of ['page', 'chunk'] as const) {
      for (let i = wantedEnd; i < parts.length && parts[i]!.nearest < radius[kind]; i++) {
        const { read, nearest } = parts[i]!;
        if (read.kind !== kind || reads.has(read)) continue;
        if (i < neededEnd) this.#need(read.ref.length);
        // Parts are sorted by their nearest distance: no file is guessed at after a nearer one was not.
        else if (!this.#guess(nearest, read.ref.length, nearest < NEAR * radius[kind])) break;
        reads.add(read);
      }
    }
    return [...reads];
  }

  #need(bytes: number): void {
    this.#needed.files++;
    this.#needed.bytes += bytes;
  }

  /** False where this could make needless reads cost more than the needed ones, or a corner has no more cells. */
  #guess(nearest: number, bytes: number, isNear: boolean): boolean {
    const guesses = this.#guesses.filter(guess => guess.isNear === isNear);
    const total = guesses.reduce((sum, guess) => sum + guess.bytes, bytes);
    const { files, bytes: most } = this.#needed;
    if (isNear ? guesses.length >= CORNER : guesses.length >= files || total > most) return false;
    this.#guesses.push({ nearest, bytes, isNear });
    return true;
  }

  /** Guesses nearer than L were right. */
  #settle(least: number): void {
    for (const { nearest, bytes } of this.#guesses) if (nearest < least) this.#need(bytes);
    this.#guesses = this.#guesses.filter(({ nearest }) => nearest >= least);
  }
}
