import { compareKeys, keyAt } from '../spill/entries.ts';
import { KeySort } from '../spill/key-sort.ts';
import type { Store } from '../store/store.ts';

/** Repeated ids told one by one; a set that has more is beyond telling. */
const TOLD = 20;

/** Finds ids that more than one system has, however many systems there are. */
export class IdCheck {
  readonly #sort: KeySort;

  /** @param store for what does not fit into memory */
  constructor(store: Store) {
    this.#sort = new KeySort(store, 'ids');
  }

  async add(id: string): Promise<void> {
    this.#sort.entries.add([id]);
    await this.#sort.flush();
  }

  /** What is wrong, in words. */
  async problems(): Promise<string[]> {
    const told: string[] = [];
    let more = 0;
    // Entries of one key are never cut apart.
    for await (const { arena, order } of this.#sort.sorted()) {
      for (let first = 0, next = 1; first < order.length; first = next++) {
        while (next < order.length && compareKeys(arena, order[first]!, arena, order[next]!) === 0) next++;
        if (next - first === 1) continue;
        const [id] = keyAt(arena, order[first]!);
        if (told.length < TOLD) told.push(`the tree holds ${next - first} systems of the id "${id}"`);
        else more++;
      }
    }
    return more > 0 ? [...told, `the tree holds ${more} more ids of several systems`] : told;
  }
}
