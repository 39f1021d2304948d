/** Finds where strings that contain a query are, in the table of grams. */
import { parallelQueries } from '#client/fetch/parallel.ts';
import type { QueryOptions } from '#client/query/types.ts';
import { type Bound, type KeyRange, prefixRange, rangeOf } from '#format/btree/keys.ts';
import { BUCKETS, GRAM, GRAMS, type GramEntry, placeKey } from '#format/btree/search-schemas.ts';
import { firstPoints, wordStarts } from '#format/fold/words.ts';
import { lengthOf, widthAt } from '#format/utf8.ts';
import { pagesBetween, type Range, type TableReader } from './reader.ts';
import type { TableSet } from './table-set.ts';

/** Number of rows that are read at first, if each leads to a match and if few do, and later. */
const FIRST_ROWS = 2_048;
const COMPARED_ROWS = 8_192;
const MORE_ROWS = 16_384;
/** Number of common places by chance that are read rather than compared with another gram. */
const FEW_BY_CHANCE = 2;

/**
 * The places of a query, in batches. A query of at most GRAM code points is a prefix of grams: each of their places has
 * a string with the query. A longer one has several grams, and their common places may have none.
 */
export class GramPlaces {
  readonly #tables: TableSet;
  readonly #isShort: boolean;
  #grams: readonly (KeyRange & Pick<Range, 'pages'>)[];
  /** A gram that is read if the others have many common places by chance. */
  readonly #spare: KeyRange | undefined;
  readonly #alongside: (places: number, options: QueryOptions) => Promise<unknown>;
  readonly #seen = new Set<number>();
  /** Where the next batch begins; undefined if there is no further batch. */
  #low: Bound | undefined;
  #most: number;

  /** @param alongside called with the number of places that are compared with those of other grams */
  constructor(
    tables: TableSet,
    query: string,
    mode: 'infix' | 'words',
    alongside: (places: number, options: QueryOptions) => Promise<unknown>,
  ) {
    this.#tables = tables;
    this.#alongside = alongside;
    this.#isShort = lengthOf(query) <= GRAM;
    const [first, second, third] = this.#isShort
      ? [prefixRange([query])]
      : comparedGrams(query, mode).map(gram => rangeOf([gram]));
    this.#grams = second ? [first!, second] : [first!];
    this.#spare = third;
    this.#most = second ? COMPARED_ROWS : FIRST_ROWS;
    this.#low = this.#grams[0]!.low;
  }

  /** Whether each place has a string with the query. */
  get areExact(): boolean {
    return this.#isShort;
  }

  /** Fetches the inner pages of the table that lead to the grams, and chooses the gram whose places are read first. */
  async approach(options: QueryOptions): Promise<void> {
    this.#grams = await rarestFirst(this.#table(options), this.#grams);
    this.#low = this.#grams[0]!.low;
  }

  /** The next places that were not given before; undefined after the last batch. `approach` must have been called. */
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
    // The places of the first gram, as far as the others have them.
    const [lead, ...others] = this.#grams;
    const pages = low === lead!.low ? lead!.pages : undefined;
    const [rows] = await table.ranges([{ low, high: lead!.high, most: this.#most, pages }]);
    const last = rows!.at(-1);
    this.#low = last && rows!.length === this.#most ? { key: GRAMS.keyOf(last), after: 'keys' } : undefined;
    this.#most = MORE_ROWS;
    if (rows!.length === 0 || others.length === 0) return rows!;
    const [from, to] = [placeKey(rows![0]!.place), placeKey(last!.place)];
    const within = ({ low }: KeyRange): KeyRange => ({
      low: { key: [low.key[0]!, from] },
      high: { key: [low.key[0]!, to], after: 'keys' },
    });
    const [lists] = await parallelQueries(options, [
      options => this.#table(options).wholeRanges(others.map(within)),
      options => this.#alongside(rows!.length, options),
    ]);
    const found = inAll(rows!, lists);
    // Places of different names are equal by chance, if the lists are long.
    const byChance = lists.reduce((share, list) => (share * list.length) / BUCKETS, rows!.length);
    if (this.#spare === undefined || byChance < FEW_BY_CHANCE) return found;
    return inAll(found, await this.#table(options).wholeRanges([within(this.#spare)]));
  }

  #table(options: QueryOptions): TableReader<GramEntry> {
    return this.#tables.table('grams', GRAMS, options);
  }
}

/**
 * Different complete grams of a query, if it has as many: from its beginning, from where that ends, and from between these
 * two.
 */
export function comparedGrams(query: string, mode: 'infix' | 'words'): string[] {
  const starts: number[] = [];
  const positions = mode === 'words' ? wordStarts(query) : pointStarts(query);
  for (const at of positions) if (lengthOf(firstPoints(query, GRAM, at)) === GRAM) starts.push(at);
  const second = Math.min(starts.length - 1, GRAM);
  const chosen = [0, second, second >> 1].map(i => starts[i]!);
  return [...new Set(chosen.map(at => firstPoints(query, GRAM, at)))];
}

/** The entries whose places are in all lists. */
function inAll(entries: readonly GramEntry[], lists: readonly (readonly GramEntry[])[]): GramEntry[] {
  const places = lists.map(list => new Set(list.map(({ place }) => place)));
  return entries.filter(({ place }) => places.every(own => own.has(place)));
}

/**
 * Sorts ranges of grams by the rows of the leaf pages that have them, and fetches the inner pages that lead to them.
 * Those in one leaf page cost the same: the first gram of a query comes first among them. It is rare, for a name that
 * begins with it has no place for it.
 */
export async function rarestFirst(
  table: TableReader<unknown>,
  grams: readonly KeyRange[],
): Promise<(KeyRange & Pick<Range, 'pages'>)[]> {
  const spans = await table.approach(grams.flatMap(({ low, high }) => [low, high]));
  const rows = (i: number) => {
    const [low, high] = [spans[2 * i]!, spans[2 * i + 1]!];
    return low.start === high.start ? 0 : high.end - low.start;
  };
  const order = grams.map((_, i) => i).sort((a, b) => rows(a) - rows(b));
  return order.map(i => ({ ...grams[i]!, pages: pagesBetween(spans[2 * i]!, spans[2 * i + 1]!) }));
}

function pointStarts(text: string): number[] {
  const starts: number[] = [];
  for (let at = 0; at < text.length; at += widthAt(text, at)) starts.push(at);
  return starts;
}
