/**
 * From the values of searched fields to rows of words: few systems of a value stand at each of its words; of many, the
 * value does, and they in a table of their own.
 */
import { OF_VALUE } from '#format/btree/search-schemas.ts';
import { Entries, endAt, HEADER, keyAt, keyEndAt } from '#pipeline/spill/entries.ts';
import { END } from '#pipeline/spill/key-bytes.ts';
import { SystemEncoder, systemAt } from './system-rows.ts';
import { addVocabulary, addWords } from './table-rows.ts';

/** A value of more systems is written once for each of its words, not once for each system and word. */
export const FEW = 16;

export class ValueSplitter {
  readonly #infix: boolean;
  readonly #many: (value: string) => boolean;
  readonly words = new Entries();
  readonly vocabulary = new Entries();
  /** The systems of values that many have. */
  readonly rows = new Entries();
  readonly #encoder = new SystemEncoder();

  /** @param isMany true for a value of which others have systems as well, so many that it has a table's rows */
  constructor(infix: boolean, isMany: (value: string) => boolean) {
    this.#infix = infix;
    this.#many = isMany;
  }

  /** Takes sorted entries of systems by value. */
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
      // One row stands for all of them, and says by its mark how many.
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
