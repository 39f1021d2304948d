import { compareKeys, keyAt } from '#pipeline/spill/entries.ts';
import { KeySort } from '#pipeline/spill/key-sort.ts';
import type { Store } from '#pipeline/store/store.ts';

/** Maximum number of repeated ids that are listed. */
const LISTED = 20;

/** Finds repeated ids, among any number of systems. */
export class IdCheck {
  readonly #sort: KeySort;

  /** @param store for entries that do not fit into memory */
  constructor(store: Store) {
    this.#sort = new KeySort(store, 'ids');
  }

  async add(id: string): Promise<void> {
    this.#sort.entries.add([id]);
    await this.#sort.flush();
  }

  /** One message per repeated id. */
  async problems(): Promise<string[]> {
    const problems: string[] = [];
    let more = 0;
    // Entries with the same key are always in the same piece.
    for await (const { arena, order } of this.#sort.sorted()) {
      for (let first = 0, next = 1; first < order.length; first = next++) {
        while (next < order.length && compareKeys(arena, order[first]!, arena, order[next]!) === 0) next++;
        if (next - first === 1) continue;
        const [id] = keyAt(arena, order[first]!);
        if (problems.length < LISTED) problems.push(`${next - first} systems have the id "${id}"`);
        else more++;
      }
    }
    return more > 0 ? [...problems, `${more} further ids belong to several systems`] : problems;
  }
}
