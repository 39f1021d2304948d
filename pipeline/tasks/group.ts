/**
 * The task `group`: all claims to ids meet. Of the systems of one id, all but one are dropped; so the exact number of
 * systems in each bucket is known, and with it the shape of the upper octree, which tells the tasks `divide` and `cells`.
 *
 * Writes `group.json` (`GroupResult`), the list of tasks, the runs of dropped records by bucket, and the places of those
 * that are dropped for a different system.
 */
import { noBounds, type OpenBounds, widen } from '#format/geometry/bounds.ts';
import type { Bounds } from '#format/geometry/cell.ts';
import { InputError } from '#pipeline/errors.ts';
import { rejectLine } from '#pipeline/source/source-location.ts';
import type { Reject, SourceLocation } from '#pipeline/source/source-types.ts';
import { mapAdvice } from '#pipeline/source/suggest-map.ts';
import { JsonLines, readJsonLines } from '#pipeline/spill/json-lines.ts';
import { type Sorted, sortedBatches } from '#pipeline/spill/key-runs.ts';
import { type RecordExtent, RecordGatherer, readBuckets } from '#pipeline/spill/record-runs.ts';
import type { Store } from '#pipeline/store/store.ts';
import { type Bucket, planCells, type TreePlan } from './cells-plan.ts';
import { type Claim, claimAt, sameId } from './claims.ts';
import { IdGroup } from './duplicates.ts';
import { idRun, type MapResult, mapFile, recordRun } from './map.ts';
import { firstLinesOf, readNotes } from './notes.ts';
import { GROUP, rangesTask } from './stages.ts';
import {
  type BuildPlan,
  listOf,
  putJson,
  readJson,
  type Task,
  type TaskContext,
  type TaskList,
} from './task.ts';

export interface GroupResult {
  readonly accepted: number;
  readonly rejected: number;
  readonly skipped: number;
  /** Systems dropped because an identical one is kept, and because a different one with the same id is. */
  readonly identical: number;
  readonly duplicates: number;
  readonly duplicateRuns: number;
  /** Systems of the set. */
  readonly systems: number;
  /** Number of the first line of each split. */
  readonly firstLines: readonly number[];
  readonly tree: TreePlan | null;
}

const droppedRun = (run: number) => `group/dropped-${run}`;
const duplicateRun = (run: number) => `group/duplicates-${run}`;

const EXAMPLES = 3;

/** What is counted of a bucket while claims are read. */
interface Tally {
  systems: number;
  readonly bounds: OpenBounds;
}

export async function runGroup(task: Task, context: TaskContext): Promise<void> {
  const { run, plan } = context;
  const maps: MapResult[] = [];
  for (const split of plan.splits.keys()) maps.push(await readJson<MapResult>(run, mapFile(split)));
  const firstLines = firstLinesOf(plan, maps);
  await checkRejects(run, plan, maps, firstLines);
  const grouper = new Grouper(context, maps, firstLines);
  const ids = maps.flatMap(({ split, idRuns }) => Array.from({ length: idRuns }, (_, i) => idRun(split, i)));
  for await (const sorted of sortedBatches(run, ids, 2 * plan.taskBytes)) {
    grouper.take(sorted);
    await grouper.writeDropped();
    context.signal?.throwIfAborted();
  }
  grouper.close();
  await grouper.writeDropped(true);
  const buckets = await bucketsOf(run, maps, grouper);
  const { tree, tasks } = planCells(buckets, plan, '');
  const total = (what: 'accepted' | 'rejected' | 'skipped') => maps.reduce((sum, map) => sum + map[what], 0);
  const result: GroupResult = {
    ...{ accepted: total('accepted'), rejected: total('rejected'), skipped: total('skipped') },
    ...{ identical: grouper.identical, duplicates: grouper.dropped - grouper.identical },
    ...{
      duplicateRuns: grouper.duplicateRuns,
      systems: total('accepted') - grouper.dropped,
      firstLines,
      tree,
    },
  };
  await putJson(run, GROUP, result);
  await putJson(run, listOf(task), { tasks, next: rangesTask(1) } satisfies TaskList);
}

/** The systems that were dropped for a different one of the same id, by id. */
export async function* readDuplicates(
  run: Store,
  { duplicateRuns }: GroupResult,
): AsyncGenerator<Reject, void, undefined> {
  for (let i = 0; i < duplicateRuns; i++) yield* readJsonLines<Reject>(run, duplicateRun(i));
}

/** @throws InputError where all records were rejected, or any where none may be */
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
  const what =
    rejected === 1
      ? `${accepted === 0 ? 'the only' : '--strict: a'} record was rejected`
      : `${accepted === 0 ? 'all' : '--strict:'} ${rejected} records were rejected`;
  const advice = mapAdvice(rejects);
  const lines = [
    `${what}; nothing was written. The first:`,
    ...rejects.map(reject => `  ${rejectLine(reject)}`),
    ...(advice === undefined ? [] : [advice]),
  ];
  const { place, field, reason } = rejects[0]!;
  const { file, line, column } = place;
  throw new InputError(lines.join('\n'), { file, line, column, field, reason });
}

/** Reads the claims in order of id, then of the input. */
class Grouper {
  readonly #context: TaskContext;
  readonly #maps: readonly MapResult[];
  readonly #firstLines: readonly number[];
  readonly #tallies = new Map<string, Tally>();
  readonly #numbers = new Map<string, number>();
  readonly #names: string[] = [];
  readonly #drops = new RecordGatherer();
  readonly #duplicates = new JsonLines();
  /** The last claim read, while it is the only one of its id; its entry stays in its batch. */
  #single: { arena: Buffer; start: number } | undefined;
  #group: IdGroup<Claim> | undefined;
  droppedRuns = 0;
  duplicateRuns = 0;
  dropped = 0;
  identical = 0;

  constructor(context: TaskContext, maps: readonly MapResult[], firstLines: readonly number[]) {
    this.#context = context;
    this.#maps = maps;
    this.#firstLines = firstLines;
  }

  /** What is known of a bucket. */
  tally(name: string): Tally | undefined {
    return this.#tallies.get(name);
  }

  take({ arena, order }: Sorted): void {
    for (const start of order) {
      const last = this.#single;
      if (last && sameId(last.arena, last.start, arena, start)) {
        this.#group ??= new IdGroup(claimAt(last.arena, last.start), this.#context.plan.onDuplicate);
        const { dropped, identical } = this.#group.add(claimAt(arena, start));
        this.#drop(dropped);
        if (identical) this.identical++;
        else this.#duplicates.add(this.#duplicate(dropped));
      } else {
        this.close();
      }
      this.#single = { arena, start };
    }
  }

  /** Ends the group of an id. @throws InputError where it is not clear which of its systems counts */
  close(): void {
    const group = this.#group;
    const last = this.#single;
    this.#group = undefined;
    this.#single = undefined;
    if (group?.isConflict) throw this.#conflict(group.first, group.rival!);
    if (group) this.#count(group.kept);
    else if (last) this.#count(claimAt(last.arena, last.start));
  }

  async writeDropped(all = false): Promise<void> {
    const { run, plan } = this.#context;
    const limit = all ? 0 : plan.taskBytes;
    if (this.#drops.bytes > limit)
      await run.put(droppedRun(this.droppedRuns++), this.#drops.takeRun(this.#names));
    if (this.#duplicates.chars > limit)
      await run.put(duplicateRun(this.duplicateRuns++), this.#duplicates.take());
  }

  #count({ split, bucket, x, y, z }: Claim): void {
    const name = this.#maps[split]!.buckets[bucket]!;
    let tally = this.#tallies.get(name);
    if (!tally) {
      tally = { systems: 0, bounds: noBounds() };
      this.#tallies.set(name, tally);
    }
    tally.systems++;
    widen(tally.bounds, x, y, z);
  }

  #drop({ split, bucket, position, x, y, z }: Claim): void {
    this.dropped++;
    const name = this.#maps[split]!.buckets[bucket]!;
    let number = this.#numbers.get(name);
    if (number === undefined) {
      number = this.#names.push(name) - 1;
      this.#numbers.set(name, number);
    }
    const bytes = Buffer.alloc(0);
    this.#drops.add(number, { position, x, y, z, key: String(split), region: undefined, bytes });
  }

  #conflict(first: Claim, rival: Claim): InputError {
    return new InputError(
      `${this.#locationText(rival)}: field id: "${first.id}" is taken already by a different system at ` +
        `${this.#locationText(first)}. Give each system an id of its own, or say which to keep with --on-duplicate first|last`,
      {
        file: this.#locationOf(rival).file,
        field: 'id',
        reason: 'another system has this id',
        found: first.id,
      },
    );
  }

  #duplicate(claim: Claim): Reject {
    const reason = `a different system with the id "${claim.id}" is kept: give each system an id of its own`;
    return { place: this.#locationOf(claim), field: 'id', reason };
  }

  #locationText(claim: Claim): string {
    const { file, line, offset } = this.#locationOf(claim);
    return line > 0 ? `${file}, line ${line}, byte ${offset}` : `${file}, row ${offset}`;
  }

  #locationOf({ split, line, column, offset }: Claim): SourceLocation {
    const { inputs, splits } = this.#context.plan;
    const { input } = splits[split]!;
    const lineOfFile = line > 0 ? this.#firstLines[split]! - 1 + line : 0;
    return { file: inputs[input]!.file, input, offset, line: lineOfFile, column };
  }
}

/** All buckets that hold systems, with where their records and the dropped ones of them lie. */
async function bucketsOf(run: Store, maps: readonly MapResult[], grouper: Grouper): Promise<Bucket[]> {
  const buckets = new Map<
    string,
    { bytes: number; bounds: Bounds; records: number; extents: RecordExtent[]; dropped: RecordExtent[] }
  >();
  const add = async (path: string, split: number, to: 'extents' | 'dropped') => {
    for (const { name, offset, length } of await readBuckets(run, path)) {
      const tally = grouper.tally(name);
      if (!tally) continue;
      let bucket = buckets.get(name);
      if (!bucket) {
        bucket = { bytes: 0, bounds: tally.bounds, records: tally.systems, extents: [], dropped: [] };
        buckets.set(name, bucket);
      }
      if (to === 'extents') bucket.bytes += length;
      bucket[to].push({ path, split, offset, length });
    }
  };
  for (const { split, recordRuns } of maps)
    for (let i = 0; i < recordRuns; i++) await add(recordRun(split, i), split, 'extents');
  for (let i = 0; i < grouper.droppedRuns; i++) await add(droppedRun(i), -1, 'dropped');
  return [...buckets.values()];
}
