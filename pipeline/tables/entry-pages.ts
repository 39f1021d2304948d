/** Writes the leaf pages of sorted entries. */
import { leafWeight, type TableSchema } from '#format/btree/page.ts';
import type { Engine } from '#pipeline/engine/engine-module.ts';
import { entriesBetween, type Sorted } from '#pipeline/spill/sort-entries.ts';
import type { FileSink } from '#pipeline/store/set-writer.ts';
import { type EntryRows, encodeEntries } from './leaf-encoder.ts';
import { OpenRun } from './open-run.ts';
import type { LeafPage } from './table-builder.ts';
import { type EntryWeigher, weighAll } from './weigh-all.ts';

/** How entries become the rows of a table. */
export type EntryTable<R> = EntryRows<R> & EntryWeigher;

export class EntryPages {
  readonly #engine: Engine;
  readonly #sink: FileSink;

  constructor(engine: Engine, sink: FileSink) {
    this.#engine = engine;
    this.#sink = sink;
  }

  /**
   * Writes the leaf pages of a table, or of a range of it that begins and ends at borders independent of other rows, as
   * `LeafPages` does.
   * @param onPage called with each page, in order
   */
  write<R>(
    sorted: Sorted,
    schema: TableSchema<R>,
    table: EntryTable<R>,
    onPage: (page: LeafPage) => void,
  ): void {
    const run = new OpenRun(leafWeight(schema));
    let begin = 0;
    const flush = () => {
      const ends = run.cut();
      for (let i = 1; i < ends.length; i++) {
        const rows = ends[i]! - ends[i - 1]!;
        const page = entriesBetween(sorted, begin, begin + rows);
        const { first, last, content } = encodeEntries(page, schema, table, this.#engine);
        onPage({ first, last, rows, ref: this.#sink.put(schema.kind, content) });
        begin += rows;
      }
    };
    for (const weights of weighAll(this.#engine, table, sorted))
      for (let at = run.addAll(weights, 0); at !== undefined; at = run.addAll(weights, at)) flush();
    flush();
  }
}
