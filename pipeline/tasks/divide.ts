/**
 * The task `divide`: distributes the records of a bucket that is too large for one task to smaller buckets, by a
 * sample of its positions. Dropped records are left out.
 *
 * Writes `divide/NAME.json` (the tree of the bucket), the list of the tasks that build it, and the record runs.
 */
import { cellOf, unionBounds } from '#format/geometry/cell.ts';
import { dividePositions, Partition } from '#pipeline/spill/partition.ts';
import type { RecordRun } from '#pipeline/spill/record-extents.ts';
import { RecordGatherer, readBuckets } from '#pipeline/spill/record-runs.ts';
import { putJson } from '#pipeline/store/run-file.ts';
import { type Bucket, type DivideParams, planCells, type TreePlan } from './cells-plan.ts';
import { keptRecords } from './kept-records.ts';
import { listOf, putTasks, readParams, type Task, type TaskContext, type TaskList } from './task.ts';

/** Number of positions sampled to divide a bucket. */
const SAMPLE = 50_000;
const RUN_TASKS = 4;

export interface DivideResult {
  readonly tree: TreePlan | null;
}

export async function runDivide(task: Task, context: TaskContext): Promise<void> {
  const { run, plan, signal } = context;
  const { name, bucket } = await readParams<DivideParams>(run, task);
  const step = Math.ceil(bucket.records / SAMPLE);
  const sample: number[] = [];
  let at = 0;
  for await (const { memory, starts } of keptRecords(run, bucket, plan.taskBytes)) {
    for (const start of starts)
      if (at++ % step === 0) sample.push(memory.xAt(start), memory.yAt(start), memory.zAt(start));
    signal?.throwIfAborted();
  }
  const pieces = Math.ceil((3 * bucket.bytes) / plan.taskBytes);
  // The smallest cell of all its systems: at least two of its octants are not empty.
  const cell = cellOf(bucket.bounds);
  const json = dividePositions(Float64Array.from(sample), sample.length / 3 / pieces, cell);
  const partition = new Partition(json);
  const gatherer = new RecordGatherer();
  const runs: string[] = [];
  const write = async () => {
    runs.push(`divide/${task.id}-records-${runs.length}`);
    await run.put(runs.at(-1)!, gatherer.takeRun(partition.names));
  };
  for await (const { memory, starts } of keptRecords(run, bucket, plan.taskBytes)) {
    for (const start of starts) {
      const piece = partition.bucketOf(memory.xAt(start), memory.yAt(start), memory.zAt(start));
      gatherer.addStored(memory, start, piece);
    }
    if (gatherer.bytes > RUN_TASKS * plan.taskBytes) await write();
    signal?.throwIfAborted();
  }
  if (gatherer.bytes > 0) await write();
  const { tree, tasks } = planCells(await bucketsOf(context, runs), plan, name);
  await putJson(run, task.outputs[0]!, { tree } satisfies DivideResult);
  const list: TaskList = { tasks: await putTasks(run, tasks), next: null };
  await putJson(run, listOf(task), list);
}

async function bucketsOf({ run }: TaskContext, paths: readonly string[]): Promise<Bucket[]> {
  const runs = paths.map((path): RecordRun => ({ path, split: -1 }));
  const buckets = new Map<string, Bucket & { readonly extents: { readonly numbers: number[] } }>();
  for (const [i, path] of paths.entries()) {
    for (const { name, records, offset, length, bounds } of await readBuckets(run, path)) {
      const known = buckets.get(name);
      const numbers = known?.extents.numbers ?? [];
      numbers.push(i, offset, length);
      buckets.set(name, {
        records: records + (known?.records ?? 0),
        bytes: length + (known?.bytes ?? 0),
        bounds: known ? unionBounds(known.bounds, bounds) : bounds,
        extents: { runs, numbers },
        dropped: { runs: [], numbers: [] },
      });
    }
  }
  return [...buckets.values()];
}
