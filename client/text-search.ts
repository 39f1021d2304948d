/** Searches names and other texts, in the tables of words, values and parts of words. */
import type { Catalogue } from './catalogue.ts';
import type { JsonObject } from './format/json.ts';
import type { Bound } from './format/keys.ts';
import type { SystemRow } from './format/row.ts';
import { PARTS, type PartEntry, VALUES, WORDS, type WordEntry } from './format/search-layouts.ts';
import { compareText } from './format/text.ts';
import { windowOf, wordStarts } from './format/words.ts';
import type { SystemKey } from './locate.ts';
import { compareRows } from './order.ts';
import type { QueryOptions, SearchResult } from './queries.ts';
import type { Table } from './table.ts';
import { type MatchRule, TextMatch } from './text-match.ts';
import { sideBySide } from './trip.ts';

export interface TextQuery extends MatchRule {
  /** As it was asked for. */
  readonly text: string;
  readonly limit: number;
  readonly options: QueryOptions;
}

/** Whole records of systems, for texts that no table holds. */
export type Records = (
  systems: readonly SystemKey[],
  options: QueryOptions,
) => Promise<(JsonObject | undefined)[]>;

/** Texts that have the query inside a word: at a run of parts, or before a text that begins the next word. */
interface Inside {
  readonly by: 'parts' | 'next word';
  readonly bounds: Bounds;
}

interface Bounds {
  readonly low: Bound;
  readonly high: Bound;
}

/** Parts taken at once, and rows of which not each is sure to be a match. */
const PARTS_AT_ONCE = 1024;
const ROWS_AT_ONCE = 1024;
/** So many rows of one run cost about as much to read as one word to look up. */
const ROWS_PER_WORD = 512;

/**
 * One search. Its order: first the texts that have the query at the beginning of a word, by what follows; then those
 * that have it inside one, by 1,024 parts at a time, of which those words come first that most systems have. It ends
 * once it knows one system more than are wanted.
 */
export class TextSearch {
  readonly #query: TextQuery;
  readonly #catalogue: Catalogue;
  readonly #records: Records;
  readonly #match: TextMatch;
  /** The folded query. */
  readonly #text: string;
  readonly #found = new Map<string, SystemRow>();
  readonly #values = new Set<string>();

  private constructor(query: TextQuery, catalogue: Catalogue, records: Records, match: TextMatch) {
    this.#query = query;
    this.#catalogue = catalogue;
    this.#records = records;
    this.#match = match;
    this.#text = match.text;
  }

  /** @throws NotFoundError, CorruptError, NetworkError, and the signal's reason */
  static async run(query: TextQuery, catalogue: Catalogue, records: Records): Promise<SearchResult> {
    const { options, mode } = query;
    const [fold] = await sideBySide(options, [
      of => catalogue.fold(of),
      of => catalogue.table('words', WORDS, of).top(),
      of => catalogue.table('values', VALUES, of).top(),
      async of => mode === 'infix' && catalogue.table('parts', PARTS, of).top(),
    ]);
    return new TextSearch(query, catalogue, records, new TextMatch(query.text, query, fold)).#run();
  }

  async #run(): Promise<SearchResult> {
    const { mode, limit, options } = this.#query;
    // Side by side: the second is needed wherever a round trip more would be felt.
    const [, inside] = await sideBySide(options, [
      of => this.#addRun(prefixBounds(this.#text), this.#wanted, fits(this.#text), of),
      async of => (mode === 'infix' ? this.#insideWords(of) : undefined),
    ]);
    if (inside?.by === 'parts') await this.#addParts(inside.bounds);
    if (inside?.by === 'next word') {
      const [, next] = wordStarts(this.#text);
      const isEnough = fits(this.#text.slice(0, next)) && fits(this.#text.slice(next));
      await this.#addRun(inside.bounds, ROWS_AT_ONCE, isEnough, options);
    }
    const systems = [...this.#found.values()];
    if (systems.length > limit) return { systems: systems.slice(0, limit), truncated: true, mode };
    systems.sort(compareRows);
    return { systems, truncated: false, mode };
  }

  /** How many more systems are to be found. */
  get #wanted(): number {
    return this.#query.limit + 1 - this.#found.size;
  }

  /**
   * Adds the systems of a run of texts from a word on.
   * @param isEnough whether a match shows within the windows of a row
   */
  async #addRun(bounds: Bounds, atOnce: number, isEnough: boolean, options: QueryOptions): Promise<void> {
    const words = this.#words(options);
    let { low } = bounds;
    while (this.#wanted > 0) {
      const most = Math.max(atOnce, this.#wanted);
      const [rows] = await words.ranges([{ low, high: bounds.high, most }]);
      await this.#add(rows!, isEnough, options);
      if (rows!.length < most) return;
      low = { key: WORDS.keyOf(rows!.at(-1)!), after: 'keys' };
    }
  }

  /** Finds how to come to the texts that have the query inside a word. */
  async #insideWords(options: QueryOptions): Promise<Inside | undefined> {
    const [, next] = wordStarts(this.#text);
    if (next === undefined) {
      const bounds = prefixBounds(this.#text);
      const [first] = await this.#parts(options).ranges([{ ...bounds, most: 1 }]);
      return first!.length > 0 ? { by: 'parts', bounds } : undefined;
    }
    // The query goes on beyond the word: it has to be the whole rest of it. Or else look what precedes the next word.
    const end = this.#text.slice(0, next);
    const ends = fits(end) ? keyBounds(end) : prefixBounds(end);
    const nexts = prefixBounds(this.#text.slice(next));
    const [words, rows] = await sideBySide(options, [
      of => countBetween(this.#parts(of), ends),
      of => countBetween(this.#words(of), nexts),
    ]);
    if (words === 0 || rows === 0) return undefined;
    return words * ROWS_PER_WORD > rows ? { by: 'next word', bounds: nexts } : { by: 'parts', bounds: ends };
  }

  /** Adds the systems of the words that some parts lead to. */
  async #addParts(bounds: Bounds): Promise<void> {
    const parts = this.#parts(this.#query.options);
    const words = this.#words(this.#query.options);
    const looked = new Set<string>();
    let { low } = bounds;
    while (this.#wanted > 0) {
      const [rows] = await parts.ranges([{ low, high: bounds.high, most: PARTS_AT_ONCE }]);
      const heads = headsOf(rows!, this.#text).filter(({ text }) => !looked.has(text));
      for (let next = 0; next < heads.length && this.#wanted > 0; ) {
        const batch: string[] = [];
        for (let systems = 0; next < heads.length && systems < this.#wanted; next++) {
          batch.push(heads[next]!.text);
          systems += heads[next]!.systems;
        }
        await this.#addHeads(batch, words);
        for (const head of batch) looked.add(head);
      }
      if (rows!.length < PARTS_AT_ONCE) return;
      low = { key: PARTS.keyOf(rows!.at(-1)!), after: 'keys' };
    }
  }

  /** Adds the systems of the texts that have a word which begins with one of some texts, in their order. */
  async #addHeads(heads: readonly string[], words: Table<WordEntry>): Promise<void> {
    const { options } = this.#query;
    const most = this.#wanted;
    const runs = await words.ranges(heads.map(head => ({ ...prefixBounds(head), most })));
    for (let i = 0; i < heads.length && this.#wanted > 0; i++) {
      const rows = runs[i]!;
      const isEnough = fits(heads[i]!);
      await this.#add(rows, isEnough, options);
      if (rows.length < most) continue;
      const low: Bound = { key: WORDS.keyOf(rows.at(-1)!), after: 'keys' };
      await this.#addRun({ ...prefixBounds(heads[i]!), low }, this.#wanted, isEnough, options);
    }
  }

  /** Adds what some rows stand for, in their order, as long as more is wanted. */
  async #add(rows: readonly WordEntry[], isEnough: boolean, options: QueryOptions): Promise<void> {
    for (let next = 0; next < rows.length && this.#wanted > 0; ) {
      const batch: WordEntry[] = [];
      for (let systems = 0; next < rows.length && systems < this.#wanted; next++) {
        const row = rows[next]!;
        if (this.#isNeedless(row, isEnough)) continue;
        batch.push(row);
        systems += row.id === '' ? row.systems : 1;
      }
      const systems = await this.#systemsOf(batch, options);
      for (const system of systems) if (this.#wanted > 0) this.#found.set(system.id, system);
    }
  }

  /** True for a system that was found, a value that was looked at, or a row that is sure to be no match. */
  #isNeedless(row: WordEntry, isEnough: boolean): boolean {
    const { id, name } = row;
    if (id !== '')
      return this.#found.has(id) || ((isEnough || row.systems === 0) && !this.#match.isInRow(row));
    if (this.#values.has(name) || !this.#match.isIn(name)) return true;
    this.#values.add(name);
    return false;
  }

  /** The systems of some rows that are matches or may be. */
  async #systemsOf(rows: readonly WordEntry[], options: QueryOptions): Promise<SystemRow[]> {
    const values = rows.filter(row => row.id === '');
    const doubtful = rows.filter(row => row.id !== '' && !this.#match.isInRow(row));
    const [members, records] = await sideBySide(options, [
      of => this.#members(values, of),
      async of => (doubtful.length > 0 ? this.#records(doubtful, of) : []),
    ]);
    const refuted = new Set(
      doubtful.filter(({ name }, i) => !this.#match.isInRecord(name, records[i] ?? {})),
    );
    return rows.flatMap(row => {
      if (row.id === '') return members[values.indexOf(row)]!;
      return refuted.has(row) ? [] : [systemOf(row)];
    });
  }

  /** The first systems of some values: as many as suffice if those that are found already are among them. */
  async #members(values: readonly WordEntry[], options: QueryOptions): Promise<SystemRow[][]> {
    const table = this.#catalogue.table('values', VALUES, options);
    const most = this.#query.limit + 1;
    const ranges = values.map(({ name }) => ({ ...keyBounds(name), most }));
    return (await table.ranges(ranges)).map(rows => rows.map(systemOf));
  }

  #words(options: QueryOptions): Table<WordEntry> {
    return this.#catalogue.table('words', WORDS, options);
  }

  #parts(options: QueryOptions): Table<PartEntry> {
    return this.#catalogue.table('parts', PARTS, options);
  }
}

/** Whether a window holds a whole text. */
function fits(text: string): boolean {
  return windowOf(text) === text;
}

/** All keys whose first text begins with a text, as far as windows go. */
function prefixBounds(text: string): Bounds {
  const key = [windowOf(text)];
  return { low: { key }, high: { key, after: 'prefix' } };
}

/** All keys whose first text is a text. */
function keyBounds(text: string): Bounds {
  return { low: { key: [text] }, high: { key: [text], after: 'keys' } };
}

/** What words begin with that have the query where some parts say, those of most systems first. */
function headsOf(parts: readonly PartEntry[], query: string): { text: string; systems: number }[] {
  const heads = new Map<string, number>();
  for (const { before, systems } of parts) {
    const text = before + query;
    heads.set(text, (heads.get(text) ?? 0) + systems);
  }
  const found = Array.from(heads, ([text, systems]) => ({ text, systems }));
  return found.sort((a, b) => b.systems - a.systems || compareText(a.text, b.text));
}

async function countBetween(table: Table<unknown>, { low, high }: Bounds): Promise<number> {
  const [from, to] = await table.places([low, high]);
  return to!.rank - from!.rank;
}

/** A row without what its table adds. */
function systemOf({ id, name, x, y, z, region, fields }: SystemRow): SystemRow {
  return { id, name, x, y, z, region, ...(fields && { fields }) };
}
