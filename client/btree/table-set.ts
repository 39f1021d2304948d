/** The sorted tables of a set, opened for one query: a page is fetched once for all of them. */
import { MissingIndexError } from '#client/errors.ts';
import type { Files } from '#client/fetch/files.ts';
import { roundTrip } from '#client/fetch/parallel.ts';
import { readFold } from '#client/fetch/read-fold.ts';
import type { QueryOptions } from '#client/query/types.ts';
import type { TableSchema } from '#format/btree/page.ts';
import type { SetIndex, TableRoots } from '#format/index-json.ts';
import { type LazyFold, lazyFold } from './lazy-fold.ts';
import { type QueryPages, type ReadableTable, TableReader } from './reader.ts';

export class TableSet {
  readonly #files: Files;
  readonly #index: SetIndex;
  readonly #pages: QueryPages = new Map();
  /** The fold, which maps strings that differ only in case or Unicode normalisation to the same string. */
  readonly fold: LazyFold;

  constructor(files: Files, index: SetIndex) {
    this.#files = files;
    this.#index = index;
    const ref = { kind: 'fold', ...index.fold } as const;
    this.fold = lazyFold(options => roundTrip(options, () => readFold(files, ref, options)));
  }

  /**
   * A table of the set. If pages lack the folds of their keys, the fold is made ready for them.
   * @throws MissingIndexError if the set lacks it
   */
  table<R>(name: keyof TableRoots, schema: TableSchema<R>, options: QueryOptions): TableReader<R> {
    const root = this.roots()[name];
    const isOfSystems = name === 'names' || name === 'ids' || name === 'results';
    const rows = isOfSystems ? this.#index.counts.systems : undefined;
    const fold = name === 'folded' || name === 'facets' ? this.fold : undefined;
    return this.open({ name, root, rows, schema, fold }, options);
  }

  /** A table with a given root. */
  open<R>(table: ReadableTable<R>, options: QueryOptions): TableReader<R> {
    return new TableReader(this.#files, table, options, this.#pages);
  }

  /** @throws MissingIndexError */
  roots(): TableRoots {
    const tables = this.#index.tables as TableRoots | undefined;
    if (!tables) throw this.without('tables of names, ids and regions', 'with this version');
    return tables;
  }

  /** The error for a feature that the set was built without, with the option that adds it. */
  without(what: string, cure: string): MissingIndexError {
    return new MissingIndexError(
      `${this.#files.source.location} was built without ${what}: build it again, ${cure}`,
      { reason: `it was built without ${what}` },
    );
  }
}
