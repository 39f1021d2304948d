interface Entry {
  readonly value: unknown;
  readonly cost: number;
}

/**
 * Keeps the most recently used values whose costs sum to at most a budget, in bytes.
 *
 * A value that costs more than the whole budget is not kept, and makes no other go; otherwise as few go as make room.
 */
export class LruCache {
  readonly budget: number;
  /** Sum of the costs kept; never more than `budget`. */
  bytes = 0;
  /** A Map lists its keys in order of insertion: here, least recently used first. */
  readonly #entries = new Map<string, Entry>();

  constructor(budget: number) {
    this.budget = budget;
  }

  /** The entry of a key, then the most recently used; undefined where there is none. */
  get(key: string): { readonly value: unknown } | undefined {
    const entry = this.#entries.get(key);
    if (entry) {
      this.#entries.delete(key);
      this.#entries.set(key, entry);
    }
    return entry;
  }

  /** Keeps a value, in place of an older one of the same key. */
  set(key: string, value: unknown, cost: number): void {
    this.#delete(key);
    if (!(cost >= 0 && cost <= this.budget)) return;
    for (const oldest of this.#entries.keys()) {
      if (this.bytes + cost <= this.budget) break;
      this.#delete(oldest);
    }
    this.#entries.set(key, { value, cost });
    this.bytes += cost;
  }

  #delete(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.bytes -= entry.cost;
  }
}
