import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExternalSort } from '../sort.ts';

/** Repeated ids told one by one; a set that has more is beyond telling. */
const TOLD = 20;

/** Finds ids that more than one system has, however many systems there are. */
export class IdCheck {
  readonly #folder = mkdtempSync(join(tmpdir(), 'haven-chunks-verify-'));
  readonly #sort = new ExternalSort(join(this.#folder, 'ids'), 0);

  add(id: string): void {
    this.#sort.add(id, []);
  }

  /** What is wrong, in words. */
  problems(): string[] {
    const told: string[] = [];
    let more = 0;
    for (const { length, 0: first } of this.#sort.groups()) {
      if (length === 1) continue;
      if (told.length < TOLD) told.push(`the tree holds ${length} systems of the id "${first!.key}"`);
      else more++;
    }
    return more > 0 ? [...told, `the tree holds ${more} more ids of several systems`] : told;
  }

  close(): void {
    this.#sort.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
