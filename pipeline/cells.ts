/** The task `cells`: buckets, in groups by their exact counts, become subtrees of the octree. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Bounds, cellOf, octantOf, unionBounds } from '../client/format/index.ts';
import type { CountedSystem, SetContext } from './context.ts';
import type { KillList } from './duplicates.ts';
import { normaliseAgain } from './normalise.ts';
import { buildCell, type Cell, joinCells } from './octree.ts';
import { Partition } from './partition.ts';
import type { BuildPlan } from './plan.ts';
import { PointBuilder } from './point.ts';
import { Spill, type SpilledRecord } from './spill.ts';
import type { TablesBuilder } from './tables/index.ts';
import { PAUSE_ROWS } from './tables/rows.ts';

/** A bucket and where it lies. */
interface Item {
  readonly spill: Spill;
  readonly bucket: number;
  readonly records: number;
  readonly bytes: number;
  readonly bounds: Bounds;
}

export interface CellWork {
  readonly plan: BuildPlan;
  readonly context: SetContext;
  readonly tables: TablesBuilder;
  /** Fields that no system had so far, of those that the options name; those that are met are taken out. */
  readonly unmet: Set<string>;
  /** Waits while too many files are being written. */
  readonly ready: () => Promise<void>;
  readonly scratch: string;
  /** Sequences of records that are not to be built, and how many of each bucket of the first spill. */
  readonly killed: KillList;
  /** Told the systems built so far. */
  readonly onProgress: (systems: number) => void;
  readonly signal: AbortSignal | undefined;
}

/** Positions that a bucket is divided by when it is too large for one task. */
const SAMPLE = 50_000;

/** Builds the octree of all that was spilled; undefined where that is nothing. */
export async function buildCells(spill: Spill, work: CellWork): Promise<Cell | undefined> {
  return new CellBuilder(work).grow(itemsOf(spill, work.killed.byBucket));
}

class CellBuilder {
  readonly #work: CellWork;
  #built = 0;
  #spills = 0;
  #points = 0;

  constructor(work: CellWork) {
    this.#work = work;
  }

  /** The cell of all items, which are disjoint dyadic cells with all their systems. */
  async grow(items: Item[]): Promise<Cell | undefined> {
    const { plan, context } = this.#work;
    const records = items.reduce((sum, item) => sum + item.records, 0);
    const bytes = items.reduce((sum, item) => sum + item.bytes, 0);
    if (records === 0) return undefined;
    if (records <= plan.set.chunkLimit || bytes <= plan.taskBytes) return this.#task(items);
    if (isOnePoint(items)) return this.#point(items);
    if (items.length === 1) return this.#divide(items[0]!);
    const cell = cellOf(items.map(item => item.bounds).reduce(unionBounds));
    const octants: Item[][] = [[], [], [], [], [], [], [], []];
    for (const item of items) octants[octantOf(cell, ...item.bounds.min)]!.push(item);
    const children: Cell[] = [];
    for (const octant of octants) {
      const child = await this.grow(octant);
      if (child) children.push(child);
    }
    return joinCells(children, context);
  }

  /** Reads the systems of some items into memory and builds their cell. */
  async #task(items: Item[]): Promise<Cell> {
    this.#work.signal?.throwIfAborted();
    const systems = Array.from(this.#recordsOf(items), systemOf);
    const cell = buildCell(systems, this.#work.context);
    await this.#handOn(systems);
    return cell;
  }

  /** Builds the leaf of all systems of some items, which are on one point. */
  async #point(items: Item[]): Promise<Cell> {
    const { context, scratch, signal } = this.#work;
    const point = new PointBuilder(`${scratch}/point-${++this.#points}`, systemOf);
    try {
      let records = 0;
      for (const record of this.#recordsOf(items)) {
        point.add(record);
        if (++records % PAUSE_ROWS > 0) continue;
        await nextTurn();
        signal?.throwIfAborted();
      }
      const parts = point.write(items[0]!.bounds, context);
      let part = parts.next();
      for (; !part.done; part = parts.next()) await this.#handOn(part.value);
      return part.value;
    } finally {
      point.close();
    }
  }

  /** The records of some items that are to be built; the items are used up. */
  *#recordsOf(items: readonly Item[]): Generator<SpilledRecord> {
    for (const { spill, bucket } of items) {
      for (const record of spill.read(bucket)) {
        if (!this.#work.killed.sequences.has(record.sequence)) yield record;
      }
      spill.drop(bucket);
    }
  }

  /** Systems that are in chunks go to the tables; then others have their turn. */
  async #handOn(systems: readonly CountedSystem[]): Promise<void> {
    const { context, signal, onProgress, ready, tables, unmet } = this.#work;
    for (const system of systems) {
      tables.add(system, context.summary);
      for (const field of unmet) if (Object.hasOwn(system.fields, field)) unmet.delete(field);
    }
    await ready();
    // So that interruptions are heard, and files that are written let go of their contents.
    await nextTurn();
    signal?.throwIfAborted();
    this.#built += systems.length;
    onProgress(this.#built);
  }

  /** Spills a bucket once more, divided by a sample of its own. */
  async #divide(item: Item): Promise<Cell | undefined> {
    const { plan, scratch } = this.#work;
    const step = Math.ceil(item.records / SAMPLE);
    const sample: number[] = [];
    let at = 0;
    for (const { x, y, z } of item.spill.read(item.bucket)) if (at++ % step === 0) sample.push(x, y, z);
    const pieces = Math.ceil((3 * item.bytes) / plan.taskBytes);
    // The smallest cell of all its systems, so that at least two of its octants hold some, however deep it lies.
    const cell = cellOf(item.bounds);
    const partition = new Partition(Float64Array.from(sample), sample.length / 3 / pieces, cell);
    const spill = new Spill(`${scratch}/records-${++this.#spills}`, plan.spillBytes);
    try {
      for (const record of item.spill.read(item.bucket)) {
        if (this.#work.killed.sequences.has(record.sequence)) continue;
        spill.add(partition.bucketOf(record.x, record.y, record.z), record);
      }
      item.spill.drop(item.bucket);
      return await this.grow(itemsOf(spill));
    } finally {
      spill.close();
    }
  }
}

function itemsOf(spill: Spill, killed?: ReadonlyMap<number, number>): Item[] {
  return Array.from(spill.buckets(), ([bucket, { records, bytes, bounds }]) => ({
    spill,
    bucket,
    records: records - (killed?.get(bucket) ?? 0),
    bytes,
    bounds,
  })).filter(item => item.records > 0);
}

function isOnePoint(items: readonly Item[]): boolean {
  const { min, max } = items.map(item => item.bounds).reduce(unionBounds);
  return min.every((low, axis) => low === max[axis]);
}

function systemOf(record: SpilledRecord): CountedSystem {
  const { bytes, key, region, sequence } = record;
  const place = { file: 'the spill', input: 0, offset: sequence, line: 0, column: 0 };
  const outcome = normaliseAgain({
    bytes,
    place,
    ...(key !== undefined && { key }),
    ...(region !== undefined && { region }),
  });
  if (outcome.kind !== 'system')
    throw new Error(`record ${sequence} was accepted once and is not now: ${outcome.kind}`);
  return Object.assign(outcome.system, { counts: outcome.counts });
}
