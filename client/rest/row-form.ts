import type { Tileset } from '#client/tileset.ts';
import type { JsonObject } from '#format/json.ts';
import type { SystemRow } from '#format/system-row.ts';
import { needsRecords, SYSTEM_FIELDS, systemFields } from './guide-system.ts';

/** Rows whose records are read together. */
const BATCH = 1_000;

/** Turns rows of a set into systems with the wanted fields, and reads their records if that needs them. */
export class RowForm {
  readonly #set: Tileset;
  readonly #fields: readonly string[];
  readonly #signal: AbortSignal;
  readonly #needsRecords: boolean;

  /** @param fields names of fields between commas; by default the columns of the migration guide */
  constructor(set: Tileset, fields: string | undefined, signal: AbortSignal) {
    this.#set = set;
    this.#fields = fields?.split(',') ?? SYSTEM_FIELDS;
    this.#signal = signal;
    this.#needsRecords = needsRecords(this.#fields, set.options.summary);
  }

  /** @param more further members of each system */
  async systems<T extends SystemRow>(
    rows: readonly T[],
    more?: (row: T) => JsonObject,
  ): Promise<JsonObject[]> {
    const signal = this.#signal;
    const records = this.#needsRecords ? await this.#set.recordsOf(rows, { signal }, this.#fields) : [];
    return rows.map((row, i) => ({ ...systemFields(row, records[i], this.#fields), ...more?.(row) }));
  }

  async *batches(rows: AsyncIterable<SystemRow>): AsyncGenerator<JsonObject[], void, undefined> {
    let batch: SystemRow[] = [];
    for await (const row of rows) {
      batch.push(row);
      if (batch.length < BATCH) continue;
      yield await this.systems(batch);
      batch = [];
    }
    if (batch.length > 0) yield await this.systems(batch);
  }
}
