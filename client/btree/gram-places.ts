/** Finds where strings that contain a query are, in the table of grams. */
import type { QueryOptions } from '#client/query/types.ts';
import { type Bound, type KeyRange, prefixRange, rangeOf } from '#format/btree/keys.ts';
import { GRAM, GRAMS, type GramEntry, placeKey } from '#format/btree/search-schemas.ts';
import { firstPoints, wordStarts } from '#format/fold/words.ts';
import { lengthOf, widthAt } from '#format/utf8.ts';
import type { TableReader } from './reader.ts';
import type { TableSet } from './table-set.ts';

/** Number of rows that are read at first, and later. */
const FIRST_ROWS = 2_048;
const MORE_ROWS = 16_384;
/** Grams of a long query whose places are compared. */
const COMPARED = 3;
/** Lists of places at most this long are not shortened: reading another list costs more. */
const FEW_PLACES = 8;

/**
 * The places of a query, in batches. A query of at most GRAM code points is a prefix of grams: each of their places has
 * a string with the query. A longer one has several grams, and their common places may have none.
 */
export class GramPlaces {
  readonly #tables: TableSet;
  readonly #grams: readonly KeyRange[];
  readonly #isShort: boolean;
  readonly #seen = new Set<number>();
  /** Where the next batch begins; undefined if there is no further batch. */
  #low: Bound | undefined;
  #ranges: readonly KeyRange[] | undefined;
  #most = FIRST_ROWS;

  constructor(tables: TableSet, query: string, mode: 'infix' | 'words') {
    this.#tables = tables;
    this.#isShort = lengthOf(query) <= GRAM;
    this.#grams = this.#isShort ? [prefixRange([query])] : gramsOf(query, mode).map(gram => rangeOf([gram]));
    this.#low = this.#grams[0]!.low;
  }

  /** Fetches the inner pages of the table that lead to the grams. */
  approach(options: QueryOptions): Promise<void> {
    return this.#table(options).approach(this.#grams.map(({ low }) => low));
  }

  /** The next places that were not given before; undefined after the last batch. */
  async next(options: QueryOptions): Promise<number[] | undefined> {
    while (this.#low) {
      const places = new Set<number>();
      for (const { place } of await this.#batch(this.#low, options))
        if (!this.#seen.has(place)) places.add(place);
      for (const place of places) this.#seen.add(place);
      if (places.size > 0) return [...places];
    }
    return undefined;
  }

  async #batch(low: Bound, options: QueryOptions): Promise<GramEntry[]> {
    const table = this.#table(options);
    // The shortest list is read, and shortened by the places of the next ones.
    this.#ranges ??= this.#isShort ? this.#grams : await this.#byLength(table);
    const [lead, ...others] = this.#ranges;
    const start = this.#most === FIRST_ROWS ? lead!.low : low;
    const [rows] = await table.ranges([{ low: start, high: lead!.high, most: this.#most }]);
    const last = rows!.at(-1);
    this.#low = last && rows!.length === this.#most ? { key: GRAMS.keyOf(last), after: 'keys' } : undefined;
    this.#most = MORE_ROWS;
    if (rows!.length <= FEW_PLACES || others.length === 0) return rows!;
    const [from, to] = [placeKey(rows![0]!.place), placeKey(last!.place)];
    const lists = await table.wholeRanges(
      others.map(({ low }) => ({
        low: { key: [low.key[0]!, from] },
        high: { key: [low.key[0]!, to], after: 'keys' },
      })),
    );
    const common = lists.map(list => new Set(list.map(({ place }) => place)));
    return rows!.filter(({ place }) => common.every(places => places.has(place)));
  }

  async #byLength(table: TableReader<GramEntry>): Promise<KeyRange[]> {
    const bounds = this.#grams.flatMap(({ low, high }) => [low, high]);
    const places = await table.places(bounds);
    const length = (i: number) => places[2 * i + 1]!.rank - places[2 * i]!.rank;
    const order = this.#grams.map((_, i) => i).sort((a, b) => length(a) - length(b));
    return order.map(i => this.#grams[i]!);
  }

  #table(options: QueryOptions): TableReader<GramEntry> {
    return this.#tables.table('grams', GRAMS, options);
  }
}

/** Different complete grams of a query: from its beginning, its end and its middle. */
function gramsOf(query: string, mode: 'infix' | 'words'): string[] {
  const starts: number[] = [];
  const positions = mode === 'words' ? wordStarts(query) : pointStarts(query);
  for (const at of positions) if (lengthOf(firstPoints(query, GRAM, at)) === GRAM) starts.push(at);
  const chosen = Array.from({ length: COMPARED }, (_, i) =>
    Math.floor((i * (starts.length - 1)) / (COMPARED - 1)),
  );
  return [...new Set(chosen.map(i => firstPoints(query, GRAM, starts[i]!)))];
}

function pointStarts(text: string): number[] {
  const starts: number[] = [];
  for (let at = 0; at < text.length; at += widthAt(text, at)) starts.push(at);
  return starts;
}
