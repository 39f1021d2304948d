import { ExternalSort } from '../sort.ts';

/** Repeated ids told one by one; a set that has more is beyond telling. */
const TOLD = 20;

/** Finds ids that more than one system has, however many systems there are. */
export class IdCheck {
  readonly #sort: ExternalSort;

  /** @param path file for what does not fit into memory */
  constructor(path: string) {
    this.#sort = new ExternalSort(path);
  }

  add(id: string): void {
    this.#sort.add([id]);
  }

  /** What is wrong, in words. */
  problems(): string[] {
    const told: string[] = [];
    let more = 0;
    for (const { length, 0: first } of this.#sort.groups()) {
      if (length === 1) continue;
      if (told.length < TOLD) told.push(`the tree holds ${length} systems of the id "${first!.key[0]}"`);
      else more++;
    }
    return more > 0 ? [...told, `the tree holds ${more} more ids of several systems`] : told;
  }

  close(): void {
    this.#sort.close();
  }
}
