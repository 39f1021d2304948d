/** Searches names and other fields, in the tables of words, values and parts of words. */

import { parallelQueries } from '#client/fetch/parallel.ts';
import { compareRows } from '#client/query/order.ts';
import type { QueryOptions, SearchResult, SystemKey } from '#client/query/types.ts';
import { type Bound, type KeyRange, prefixRange, rangeOf } from '#format/btree/keys.ts';
import {
  OF_NAME,
  PARTS,
  type PartEntry,
  VALUES,
  WORDS,
  type WordEntry,
} from '#format/btree/search-schemas.ts';
import { windowOf } from '#format/fold/words.ts';
import type { JsonObject } from '#format/json.ts';
import type { SystemRow } from '#format/system-row.ts';
import { compareText } from '#format/utf8.ts';
import type { TableReader } from './reader.ts';
import type { TableSet } from './table-set.ts';
import { type MatchRule, TextMatch } from './text-match.ts';

export interface TextQuery extends MatchRule {
  /** The search string, unfolded. */
  readonly text: string;
  readonly limit: number;
  readonly options: QueryOptions;
}

/** Reads complete records of systems, for strings that are in no table. */
export type Records = (
  systems: readonly SystemKey[],
  options: QueryOptions,
) => Promise<(JsonObject | undefined)[]>;

const PARTS_AT_ONCE = 1024;

/**
 * One search. First it finds strings with the query at the beginning of a word, in the order of the characters after
 * it; then strings with the query inside a word, in batches of 1,024 parts, the most frequent words first. It ends
 * when it has found one system more than wanted.
 */
export class TextSearch {
  readonly #query: TextQuery;
  readonly #tables: TableSet;
  readonly #records: Records;
  readonly #match: TextMatch;
  /** The folded query. */
  readonly #text: string;
  readonly #found = new Map<string, SystemRow>();
  readonly #values = new Set<string>();

  private constructor(query: TextQuery, tables: TableSet, records: Records, match: TextMatch) {
    this.#query = query;
    this.#tables = tables;
    this.#records = records;
    this.#match = match;
    this.#text = match.text;
  }

  /** @throws NotFoundError, CorruptError, NetworkError, and the signal's reason */
  static async run(query: TextQuery, tables: TableSet, records: Records): Promise<SearchResult> {
    const { options, mode } = query;
    const [fold] = await parallelQueries(options, [
      options => tables.fold(options),
      options => tables.table('words', WORDS, options).top(),
      options => tables.table('values', VALUES, options).top(),
      async options => mode === 'infix' && tables.table('parts', PARTS, options).top(),
    ]);
    return new TextSearch(query, tables, records, new TextMatch(query.text, query, fold)).#run();
  }

  async #run(): Promise<SearchResult> {
    const { mode, limit, options } = this.#query;
    // Concurrent: a search that needs the parts would otherwise take one more round trip.
    const [, isInside] = await parallelQueries(options, [
      options => this.#addRun(windowRange(this.#text), options),
      async options =>
        mode === 'infix' && (await this.#partsFrom(windowRange(this.#text), 1, options)).length > 0,
    ]);
    if (isInside) await this.#addParts();
    const systems = [...this.#found.values()];
    if (systems.length > limit) return { systems: systems.slice(0, limit), truncated: true, mode };
    systems.sort(compareRows);
    return { systems, truncated: false, mode };
  }

  /** Number of systems still wanted. */
  get #wanted(): number {
    return this.#query.limit + 1 - this.#found.size;
  }

  /** Adds the systems of a range of strings, starting at a word. */
  async #addRun(range: KeyRange, options: QueryOptions): Promise<void> {
    const words = this.#words(options);
    let { low } = range;
    // For a string longer than a window, any number of rows may not match.
    for (let most = this.#wanted; this.#wanted > 0; most *= 2) {
      const [rows] = await words.ranges([{ low, high: range.high, most }]);
      await this.#add(rows!, options);
      if (rows!.length < most) return;
      low = { key: WORDS.keyOf(rows!.at(-1)!), after: 'keys' };
    }
  }

  /** Adds the systems of strings with the query inside a word. */
  async #addParts(): Promise<void> {
    const { options } = this.#query;
    const words = this.#words(options);
    const looked = new Set<string>();
    let { low, high } = windowRange(this.#text);
    while (this.#wanted > 0) {
      const parts = await this.#partsFrom({ low, high }, PARTS_AT_ONCE, options);
      const heads = headsOf(parts, this.#text).filter(({ text }) => !looked.has(text));
      for (let next = 0; next < heads.length && this.#wanted > 0; ) {
        const batch: string[] = [];
        for (let places = 0; next < heads.length && places < this.#wanted; next++) {
          batch.push(heads[next]!.text);
          places += heads[next]!.places;
        }
        await this.#addHeads(batch, words);
        for (const head of batch) looked.add(head);
      }
      if (parts.length < PARTS_AT_ONCE) return;
      low = { key: PARTS.keyOf(parts.at(-1)!), after: 'keys' };
    }
  }

  async #partsFrom({ low, high }: KeyRange, most: number, options: QueryOptions): Promise<PartEntry[]> {
    const [rows] = await this.#parts(options).ranges([{ low, high, most }]);
    return rows!;
  }

  /** Adds the systems of strings with a word that begins with one of `heads`, in their order. */
  async #addHeads(heads: readonly string[], words: TableReader<WordEntry>): Promise<void> {
    const { options } = this.#query;
    const most = this.#wanted;
    const runs = await words.ranges(heads.map(head => ({ ...windowRange(head), most })));
    for (let i = 0; i < heads.length && this.#wanted > 0; i++) {
      const rows = runs[i]!;
      await this.#add(rows, options);
      if (rows.length < most) continue;
      const low: Bound = { key: WORDS.keyOf(rows.at(-1)!), after: 'keys' };
      await this.#addRun({ ...windowRange(heads[i]!), low }, options);
    }
  }

  /** Adds the systems of rows, in their order, as long as more are wanted. */
  async #add(rows: readonly WordEntry[], options: QueryOptions): Promise<void> {
    for (let next = 0; next < rows.length && this.#wanted > 0; ) {
      const batch: WordEntry[] = [];
      for (let systems = 0; next < rows.length && systems < this.#wanted; next++) {
        const row = rows[next]!;
        if (this.#isNeedless(row)) continue;
        batch.push(row);
        systems += row.id === '' ? row.systems : 1;
      }
      const systems = await this.#systemsOf(batch, options);
      for (const system of systems) if (this.#wanted > 0) this.#found.set(system.id, system);
    }
  }

  /** True for a system already found, a value already inspected, or a row that certainly does not match. */
  #isNeedless(row: WordEntry): boolean {
    const { id, name } = row;
    if (id !== '') return this.#found.has(id) || (row.systems === OF_NAME && !this.#match.isInRow(row));
    if (this.#values.has(name) || !this.#match.isIn(name)) return true;
    this.#values.add(name);
    return false;
  }

  /** The systems of rows that match, after checking uncertain rows. */
  async #systemsOf(rows: readonly WordEntry[], options: QueryOptions): Promise<SystemRow[]> {
    const values = rows.filter(row => row.id === '');
    const doubtful = rows.filter(row => row.id !== '' && !this.#match.isInRow(row));
    const [members, records] = await parallelQueries(options, [
      options => this.#members(values, options),
      async options => (doubtful.length > 0 ? this.#records(doubtful, options) : []),
    ]);
    const refuted = new Set(
      doubtful.filter(({ name }, i) => !this.#match.isInRecord(name, records[i] ?? {})),
    );
    return rows.flatMap(row => {
      if (row.id === '') return members[values.indexOf(row)]!;
      return refuted.has(row) ? [] : [plainRow(row)];
    });
  }

  /** The first systems of some values: enough even if they include systems already found. */
  async #members(values: readonly WordEntry[], options: QueryOptions): Promise<SystemRow[][]> {
    const table = this.#tables.table('values', VALUES, options);
    const most = this.#query.limit + 1;
    const ranges = values.map(({ name }) => ({ ...rangeOf([name]), most }));
    return (await table.ranges(ranges)).map(rows => rows.map(plainRow));
  }

  #words(options: QueryOptions): TableReader<WordEntry> {
    return this.#tables.table('words', WORDS, options);
  }

  #parts(options: QueryOptions): TableReader<PartEntry> {
    return this.#tables.table('parts', PARTS, options);
  }
}

/** Range of keys whose first string begins with `text`, within the length of a window. */
function windowRange(text: string): KeyRange {
  return prefixRange([windowOf(text)]);
}

/** Beginnings of the words that contain the query at the positions given by some parts, most frequent first. */
function headsOf(parts: readonly PartEntry[], query: string): { text: string; places: number }[] {
  const heads = new Map<string, number>();
  for (const { before, places } of parts) {
    const text = before + query;
    heads.set(text, (heads.get(text) ?? 0) + places);
  }
  const found = Array.from(heads, ([text, places]) => ({ text, places }));
  return found.sort((a, b) => b.places - a.places || compareText(a.text, b.text));
}

/** A row without the columns of its table. */
export function plainRow({ id, name, x, y, z, region, fields }: SystemRow): SystemRow {
  return { id, name, x, y, z, region, ...(fields && { fields }) };
}
