/** Weighs many entries of a table: by the engine, or one by one in JavaScript. */
import type { Engine } from '#pipeline/engine/engine-module.ts';
import { type LeafLayout, weighLeafOf } from '#pipeline/engine/leaf-packer.ts';
import { bytesOf, entriesBetween, type Sorted } from '#pipeline/spill/sort-entries.ts';
import type { WeighEntry } from './weigh-entries.ts';

/** How the rows of entries are weighed. */
export interface EntryWeigher {
  readonly weigh: WeighEntry;
  /** For the engine, which gives the same weights. */
  readonly layout: LeafLayout;
}

/** Entries that the engine weighs together. */
const PART = 1024;

/**
 * Weighs sorted entries, some at a time: yields the hash and the weight of each, one after another, as `weigh` gives
 * them; the numbers are valid until the next are requested. The engine gives the weights of the reference, which takes
 * what the engine refuses.
 */
export function* weighAll(
  engine: Engine,
  { weigh, layout }: EntryWeigher,
  sorted: Sorted,
): Generator<Uint32Array, void, undefined> {
  const { arena, order } = sorted;
  const weights = new Uint32Array(2 * Math.min(PART, order.length));
  for (let from = 0; from < order.length; from += PART) {
    const part = entriesBetween(sorted, from, from + PART);
    const count = part.order.length;
    const weighed = engine === 'wasm' ? weighLeafOf(bytesOf(part), count, layout) : undefined;
    if (weighed) weights.set(weighed);
    else weighEach(arena, part.order, weigh, weights);
    yield weights.subarray(0, 2 * count);
  }
}

function weighEach(arena: Buffer, order: Uint32Array, weigh: WeighEntry, weights: Uint32Array): void {
  for (let i = 0; i < order.length; i++) {
    const { hash, weight } = weigh(arena, order[i]!);
    weights[2 * i] = hash;
    weights[2 * i + 1] = weight;
  }
}
