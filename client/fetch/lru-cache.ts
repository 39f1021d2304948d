interface Entry {
  readonly value: unknown;
  readonly cost: number;
}

/**
 * Cache of the most recently used values, with a budget in bytes.
 *
 * A value that costs more than the budget is not kept, and evicts nothing; otherwise the fewest possible values are
 * evicted.
 */
export class LruCache {
  readonly budget: number;
  /** Sum of the costs of all values; never more than `budget`. */
  bytes = 0;
  /** A Map lists its keys in order of insertion: here, least recently used first. */
  readonly #entries = new Map<string, Entry>();

  constructor(budget: number) {
    this.budget = budget;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** The entry of a key, which becomes the most recently used; undefined if there is none. */
  get(key: string): { readonly value: unknown } | undefined {
    const entry = this.#entries.get(key);
    if (entry) {
      this.#entries.delete(key);
      this.#entries.set(key, entry);
    }
    return entry;
  }

  /** Adds a value, or replaces that of the same key. */
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
