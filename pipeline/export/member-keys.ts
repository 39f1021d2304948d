/** Finds the keys of the keyed shape: the name, or for repeated names, the name and the id. */
import type { SystemRecord, Tileset } from '#client/index.ts';
import { compareKeys, keyEndAt } from '#pipeline/spill/entries.ts';
import { KeySort } from '#pipeline/spill/key-sort.ts';
import type { Sorted } from '#pipeline/spill/sort-entries.ts';
import { folderStore } from '#pipeline/store/folder-store.ts';
import { requiredKey } from './exported-record.ts';

/** Returns the key of a system; `ordinal` is its index in the order of `Tileset.records`. */
export type KeyOf = (system: SystemRecord, ordinal: number) => string;

/**
 * Finds unique keys: the name; `name (id)` if another system has the same key; and if that key is a name again, the
 * id is repeated until all keys differ, which ends because ids are unique. Reads the chunks, without details, once if
 * all names differ, and once more for each further round. Memory: one bit per system, and that of the sort.
 *
 * @param scratch folder for the temporary files of the sort
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
    const sort = new KeySort(folderStore(scratch), `keys-${repeats}`);
    let ordinal = 0;
    for await (const batch of tileset.records({ details: false, signal })) {
      for (const system of batch) {
        const isFree = requiredKey(system) === undefined ? 1 : 0;
        sort.entries.add([keyOf(system, ordinal)], [ordinal, isFree]);
        ordinal++;
      }
      await sort.flush();
    }
    let collisions = 0;
    for await (const sorted of sort.sorted()) {
      for (const [at, isFree] of collidingIn(sorted)) {
        collisions++;
        if (isFree) longer[at >> 3]! |= 1 << (at & 7);
      }
    }
    if (collisions === 0) return keyOf;
    repeats++;
  }
}

/** Ordinals of the systems with a repeated key, and whether each may get another key. */
function* collidingIn({ arena, order }: Sorted): Generator<[ordinal: number, isFree: number]> {
  const isEqual = (i: number) =>
    i > 0 && i < order.length && compareKeys(arena, order[i - 1]!, arena, order[i]!) === 0;
  for (const [i, start] of order.entries()) {
    if (!isEqual(i) && !isEqual(i + 1)) continue;
    const at = keyEndAt(arena, start);
    yield [arena.readDoubleLE(at), arena.readDoubleLE(at + 8)];
  }
}

/** Quotes a name that begins with an underscore: readers of the shape skip such keys. */
function shown(name: string): string {
  return name.startsWith('_') ? `'${name}'` : name;
}
