/** The tables of regions: a directory, a table for each large region, and one for the members of all others. */
import {
  keyWeight,
  LEAF_WEIGHT,
  MEMBERS,
  noBounds,
  REGIONS,
  type RegionEntry,
  type RootRef,
  type SystemRow,
  shardOf,
  widen,
} from '../../client/format/index.ts';
import type { FileSink } from '../context.ts';
import { TableBuilder } from './builder.ts';

/**
 * A region is large if its rows would not fit one page: then they have a table of their own, so that its pages are
 * found without a search, and an edit touches no other region.
 */
export class RegionsBuilder {
  readonly #sink: FileSink;
  readonly #directory: TableBuilder<RegionEntry>;
  readonly #members: TableBuilder<SystemRow>;
  /** Rows of the region at hand, until they are too many. */
  #rows: SystemRow[] = [];
  #weight = 0;
  #shard: TableBuilder<SystemRow> | undefined;
  #systems = 0;
  #bounds = noBounds();
  #region: string | undefined;

  constructor(sink: FileSink) {
    this.#sink = sink;
    this.#directory = new TableBuilder(REGIONS, sink);
    this.#members = new TableBuilder(MEMBERS, sink);
  }

  /** Rows come by (region, name, id). */
  add(row: SystemRow): void {
    if (row.region !== this.#region) this.#close();
    this.#region = row.region;
    this.#systems++;
    widen(this.#bounds, row.x, row.y, row.z);
    if (this.#shard) {
      this.#shard.add(row);
      return;
    }
    this.#rows.push(row);
    this.#weight += keyWeight([row.name, row.id]) + MEMBERS.weight(row);
    if (this.#weight <= LEAF_WEIGHT || this.#rows.length === 1) return;
    const shard = new TableBuilder(shardOf(row.region), this.#sink);
    for (const of of this.#rows) shard.add(of);
    this.#rows = [];
    this.#shard = shard;
  }

  finish(): { regions: RootRef | null; members: RootRef | null } {
    this.#close();
    return { regions: this.#directory.finish(), members: this.#members.finish() };
  }

  #close(): void {
    if (this.#region === undefined) return;
    for (const row of this.#rows) this.#members.add(row);
    this.#directory.add({
      region: this.#region,
      systems: this.#systems,
      bounds: this.#bounds,
      shard: this.#shard?.finish() ?? undefined,
    });
    this.#rows = [];
    this.#weight = 0;
    this.#shard = undefined;
    this.#systems = 0;
    this.#bounds = noBounds();
  }
}
