import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type FileRef,
  type FoldTable,
  makeFold,
  packFold,
  pathOf,
  type SetIndex,
  type System,
  type TableRoots,
  unpackFold,
} from '../../client/format/index.ts';
import { reachable } from '../store/reachable.ts';
import { TablesBuilder } from '../tables/index.ts';
import { IdCheck } from './ids.ts';
import { nameContent } from './node.ts';
import type { CheckedReader } from './reader.ts';

/**
 * Proves the tables of a set: they are built again from its systems, and every page that comes of it must be there,
 * whole. Pages that the index leads to instead are told as orphans.
 */
export class TableCheck {
  readonly #index: SetIndex;
  readonly #reader: CheckedReader;
  readonly #folder: string;
  readonly #ids: IdCheck;
  readonly #summary: ReadonlySet<string>;
  /** Undefined where the fold of the set is at fault: nobody can tell then what the tables should be. */
  readonly #tables: TablesBuilder | undefined;

  private constructor(index: SetIndex, reader: CheckedReader, fold: FoldTable | undefined) {
    this.#index = index;
    this.#reader = reader;
    this.#folder = mkdtempSync(join(tmpdir(), 'haven-chunks-verify-'));
    this.#ids = new IdCheck(join(this.#folder, 'ids'));
    this.#summary = new Set(index.options.summary);
    const { search } = index.options;
    this.#tables = fold && new TablesBuilder({ scratch: this.#folder, search, fold: makeFold(fold) });
  }

  /** Reads the fold of the set first. */
  static async open(index: SetIndex, reader: CheckedReader): Promise<TableCheck> {
    return new TableCheck(index, reader, await readFold(index, reader));
  }

  add(system: System): void {
    this.#ids.add(system.id);
    this.#tables?.add(system, this.#summary);
  }

  /** Once all systems were added. */
  async check(): Promise<void> {
    for (const problem of this.#ids.problems()) this.#reader.note('index.json', problem);
    if (!this.#tables) return;
    const pages: FileRef[] = [];
    const steps = this.#tables.finish({
      put(kind, content) {
        const ref = nameContent.put(kind, content);
        pages.push(ref);
        return ref;
      },
    });
    for (;;) {
      const { done, value } = steps.next();
      for (const page of pages.splice(0)) await this.#reader.check(page);
      await nextTurn();
      if (done) return this.#compare(value);
    }
  }

  /** Where systems are missing: checks the pages of tables for their bytes alone; tree and `_meta` are read elsewhere. */
  async walk(): Promise<void> {
    for (const problem of this.#ids.problems()) this.#reader.note('index.json', problem);
    const tables = { ...this.#index, tree: null, meta: null };
    for await (const { ref } of reachable(tables, this.#reader.decode)) await this.#reader.check(ref);
  }

  close(): void {
    this.#ids.close();
    this.#tables?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #compare(made: TableRoots): void {
    for (const table of Object.keys(made) as (keyof TableRoots)[]) {
      const [says, makes] = [JSON.stringify(this.#index.tables?.[table]), JSON.stringify(made[table])];
      if (says === makes) continue;
      this.#reader.note('index.json', `says the table ${table} is ${says}, which its systems make ${makes}`);
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
    reader.note(pathOf(ref), 'is not the fold that its rows make');
  } catch (error) {
    reader.note(pathOf(ref), (error as Error).message);
  }
  return undefined;
}
