/**
 * Splits the values of searched fields into rows of words. A value of few systems has a row per system and word. A
 * value of many systems has one row per word, and its systems are in a separate table.
 */
import { OF_VALUE } from '#format/btree/search-schemas.ts';
import { Entries, endAt, HEADER, keyAt, keyEndAt } from '#pipeline/spill/entries.ts';
import { END } from '#pipeline/spill/key-bytes.ts';
import { SystemEncoder, systemAt } from './system-rows.ts';
import { addVocabulary, addWords } from './table-rows.ts';

/** Maximum number of systems of a value with a row per system and word. */
export const FEW = 16;

export class ValueSplitter {
  readonly #infix: boolean;
  readonly #many: (value: string) => boolean;
  readonly words = new Entries();
  readonly vocabulary = new Entries();
  /** The systems of values with many systems. */
  readonly rows = new Entries();
  readonly #encoder = new SystemEncoder();

  /**
   * @param isMany true for a value that has more systems in other ranges, so that it counts as a value of many
   *   systems
   */
  constructor(infix: boolean, isMany: (value: string) => boolean) {
    this.#infix = infix;
    this.#many = isMany;
  }

  /** Adds sorted entries of systems by value. */
  take(arena: Buffer, order: readonly number[]): void {
    let first = 0;
    for (let i = 1; i <= order.length; i++) {
      if (i < order.length && sameValue(arena, order[first]!, order[i]!)) continue;
      this.#group(arena, order.slice(first, i));
      first = i;
    }
  }

  #group(arena: Buffer, group: readonly number[]): void {
    if (group.length === 0) return;
    const [value] = keyAt(arena, group[0]!) as [string];
    if (group.length > FEW || this.#many(value)) {
      for (const start of group) {
        this.rows.begin(endAt(arena, start) - start);
        this.rows.raw(arena, start + HEADER, keyEndAt(arena, start)).endKey();
        this.rows.raw(arena, keyEndAt(arena, start), endAt(arena, start)).end();
      }
      // One row for all systems; its mark is their number.
      this.#encoder.set({ id: '', name: value, region: '', x: 0, y: 0, z: 0 });
      this.#words(value, true, group.length);
    } else {
      for (const start of group) {
        const [, name, id] = keyAt(arena, start) as [string, string, string];
        this.#encoder.set(systemAt(arena, start, endAt(arena, start), name, id));
        this.#words(value, false, OF_VALUE);
      }
    }
    if (this.#infix) addVocabulary(this.vocabulary, value, group.length);
  }

  #words(value: string, isName: boolean, mark: number): void {
    addWords(value, isName, (window, before) => this.#encoder.add(this.words, mark, window, before));
  }
}

function sameValue(arena: Buffer, a: number, b: number): boolean {
  const endA = arena.indexOf(END, a + HEADER);
  const endB = arena.indexOf(END, b + HEADER);
  if (endA - a !== endB - b) return false;
  return arena.compare(arena, b + HEADER, endB, a + HEADER, endA) === 0;
}
