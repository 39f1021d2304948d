import { type FileKind, type FileRef, pathOf } from '#format/file-ref.ts';
import type { Fold } from '#format/fold/fold.ts';
import type { SetOptions, TableRoots } from '#format/index-json.ts';
import { pack } from '#format/pack.ts';
import type { SetFiles } from '#pipeline/store/set-writer.ts';
import { nameOf } from '#pipeline/store/set-writer.ts';
import type { Store } from '#pipeline/store/store.ts';
import type { FacetedSystem } from '#pipeline/tables/table-rows.ts';
import { AllTables } from '#pipeline/tasks/all-tables.ts';

/** Bytes of a range of a table, and half of those of the rows in memory. */
const TASK_BYTES = 8 * 1024 * 1024;

/** The tables that some systems make, as the canonical writer writes them. */
export class ExpectedTables {
  readonly fold: Fold;
  readonly #run: Store;
  readonly #tables: AllTables;
  readonly #pages: FileRef[] = [];
  readonly #puts: Promise<unknown>[] = [];
  #keeps = false;

  constructor(run: Store, options: SetOptions, fold: Fold, signal: AbortSignal | undefined) {
    this.fold = fold;
    this.#run = run;
    const set: SetFiles = {
      put: (kind, content) => this.#put(kind, pack(content)),
      settle: async () => {
        await Promise.all(this.#puts.splice(0));
      },
    };
    // Not by the engine, which may have built the set.
    const plan = { set: options, taskBytes: TASK_BYTES, engine: 'js' } as const;
    this.#tables = new AllTables({ run, set, plan, fold, events: {}, signal });
  }

  add(system: FacetedSystem): Promise<void> {
    return this.#tables.add(system);
  }

  /** The root of each table, and all pages. @throws the signal's reason */
  async make(): Promise<{ roots: TableRoots; pages: readonly FileRef[] }> {
    return { roots: await this.#tables.finish(), pages: this.#pages };
  }

  /** Makes the pages once more, and keeps them in the store of the run. */
  async keep(): Promise<void> {
    this.#keeps = true;
    await this.#tables.finish();
  }

  #put(kind: FileKind, content: Uint8Array): FileRef {
    const ref = nameOf(kind, content);
    if (this.#keeps) this.#puts.push(this.#run.put(pathOf(ref), content));
    else this.#pages.push(ref);
    return ref;
  }
}
