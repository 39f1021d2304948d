/** A catalogue that random edits change: the same seed makes the same history. */
import type { JsonObject } from '#format/json.ts';
import { recordText } from '#format/json-text.ts';

/** The systems of a set, and those that were deleted, by id. */
export class RandomCatalogue {
  readonly #live: Map<string, JsonObject>;
  readonly #gone = new Map<string, JsonObject>();
  readonly #random: () => number;

  constructor(records: readonly JsonObject[], seed: number) {
    this.#random = seeded(seed);
    this.#live = new Map(records.map(record => [record['id'] as string, record]));
  }

  get size(): number {
    return this.#live.size;
  }

  *texts(): Generator<string, void, undefined> {
    for (const [id, record] of this.#live) yield recordText(record, id);
  }

  /** Makes 1 to 1,000 random edits of different systems: few more often than many. */
  edit(): { upserts: string[]; deletions: string[] } {
    const count = Math.ceil(1_000 ** this.#random());
    const live = [...this.#live.keys()];
    const gone = [...this.#gone.keys()];
    const edited = new Set<string>();
    const [upserts, deletions]: string[][] = [[], []];
    for (let i = 0; i < count; i++) {
      const kind = this.#random();
      const isReturn = gone.length > 0 && (kind < 0.3 || live.length === 0);
      const id = this.#pick(isReturn ? gone : live)!;
      if (edited.has(id)) continue;
      edited.add(id);
      const returned = this.#gone.get(id);
      if (!returned && kind > 0.7) {
        deletions!.push(id);
        this.#gone.set(id, this.#live.get(id)!);
        this.#live.delete(id);
        continue;
      }
      const record = returned ?? this.#withFieldOf(this.#live.get(id)!, this.#live.get(this.#pick(live)!));
      this.#gone.delete(id);
      this.#live.set(id, record);
      upserts!.push(recordText(record, id));
    }
    return { upserts: upserts!, deletions: deletions! };
  }

  /** A record with a field of another one, if that is there still. */
  #withFieldOf(record: JsonObject, other: JsonObject = record): JsonObject {
    const field = this.#pick(Object.keys(other).filter(name => name !== 'id'));
    return field === undefined ? record : { ...record, [field]: other[field]! };
  }

  #pick<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.#random() * list.length)];
  }
}

/** Numbers in [0, 1) that are the same for the same seed: mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
