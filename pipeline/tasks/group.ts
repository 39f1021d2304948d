/**
 * The task `group`: reads all claims to ids, and drops all but one of the systems with the same id. Then the exact
 * number of systems in each bucket is known, and with it the upper octree and the tasks `divide` and `cells`.
 *
 * Writes `group.json` (`GroupResult`), `common.json` (`CommonValues`), `overview.json` (`OverviewHash`), the list of tasks,
 * the runs of dropped records by bucket, and the locations of records dropped because a different system is kept.
 */
import type { Bounds } from '#format/geometry/cell.ts';
import { InputError, UsageError } from '#pipeline/errors.ts';
import { unusedEntries, unusedMapText } from '#pipeline/source/mapping.ts';
import { placeFields, rejectLine } from '#pipeline/source/source-location.ts';
import type { Reject } from '#pipeline/source/source-types.ts';
import { mapAdvice } from '#pipeline/source/suggest-map.ts';
import { entrySort } from '#pipeline/spill/engine-sort.ts';
import { sortedBatches } from '#pipeline/spill/key-runs.ts';
import type { RecordRun } from '#pipeline/spill/record-extents.ts';
import { readBuckets } from '#pipeline/spill/record-runs.ts';
import { putJson, readJson } from '#pipeline/store/run-file.ts';
import type { Store } from '#pipeline/store/store.ts';
import { type Bucket, planCells, type TreePlan } from './cells-plan.ts';
import { commonValues } from './common-values.ts';
import { droppedRun, Grouper } from './grouper.ts';
import { idRun, type MapResult, mapFile, recordRun } from './map.ts';
import { nameFieldAmong } from './name-watch.ts';
import { firstLinesOf, readNotes } from './notes.ts';
import { COMMON, GROUP, OVERVIEW, rangesTask } from './stages.ts';
import { type BuildPlan, listOf, putTasks, type Task, type TaskContext, type TaskList } from './task.ts';

export interface GroupResult {
  readonly accepted: number;
  readonly rejected: number;
  readonly skipped: number;
  /** Entries of `map` that gave no record a field, as `FIELD=PATH`. */
  readonly unusedMaps: readonly string[];
  /** A field that looks like the name of systems, if all are named by their ids. */
  readonly nameField: string | null;
  /** Systems dropped because an identical system is kept, or because a different system with the same id is kept. */
  readonly identical: number;
  readonly duplicates: number;
  readonly duplicateRuns: number;
  /** Systems of the set. */
  readonly systems: number;
  /** Number of the first line of each split. */
  readonly firstLines: readonly number[];
  readonly tree: TreePlan | null;
}

/** No system of the overview has a higher hash. */
export type OverviewHash = number;

const EXAMPLES = 3;

export async function runGroup(task: Task, context: TaskContext): Promise<void> {
  const { run, plan } = context;
  const maps: MapResult[] = [];
  for (const split of plan.splits.keys()) maps.push(await readJson<MapResult>(run, mapFile(split)));
  const firstLines = firstLinesOf(plan, maps);
  await checkRejects(run, plan, maps, firstLines);
  const unusedMaps = unusedIn(plan, maps);
  const grouper = new Grouper(context, maps, firstLines);
  const ids = maps.flatMap(({ split, idRuns }) => Array.from({ length: idRuns }, (_, i) => idRun(split, i)));
  for await (const sorted of sortedBatches(run, ids, 2 * plan.taskBytes, entrySort(plan.engine))) {
    await grouper.take(sorted);
    await grouper.writeDropped();
    context.signal?.throwIfAborted();
  }
  grouper.close();
  await grouper.writeDropped(true);
  const buckets = await bucketsOf(run, maps, grouper);
  const { tree, tasks } = planCells(buckets, plan, '');
  const total = (count: 'accepted' | 'rejected' | 'skipped') =>
    maps.reduce((sum, map) => sum + map[count], 0);
  const result: GroupResult = {
    ...{ accepted: total('accepted'), rejected: total('rejected'), skipped: total('skipped') },
    ...{ unusedMaps, nameField: nameFieldAmong(maps.map(({ names }) => names)) },
    ...{ identical: grouper.identical, duplicates: grouper.dropped - grouper.identical },
    ...{
      duplicateRuns: grouper.duplicateRuns,
      systems: total('accepted') - grouper.dropped,
      firstLines,
      tree,
    },
  };
  await putJson(run, GROUP, result);
  await putJson(
    run,
    COMMON,
    commonValues(
      maps.map(({ values }) => values),
      grouper.dropped,
    ),
  );
  await putJson(run, OVERVIEW, grouper.overview.highestHash(plan.set.preview) satisfies OverviewHash);
  const list: TaskList = { tasks: await putTasks(run, tasks), next: rangesTask(1) };
  await putJson(run, listOf(task), list);
}

/**
 * Checks the numbers of records.
 * @throws InputError if all records were rejected, or if any was and the build is strict
 */
async function checkRejects(
  run: Store,
  { strict }: BuildPlan,
  maps: readonly MapResult[],
  firstLines: readonly number[],
): Promise<void> {
  const accepted = maps.reduce((sum, map) => sum + map.accepted, 0);
  const rejected = maps.reduce((sum, map) => sum + map.rejected, 0);
  if (rejected === 0 || (accepted > 0 && !strict)) return;
  const rejects: Reject[] = [];
  for await (const note of readNotes(run, maps, firstLines)) {
    if (note.kind === 'reject') rejects.push(note.reject);
    if (rejects.length === EXAMPLES) break;
  }
  const summary =
    rejected === 1
      ? `${accepted === 0 ? 'the only' : '--strict: a'} record was rejected`
      : `${accepted === 0 ? 'all' : '--strict:'} ${rejected} records were rejected`;
  const advice = mapAdvice(rejects);
  const lines = [
    `${summary}; nothing was written. The first:`,
    ...rejects.map(reject => `  ${rejectLine(reject)}`),
    ...(advice === undefined ? [] : [advice]),
  ];
  const { location, field, reason } = rejects[0]!;
  throw new InputError(lines.join('\n'), { ...placeFields(location), field, reason });
}

/**
 * Entries of the map that gave no record a field, as `FIELD=PATH`.
 * @throws UsageError if the build is strict and there are any
 */
function unusedIn({ map, strict }: BuildPlan, maps: readonly MapResult[]): string[] {
  if (!map || maps.every(({ accepted }) => accepted === 0)) return [];
  const unused = unusedEntries(map, new Set(maps.flatMap(({ mappedFields }) => mappedFields)));
  if (strict && unused.length > 0)
    throw new UsageError(
      `--strict: ${unused.map(unusedMapText).join('; ')}; nothing was written. Correct the path, or leave the option out`,
    );
  return unused;
}

/** All buckets with systems, with the extents of their records and of dropped records. */
async function bucketsOf(run: Store, maps: readonly MapResult[], grouper: Grouper): Promise<Bucket[]> {
  const runs = maps.flatMap(({ split, recordRuns }) =>
    Array.from({ length: recordRuns }, (_, i): RecordRun => ({ path: recordRun(split, i), split })),
  );
  const droppedRuns = Array.from(
    { length: grouper.droppedRuns },
    (_, i): RecordRun => ({ path: droppedRun(i), split: -1 }),
  );
  const buckets = new Map<
    string,
    { bytes: number; bounds: Bounds; records: number; extents: number[]; dropped: number[] }
  >();
  const add = async (runs: readonly RecordRun[], to: 'extents' | 'dropped') => {
    for (const [i, { path }] of runs.entries()) {
      for (const { name, offset, length } of await readBuckets(run, path)) {
        const tally = grouper.tally(name);
        if (!tally) continue;
        let bucket = buckets.get(name);
        if (!bucket) {
          bucket = { bytes: 0, bounds: tally.bounds, records: tally.systems, extents: [], dropped: [] };
          buckets.set(name, bucket);
        }
        if (to === 'extents') bucket.bytes += length;
        bucket[to].push(i, offset, length);
      }
    }
  };
  await add(runs, 'extents');
  await add(droppedRuns, 'dropped');
  return Array.from(buckets.values(), ({ extents, dropped, ...bucket }) => ({
    ...bucket,
    extents: { runs, numbers: extents },
    dropped: { runs: droppedRuns, numbers: dropped },
  }));
}
