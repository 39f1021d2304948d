import { tmpdir } from 'node:os';
import { type FoldTable, makeFold, packFold, unpackFold } from '../../client/format/fold.ts';
import type { SetIndex, TableRoots } from '../../client/format/index-json.ts';
import { type FileRef, pathOf } from '../../client/format/ref.ts';
import type { System } from '../../client/format/system.ts';
import { folderStore } from '../store/folder.ts';
import { reachable } from '../store/reachable.ts';
import { Scratch } from '../store/scratch.ts';
import { spillingStore } from '../store/spilling.ts';
import type { Store } from '../store/store.ts';
import { AllTables } from '../tasks/all-tables.ts';
import type { SetFiles } from '../tasks/task.ts';
import { IdCheck } from './ids.ts';
import { nameContent } from './node.ts';
import type { CheckedReader } from './reader.ts';

/** Bytes of rows in memory; half the size of a range of a table. */
const TASK_BYTES = 8 * 1024 * 1024;
/** Rows of a small set stay in memory. */
const MEMORY_BYTES = 16 * 1024 * 1024;

/**
 * Checks the tables of a set by rebuilding them from its systems: every rebuilt page must be in the set. Pages that
 * only the index leads to are reported as orphans.
 */
export class TableCheck {
  readonly #index: SetIndex;
  readonly #reader: CheckedReader;
  readonly #scratch: Scratch;
  readonly #ids: IdCheck;
  /** Undefined if the fold of the set is invalid: then the tables cannot be rebuilt. */
  readonly #tables: AllTables | undefined;

  private constructor(index: SetIndex, reader: CheckedReader, fold: FoldTable | undefined, scratch: Scratch) {
    this.#index = index;
    this.#reader = reader;
    this.#scratch = scratch;
    const run = spillingStore(folderStore(scratch.path), MEMORY_BYTES);
    this.#ids = new IdCheck(run);
    this.#tables = fold && this.#rebuild(run, makeFold(fold));
  }

  /**
   * Reads the fold of the set first.
   * @param temp folder for temporary files @throws StoreError if it cannot be written
   */
  static async open(index: SetIndex, reader: CheckedReader, temp = tmpdir()): Promise<TableCheck> {
    const fold = await readFold(index, reader);
    return new TableCheck(index, reader, fold, await Scratch.open(temp));
  }

  async add(system: System): Promise<void> {
    await this.#ids.add(system.id);
    await this.#tables?.add(system);
  }

  /** Checks ids and tables, after all systems were added. */
  async check(): Promise<void> {
    for (const problem of await this.#ids.problems()) this.#reader.note('index.json', problem);
    if (this.#tables) this.#compare(await this.#tables.finish());
  }

  /** For a set with missing systems: checks only the bytes of table pages; tree and `_meta` are read elsewhere. */
  async walk(): Promise<void> {
    for (const problem of await this.#ids.problems()) this.#reader.note('index.json', problem);
    const tables = { ...this.#index, tree: null, meta: null };
    for await (const { ref } of reachable(tables, this.#reader.decode)) await this.#reader.check(ref);
  }

  close(): Promise<void> {
    return this.#scratch.close();
  }

  /** Rebuilds the tables; checks that each rebuilt page is in the set. */
  #rebuild(run: Store, fold: (text: string) => string): AllTables {
    const { options } = this.#index;
    const pages: FileRef[] = [];
    const set: SetFiles = {
      put(kind, content) {
        const ref = nameContent.put(kind, content);
        pages.push(ref);
        return ref;
      },
      settle: async () => {
        for (const page of pages.splice(0)) await this.#reader.check(page);
      },
    };
    const plan = { set: options, taskBytes: TASK_BYTES };
    const summary = new Set(options.summary);
    return new AllTables(
      { run, set, plan, fold, events: {}, signal: undefined },
      { search: options.search, summary, fold },
    );
  }

  #compare(made: TableRoots): void {
    for (const table of Object.keys(made) as (keyof TableRoots)[]) {
      const [actual, rebuilt] = [JSON.stringify(this.#index.tables?.[table]), JSON.stringify(made[table])];
      if (actual === rebuilt) continue;
      this.#reader.note('index.json', `table ${table} is ${actual}, expected ${rebuilt}`);
    }
  }
}

async function readFold(index: SetIndex, reader: CheckedReader): Promise<FoldTable | undefined> {
  if (!index.fold) return undefined;
  const ref: FileRef = { kind: 'fold', ...index.fold };
  const map = await reader.read(ref);
  if (!map) return undefined;
  try {
    const fold = unpackFold(map);
    if (nameContent.put('fold', packFold(fold)).hash === ref.hash) return fold;
    reader.note(pathOf(ref), 'not the canonical encoding of its rows');
  } catch (error) {
    reader.note(pathOf(ref), (error as Error).message);
  }
  return undefined;
}
