/**
 * Chooses the files to read next for the k nearest systems, with few round trips and few unnecessary files. Pure.
 *
 * Three radii bound the distance of hit k. It is at least L: fewer than k systems can be nearer, even if the systems
 * of every unread file are as near as its box allows. It is at most U: k systems are certainly that near, even if
 * those of every unread file are as far as its box allows. E is the expected radius if systems are evenly distributed
 * in boxes. A file nearer than L is needed in any order of reading. Files beyond L are read in the same round trip up
 * to min(U, E), as long as the unnecessary ones cannot cost more than the needed ones. Files much nearer than E are
 * almost certainly needed: around the corner of a cell, such as the origin, eight cells are equally near.
 */
import { type Frontier, firstIdOf, type Read } from './frontier.ts';

/** Number of systems in the result, and how many of them to read now. */
export interface Demand {
  readonly needed: number;
  /** Systems whose chunks are read now; at most `needed`. */
  readonly chunks: number;
  /** Systems whose tree pages are read now; at most `needed`. */
  readonly pages: number;
}

/**
 * E is the radius for this multiple of the wanted systems: boxes are not filled evenly, and a further round trip
 * costs more. With a filter it is the radius for the wanted systems, which is large already.
 */
const EXCESS = 1.25;

/**
 * Files nearer than this fraction of min(U, E) have a separate budget of eight files, since eight cells meet at a
 * corner.
 */
const NEAR = 1 / 32;
const CORNER = 8;

/** Bisections of the exponent of E; with 24, the error is below 0.0001. */
const STEPS = 24;

/** U: a distance within which `count` systems certainly lie; Infinity if unknown. */
export function certainRadius({ parts, hits }: Frontier, count: number): number {
  let radius = hits.distance(count - 1) ?? Number.POSITIVE_INFINITY;
  let certain = 0;
  for (const { farthest, systems } of parts.toSorted((a, b) => a.farthest - b.farthest)) {
    if (farthest >= radius) break;
    certain += systems;
    if (certain + hits.within(farthest) >= count) radius = farthest;
  }
  return radius;
}

/** min(U, E): a distance within which `count` systems probably lie. */
function probableRadius(frontier: Frontier, count: number): number {
  const { parts, hits, volume, expected: expectedOf } = frontier;
  const certain = certainRadius(frontier, count);
  const enough = frontier.isFiltered ? count : EXCESS * count;
  const isEnough = (radius: number) => {
    let expected = hits.within(radius);
    for (const { nearest, farthest, systems, bounds } of parts) {
      if (nearest > radius || expected >= enough) break;
      expected += expectedOf(systems) * (farthest <= radius ? 1 : volume.share(bounds, radius));
    }
    return expected >= enough;
  };
  let low = Number.MIN_VALUE;
  let high = Math.min(certain, Number.MAX_VALUE);
  if (!isEnough(high)) return certain;
  for (let step = 0; step < STEPS; step++) {
    // Geometric mean: boxes may be larger than distances by many orders of magnitude.
    const middle = Math.sqrt(low) * Math.sqrt(high);
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** Number of parts that must be read before `count` systems can be known: L as an index. */
function neededParts({ parts, hits }: Frontier, count: number): number {
  if (count === Number.POSITIVE_INFINITY) return parts.length;
  let possible = 0;
  const end = parts.findIndex(part => {
    const isEnough = possible + hits.before(part.nearest, firstIdOf(part)) >= count;
    possible += part.systems;
    return isEnough;
  });
  return end < 0 ? parts.length : end;
}

/**
 * Guesses per needed file if there is a filter. L says little then, because each unread file may hold all results: with 1
 * guess it takes two round trips more.
 */
const FILTERED_GUESSES = 2;

/** Chooses reads wave by wave, and counts those that may be unnecessary. */
export class Waves {
  /** Maximum number of guesses per needed file, and of their bytes per needed byte. */
  readonly #rate: number;
  /** Reads that were needed: initially the index and the root page, whose lengths do not matter. */
  readonly #needed = { files: 2, bytes: 0 };
  /** Reads that may be unnecessary, with the nearest distance of their systems. */
  #guesses: { readonly nearest: number; readonly bytes: number; readonly isNear: boolean }[] = [];

  constructor(isFiltered = false) {
    this.#rate = isFiltered ? FILTERED_GUESSES : 1;
  }

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
    // Pages first: they make later guesses better.
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

  /**
   * Accepts a guess; false if unnecessary reads could then cost more than needed ones, or if a corner has no more
   * cells.
   */
  #guess(nearest: number, bytes: number, isNear: boolean): boolean {
    const guesses = this.#guesses.filter(guess => guess.isNear === isNear);
    const total = guesses.reduce((sum, guess) => sum + guess.bytes, bytes);
    const [files, most] = [this.#rate * this.#needed.files, this.#rate * this.#needed.bytes];
    if (isNear ? guesses.length >= CORNER : guesses.length >= files || total > most) return false;
    this.#guesses.push({ nearest, bytes, isNear });
    return true;
  }

  /** Counts guesses nearer than L as needed. */
  #settle(least: number): void {
    for (const { nearest, bytes } of this.#guesses) if (nearest < least) this.#need(bytes);
    this.#guesses = this.#guesses.filter(({ nearest }) => nearest >= least);
  }
}
