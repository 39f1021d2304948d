/** Sorts any number of entries: writes them as runs to a store, and reads these in order, range by range. */
import type { Store } from '#pipeline/store/store.ts';
import { Entries } from './entries.ts';
import { packKeyRun, sortedBatches } from './key-runs.ts';
import { type EntrySort, type Sorted, sortInScript } from './sort-entries.ts';

const DEFAULT_BYTES = 16 * 1024 * 1024;

export class KeySort {
  readonly #store: Store;
  readonly #name: string;
  readonly #bytes: number;
  readonly #sort: EntrySort;
  readonly #runs: string[] = [];
  /** Add entries here, and await `flush` regularly. */
  readonly entries = new Entries();

  /**
   * @param name folder of the runs
   * @param bytes maximum bytes of entries in memory
   */
  constructor(store: Store, name: string, bytes = DEFAULT_BYTES, sort = sortInScript) {
    this.#store = store;
    this.#name = name;
    this.#bytes = bytes;
    this.#sort = sort;
  }

  /** Writes a run if there are enough entries. */
  async flush(): Promise<void> {
    if (this.entries.bytes > this.#bytes) await this.#write();
  }

  /** All entries in order; can be called again if no entries were added. */
  async *sorted(): AsyncGenerator<Sorted, void, undefined> {
    if (this.entries.bytes > 0) await this.#write();
    this.entries.release();
    yield* sortedBatches(this.#store, this.#runs, this.#bytes, this.#sort);
  }

  async #write(): Promise<void> {
    const path = `${this.#name}/${this.#runs.length}`;
    await this.#store.put(path, packKeyRun(this.entries, { sort: this.#sort }));
    this.#runs.push(path);
    this.entries.clear();
  }
}
