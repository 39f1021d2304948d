/** Keys of the keyed shape: the name, and where names meet, the name and the id. */
import type { SystemRecord, Tileset } from '../../client/index.ts';
import { ExternalSort } from '../sort.ts';
import { requiredKey } from './record.ts';

/** Tells the key of a system by its place in the order of `Tileset.records`. */
export type KeyOf = (system: SystemRecord, ordinal: number) => string;

/**
 * Finds keys that are all different: the name; `name (id)` where another system has the name as its key, too; and
 * where one such key is a name again, ids are repeated until all differ, which they do at last, since no id is
 * there twice. Reads the chunks, and no details, once if all names differ, and once more for each further round.
 * Memory: a bit a system, and what the external sort holds.
 *
 * @param scratch folder for the external sort
 */
export async function findKeys(
  tileset: Tileset,
  scratch: string,
  signal: AbortSignal | undefined,
): Promise<KeyOf> {
  const longer = new Uint8Array(Math.ceil(tileset.counts.systems / 8));
  let repeats = 0;
  const keyOf: KeyOf = (system, ordinal) => {
    const isLonger = (longer[ordinal >> 3]! >> (ordinal & 7)) & 1;
    return requiredKey(system) ?? shown(system.name) + ` (${system.id})`.repeat(isLonger && repeats);
  };
  for (;;) {
    const sort = new ExternalSort(`${scratch}/keys-${repeats}`, 2);
    try {
      let ordinal = 0;
      for await (const batch of tileset.records({ details: false, signal })) {
        for (const system of batch) {
          const isFree = requiredKey(system) === undefined ? 1 : 0;
          sort.add([keyOf(system, ordinal)], [ordinal, isFree]);
          ordinal++;
        }
      }
      let collisions = 0;
      for (const group of sort.groups()) {
        if (group.length === 1) continue;
        collisions++;
        for (const { numbers } of group) {
          const [at, isFree] = numbers as [number, number];
          if (isFree) longer[at >> 3]! |= 1 << (at & 7);
        }
      }
      if (collisions === 0) return keyOf;
    } finally {
      sort.close();
    }
    repeats++;
  }
}

/** Keys that begin with an underscore are no systems to any reader of the shape. */
function shown(name: string): string {
  return name.startsWith('_') ? `'${name}'` : name;
}
