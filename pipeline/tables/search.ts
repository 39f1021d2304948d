/** The tables that texts are searched by: words, the values that many systems have, and ways into words. */
import {
  indexedTexts,
  OF_NAME,
  OF_VALUE,
  PARTS,
  partsOf,
  type RootRef,
  SEARCHED_POINTS,
  type SearchMode,
  type SystemRow,
  searchedPart,
  VALUES,
  WORDS,
  windowBefore,
  windowOf,
  wordStarts,
} from '../../client/format/index.ts';
import type { FileSink } from '../context.ts';
import { ExternalSort } from '../sort.ts';
import { TableBuilder } from './builder.ts';
import { forEach, type Steps, totals } from './rows.ts';
import { type SortedSystem, SystemSort } from './system-sort.ts';

/** A value of more systems is written once for each of its words, not once for each system and word. */
export const FEW = 16;

export interface SearchRoots {
  readonly words: RootRef | null;
  readonly values: RootRef | null;
  readonly parts: RootRef | null;
}

export class SearchBuilder {
  readonly #scratch: string;
  readonly #mode: SearchMode;
  /** By a text from a word on. */
  readonly #words: SystemSort;
  readonly #values: SystemSort;
  /** By a word and what follows it. */
  readonly #vocabulary: ExternalSort;
  #cutTexts = 0;

  /** @param scratch prefix of files for what does not fit into memory */
  constructor(scratch: string, mode: SearchMode) {
    this.#scratch = scratch;
    this.#mode = mode;
    this.#words = new SystemSort(`${scratch}-words`, 2);
    this.#values = new SystemSort(`${scratch}-values`, 1);
    this.#vocabulary = new ExternalSort(`${scratch}-vocabulary`, 1);
  }

  /** Texts so far that are not indexed, or not to their end. */
  get cutTexts(): number {
    return this.#cutTexts;
  }

  /**
   * Takes a system.
   * @param name its folded name, where names are searched
   * @param values the folded values of other searched fields
   */
  add(system: SystemRow, name: string | undefined, values: readonly string[]): void {
    if (this.#mode === 'none') return;
    const own = name === undefined ? undefined : searchedPart(name);
    const parts = new Set(values.map(searchedPart));
    if (own !== undefined) parts.delete(own);
    const { words, values: fit } = indexedTexts(system, own, [...parts]);
    if (own !== undefined) this.#addText(own, [system], OF_NAME, words);
    for (const value of fit) this.#values.add([value], system);
    const texts = name === undefined ? values : [name, ...values];
    if (words === Number.POSITIVE_INFINITY && texts.every(({ length }) => length <= SEARCHED_POINTS)) return;
    const whole = new Set(fit);
    if (own !== undefined && words >= wordStarts(own).length) whole.add(own);
    for (const text of new Set(texts)) if (!whole.has(text)) this.#cutTexts++;
  }

  *finish(sink: FileSink): Steps<SearchRoots> {
    const values = yield* this.#finishValues(sink);
    const words = new TableBuilder(WORDS, sink);
    yield* forEach(this.#words.rows(), ({ texts, system, mark }) =>
      words.add({ ...system, text: texts[0]!, before: texts[1]!, systems: mark }),
    );
    return { words: words.finish(), values, parts: yield* this.#finishParts(sink) };
  }

  close(): void {
    for (const sort of [this.#words, this.#values, this.#vocabulary]) sort.close();
  }

  /**
   * @param systems those that have the text, or one that stands for them
   * @param mark OF_NAME, OF_VALUE, or for a value that many have how many
   * @param words how many of its words have rows
   */
  #addText(
    text: string,
    systems: readonly SystemRow[],
    mark: number,
    words = Number.POSITIVE_INFINITY,
  ): void {
    const starts = wordStarts(text);
    // One that stands for many says by its mark how many.
    const having = Math.max(systems.length, mark);
    for (let i = 0; i < starts.length && i < words; i++) {
      const start = starts[i]!;
      // Rows of a name, and of a value that many have, hold the whole text as their name.
      const before = mark === OF_VALUE ? windowBefore(text, start) : '';
      for (const system of systems) this.#words.add([windowOf(text, start), before], system, mark);
      if (this.#mode !== 'infix') continue;
      const next = starts[i + 1] ?? text.length;
      this.#vocabulary.add([text.slice(start, next), windowOf(text, next)], [having]);
    }
  }

  /** Few systems of a value stand at each of its words; of many, the value does, and they in a table of their own. */
  *#finishValues(sink: FileSink): Steps<RootRef | null> {
    const table = new TableBuilder(VALUES, sink);
    let few: SortedSystem[] = [];
    let value: string | undefined;
    let systems = 0;
    const close = () => {
      if (value === undefined) return;
      if (systems > FEW)
        this.#addText(value, [{ id: '', name: value, region: '', x: 0, y: 0, z: 0 }], systems);
      else
        this.#addText(
          value,
          few.map(of => of.system),
          OF_VALUE,
        );
      few = [];
      systems = 0;
    };
    yield* forEach(this.#values.rows(), row => {
      if (row.texts[0] !== value) close();
      value = row.texts[0]!;
      few.push(row);
      if (++systems <= FEW) return;
      for (const { system } of few) table.add({ ...system, value });
      few = [];
    });
    close();
    return table.finish();
  }

  *#finishParts(sink: FileSink): Steps<RootRef | null> {
    const sort = new ExternalSort(`${this.#scratch}-parts`, 1);
    try {
      yield* forEach(totals(this.#vocabulary), ({ key, total }) => {
        for (const { rest, before } of partsOf(key[0]!, key[1]!)) sort.add([rest, before], [total]);
      });
      const table = new TableBuilder(PARTS, sink);
      yield* forEach(totals(sort), ({ key, total }) =>
        table.add({ rest: key[0]!, before: key[1]!, systems: total }),
      );
      return table.finish();
    } finally {
      sort.close();
    }
  }
}
