import { tmpdir } from 'node:os';
import { CorruptError } from '#client/errors.ts';
import { Files } from '#client/fetch/files.ts';
import { nodeCodec, type Source } from '#client/node/index.ts';
import { facetValues } from '#format/btree/facet-schemas.ts';
import { foldedNames } from '#format/btree/name-schemas.ts';
import type { TableName } from '#format/btree/table-schemas.ts';
import { type FileRef, pathOf } from '#format/file-ref.ts';
import { type FoldTable, makeFold, unpackFold } from '#format/fold/fold.ts';
import type { SetIndex, TableRoots } from '#format/index-json.ts';
import { freeKept } from '#pipeline/spill/reused-memory.ts';
import { folderStore } from '#pipeline/store/folder-store.ts';
import { reachable } from '#pipeline/store/reachable.ts';
import { Scratch } from '#pipeline/store/scratch.ts';
import { nameContent } from '#pipeline/store/set-writer.ts';
import { spillingStore } from '#pipeline/store/spilling-store.ts';
import type { Store } from '#pipeline/store/store.ts';
import type { FacetedSystem } from '#pipeline/tables/table-rows.ts';
import { writtenFoldFile } from '#pipeline/tables/written-fold.ts';
import type { CheckedReader } from './checked-reader.ts';
import { rowDifference } from './compare-rows.ts';
import { ExpectedTables } from './expected-tables.ts';
import { IdCheck } from './verify-ids.ts';

/** Rows of a small set stay in memory. */
const MEMORY_BYTES = 16 * 1024 * 1024;

/**
 * Checks the tables of a set: they are built again from its systems. In a canonical set every page that comes of it
 * is there, and no other. In a valid set the tables have the same rows, regardless of their pages.
 */
export class TableCheck {
  readonly #index: SetIndex;
  readonly #source: Source;
  readonly #reader: CheckedReader;
  readonly #scratch: Scratch;
  /** Runs of the tables, and pages of the expected ones. */
  readonly #run: Store;
  readonly #ids: IdCheck;
  /** Undefined if the fold of the set is invalid: then the tables cannot be rebuilt. */
  readonly #expected: ExpectedTables | undefined;

  private constructor(
    index: SetIndex,
    source: Source,
    reader: CheckedReader,
    fold: FoldTable | undefined,
    scratch: Scratch,
  ) {
    this.#index = index;
    this.#source = source;
    this.#reader = reader;
    this.#scratch = scratch;
    this.#run = spillingStore(folderStore(scratch.path), MEMORY_BYTES);
    this.#ids = new IdCheck(this.#run);
    this.#expected = fold && new ExpectedTables(this.#run, index.options, makeFold(fold), reader.signal);
  }

  /**
   * Reads the fold of the set first.
   * @param temp folder for temporary files
   * @throws StoreError if it cannot be written
   */
  static async open(
    index: SetIndex,
    source: Source,
    reader: CheckedReader,
    temp = tmpdir(),
  ): Promise<TableCheck> {
    const fold = await readFold(index, reader);
    return new TableCheck(index, source, reader, fold, await Scratch.open(temp));
  }

  async add(system: FacetedSystem): Promise<void> {
    await this.#ids.add(system.id);
    await this.#expected?.add(system);
  }

  /** Checks ids and tables, after all systems were added. */
  async check(): Promise<void> {
    for (const problem of await this.#ids.problems()) this.#reader.note('index.json', problem);
    if (!this.#expected) {
      await this.#checkPages();
      if (this.#reader.canonical && !this.#index.fold)
        this.#reader.note('index.json', 'no tables, expected those of a canonical set');
      return;
    }
    const { roots, pages } = await this.#expected.make();
    const names = Object.keys(roots) as TableName[];
    const differing = names.filter(
      name => JSON.stringify(this.#index.tables[name]) !== JSON.stringify(roots[name]),
    );
    if (differing.length > 0 && !this.#reader.canonical) {
      await this.#compareRows(differing, roots, this.#expected);
      return;
    }
    for (const page of pages) await this.#reader.check(page);
    for (const name of differing) {
      const [found, expected] = [JSON.stringify(this.#index.tables[name]), JSON.stringify(roots[name])];
      this.#reader.note('index.json', `table ${name} is ${found}, expected ${expected}`);
    }
  }

  /** For a set with missing systems: checks only the bytes of table pages; tree and `_meta` are read elsewhere. */
  async walk(): Promise<void> {
    for (const problem of await this.#ids.problems()) this.#reader.note('index.json', problem);
    await this.#checkPages();
  }

  close(): Promise<void> {
    freeKept();
    return this.#scratch.close();
  }

  /** Every page that the index leads to; tree and `_meta` are read elsewhere. */
  async #checkPages(): Promise<void> {
    const none = {
      tree: null,
      facets: { root: null, overview: null, valueSample: null },
      meta: null,
      preload: null,
    };
    const tables = { ...this.#index, ...none };
    for await (const { ref } of reachable(tables, this.#reader.decode)) await this.#reader.check(ref);
  }

  /** Compares the rows of tables that have other pages than the canonical writer makes. */
  async #compareRows(differing: TableName[], roots: TableRoots, expected: ExpectedTables): Promise<void> {
    const known = this.#reader.problems.length;
    await this.#checkPages();
    if (this.#reader.problems.length > known) return;
    await expected.keep();
    const { signal } = this.#reader;
    const folded = { folded: foldedNames(expected.fold), facets: facetValues(expected.fold) };
    const found = { files: this.#files(this.#source), tables: this.#index.tables, folded };
    const right = { files: this.#files(this.#run), tables: roots, folded };
    // Which systems `members` has depends on the table `listings`.
    const names = new Set(differing.includes('listings') ? [...differing, 'members' as const] : differing);
    for (const name of names) {
      try {
        const difference = await rowDifference(name, found, right, signal);
        if (difference) this.#reader.note('index.json', `table ${name} ${difference}`);
      } catch (error) {
        if (!(error instanceof CorruptError)) throw error;
        this.#reader.note(error.file ?? 'index.json', error.reason ?? error.message);
      }
    }
  }

  #files(source: Source): Files {
    return new Files(source, { codec: nodeCodec, cacheBytes: 0 });
  }
}

async function readFold(index: SetIndex, reader: CheckedReader): Promise<FoldTable | undefined> {
  if (!index.fold) return undefined;
  const ref: FileRef = { kind: 'fold', ...index.fold };
  const map = await reader.read(ref);
  if (!map) return undefined;
  try {
    const fold = unpackFold(map);
    const { hash } = nameContent.put('fold', writtenFoldFile());
    if (!reader.canonical || ref.hash === hash) return fold;
    reader.note(pathOf(ref), `not the fold of canonical sets, which has the hash ${hash}`);
  } catch (error) {
    reader.note(pathOf(ref), (error as Error).message);
  }
  return undefined;
}
