/** Weighs many entries of a table: by the engine, or one by one in JavaScript. */
import type { Weighed } from '#format/btree/page.ts';
import type { Engine } from '#pipeline/engine/engine-module.ts';
import { type LeafLayout, weighLeafOf } from '#pipeline/engine/leaf-packer.ts';
import { entriesOf } from './leaf-encoder.ts';
import type { WeighEntry } from './weigh-entries.ts';

/** The hash and the weight of each of some entries, as `weigh` gives them. */
export class EntryWeights {
  readonly #numbers: Uint32Array;

  constructor(entries: number) {
    this.#numbers = new Uint32Array(2 * entries);
  }

  at(entry: number): Weighed {
    return { hash: this.#numbers[2 * entry]!, weight: this.#numbers[2 * entry + 1]! };
  }

  /** @param numbers hash and weight of each entry, from one entry on */
  set(entry: number, numbers: ArrayLike<number>): void {
    this.#numbers.set(numbers, 2 * entry);
  }
}

/** Entries that the engine weighs together. */
const PART = 1024;

/** Weighs entries of a table. The engine gives the weights of the reference, which takes what the engine refuses. */
export function weighAll(
  engine: Engine,
  { weigh, layout }: { readonly weigh: WeighEntry; readonly layout: LeafLayout },
  arena: Buffer,
  starts: readonly number[],
): EntryWeights {
  const weights = new EntryWeights(starts.length);
  for (let from = 0; from < starts.length; from += PART) {
    const part = starts.slice(from, from + PART);
    const numbers = engine === 'wasm' ? weighLeafOf(entriesOf(arena, part), layout) : undefined;
    if (numbers) weights.set(from, numbers);
    else
      part.forEach((start, i) => {
        const { hash, weight } = weigh(arena, start);
        weights.set(from + i, [hash, weight]);
      });
  }
  return weights;
}
