/**
 * Plans the octree above the buckets, from their exact counts and bounding boxes: buckets become subtrees, or leaves
 * that share chunks with their siblings, or are divided first because they are too large.
 */
import { type Bounds, cellOf, octantOf, unionBounds } from '#format/geometry/cell.ts';
import { isLeaf } from '#pipeline/octree/build-cell.ts';
import { joinExtents, type RecordExtents } from '#pipeline/spill/record-extents.ts';
import { type BuildPlan, listOf, type PlannedTask } from './task.ts';

/** A bucket: a dyadic cell with all its systems, not counting dropped ones. */
export interface Bucket {
  readonly records: number;
  /** Bytes of its records, including dropped ones. */
  readonly bytes: number;
  readonly bounds: Bounds;
  readonly extents: RecordExtents;
  readonly dropped: RecordExtents;
}

/** Systems that become one leaf or one subtree. */
export interface CellsPart {
  /** `large leaf`: more coincident systems than fit in the memory of a task. */
  readonly kind: 'leaf' | 'large leaf' | 'subtree';
  readonly bounds: Bounds;
  readonly bytes: number;
  readonly extents: RecordExtents;
  readonly dropped: RecordExtents;
}

/** Parts that are built together: one subtree, or all leaves that are children of one node, in Morton order. */
export type Unit = readonly CellsPart[];

/** A unit: the file of its task, and its index among the units of the task. */
export type UnitPlace = readonly [file: string, unit: number];

export interface CellsParams {
  readonly units: readonly Unit[];
}

export interface DivideParams {
  readonly name: string;
  readonly bucket: Bucket;
}

/** The upper octree; children are in Morton order, with leaves separate. */
export type TreePlan =
  | { readonly kind: 'unit'; readonly at: UnitPlace }
  /** A bucket that is divided; the file has its tree. */
  | { readonly kind: 'divided'; readonly file: string }
  | { readonly kind: 'node'; readonly leaves: UnitPlace | null; readonly children: readonly TreePlan[] };

export interface CellsPlan {
  /** Null if there are no systems. */
  readonly tree: TreePlan | null;
  readonly tasks: readonly PlannedTask[];
}

/**
 * Bytes of the records of a task, as a multiple of those in its memory: it builds one unit after another. Larger tasks
 * write fewer and longer runs of rows.
 */
const BATCH_TASKS = 2;

const cellsFile = (id: string) => `cells/${id}.json`;
/** File with the nodes of the units, by the file of the task. */
export const nodesFile = (file: string) => file.replace('.json', '-nodes');

/** @param name name of the divided bucket; empty for all of space */
export function planCells(
  buckets: readonly Bucket[],
  plan: Pick<BuildPlan, 'set' | 'taskBytes'>,
  name: string,
): CellsPlan {
  return new Planner(plan, name).plan(buckets);
}

class Planner {
  readonly #plan: Pick<BuildPlan, 'set' | 'taskBytes'>;
  readonly #name: string;
  readonly #tasks: PlannedTask[] = [];
  #divided = 0;
  #batches = 0;
  #units: Unit[] = [];
  #bytes = 0;

  constructor(plan: Pick<BuildPlan, 'set' | 'taskBytes'>, name: string) {
    this.#plan = plan;
    this.#name = name;
  }

  plan(buckets: readonly Bucket[]): CellsPlan {
    const grown = this.#grow(buckets.filter(bucket => bucket.records > 0));
    const tree = grown && this.#treeOf(grown);
    this.#closeBatch();
    return { tree: tree ?? null, tasks: this.#tasks };
  }

  /** Turns buckets into a part, which has no unit yet, or into a tree. */
  #grow(buckets: readonly Bucket[]): CellsPart | TreePlan | undefined {
    if (buckets.length === 0) return undefined;
    const { set, taskBytes } = this.#plan;
    const records = buckets.reduce((sum, bucket) => sum + bucket.records, 0);
    const bytes = buckets.reduce((sum, bucket) => sum + bucket.bytes, 0);
    const bounds = buckets.map(bucket => bucket.bounds).reduce(unionBounds);
    const part = (kind: CellsPart['kind']): CellsPart => ({
      ...{ kind, bounds, bytes, extents: joinExtents(buckets.map(bucket => bucket.extents)) },
      dropped: joinExtents(buckets.map(bucket => bucket.dropped)),
    });
    if (isLeaf(records, bounds, set))
      return part(records > set.chunkLimit && bytes > taskBytes ? 'large leaf' : 'leaf');
    if (bytes <= taskBytes) return part('subtree');
    if (buckets.length === 1) return this.#divide(buckets[0]!);
    const cell = cellOf(bounds);
    const octants: Bucket[][] = [[], [], [], [], [], [], [], []];
    for (const bucket of buckets) octants[octantOf(cell, ...bucket.bounds.min)]!.push(bucket);
    const grown = octants.map(octant => this.#grow(octant)).filter(child => child !== undefined);
    const leaves = grown.filter(
      (child): child is CellsPart => child.kind === 'leaf' || child.kind === 'large leaf',
    );
    const children = grown.filter(child => child.kind !== 'leaf' && child.kind !== 'large leaf');
    return {
      kind: 'node',
      leaves: leaves.length > 0 ? this.#place(leaves) : null,
      children: children.map(child => this.#treeOf(child)),
    };
  }

  #treeOf(grown: CellsPart | TreePlan): TreePlan {
    return 'bounds' in grown ? { kind: 'unit', at: this.#place([grown]) } : grown;
  }

  #divide(bucket: Bucket): TreePlan {
    const task = divideTask(bucket, `${this.#name}-${this.#divided++}`);
    this.#tasks.push(task);
    return { kind: 'divided', file: task.outputs[0]! };
  }

  /** Adds a unit to the current task, or to a new one if the current task is full. */
  #place(unit: Unit): UnitPlace {
    const bytes = unit.reduce((sum, part) => sum + part.bytes, 0);
    if (this.#units.length > 0 && this.#bytes + bytes > BATCH_TASKS * this.#plan.taskBytes)
      this.#closeBatch();
    this.#bytes += bytes;
    return [cellsFile(this.#batchId()), this.#units.push(unit) - 1];
  }

  #batchId(): string {
    return `cells${this.#name}-${this.#batches}`;
  }

  #closeBatch(): void {
    if (this.#units.length === 0) return;
    const id = this.#batchId();
    this.#tasks.push(cellsTask(id, this.#units, this.#bytes));
    this.#batches++;
    this.#units = [];
    this.#bytes = 0;
  }
}

function cellsTask(id: string, units: readonly Unit[], weight: number): PlannedTask {
  const params: CellsParams = { units };
  return { kind: 'cells', id, outputs: [cellsFile(id)], weight, params };
}

function divideTask({ extents, dropped, ...bucket }: Bucket, name: string): PlannedTask {
  const task = { kind: 'divide', id: `divide${name}`, weight: bucket.bytes } as const;
  const own = { ...bucket, extents: joinExtents([extents]), dropped: joinExtents([dropped]) };
  const params: DivideParams = { name, bucket: own };
  return { ...task, outputs: [`divide/${task.id}.json`, listOf(task)], params };
}
