/**
 * The task `group`: all claims to ids meet. Of the systems of one id, all but one are dropped; so the exact number of
 * systems in each bucket is known, and with it the shape of the upper octree, which tells the tasks `divide` and `cells`.
 *
 * Writes `group.json` (`GroupResult`), the list of tasks, and the runs of dropped records by bucket.
 */
import { noBounds, type OpenBounds, widen } from '../../client/format/bounds.ts';
import type { Bounds } from '../../client/format/cell.ts';
import { ID_ORIGINS } from '../../client/format/normalise.ts';
import { InputError } from '../errors.ts';
import { rejectLine } from '../source/place.ts';
import { mapAdvice } from '../source/suggest-map.ts';
import type { Reject } from '../source/types.ts';
import { HEADER, keyAt, keyEndAt } from '../spill/entries.ts';
import { type Sorted, sortedBatches } from '../spill/key-runs.ts';
import { type RecordExtent, RecordGatherer, readBuckets } from '../spill/record-runs.ts';
import type { Store } from '../store/store.ts';
import { type Bucket, planCells, type TreePlan } from './cells-plan.ts';
import { type IdClaim, IdGroup } from './duplicates.ts';
import { idRun, type MapResult, mapFile, ordinalOf, recordRun } from './map.ts';
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
  /** Systems of the set. */
  readonly systems: number;
  /** Number of the first line of each split. */
  readonly firstLines: readonly number[];
  readonly tree: TreePlan | null;
}

const droppedRun = (run: number) => `group/dropped-${run}`;

/** Bytes at the end of the key of an id run: ordinal and content hash, each with the zero that ends it. */
const CLAIM_BYTES = 17 + 1 + 16 + 1;
const EXAMPLES = 3;

interface Claim extends IdClaim {
  readonly split: number;
  readonly position: number;
  readonly bucket: number;
  readonly line: number;
  readonly offset: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

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
    ...{ systems: total('accepted') - grouper.dropped, firstLines, tree },
  };
  await putJson(run, GROUP, result);
  await putJson(run, listOf(task), { tasks, next: rangesTask(1) } satisfies TaskList);
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
  /** The last claim read, while it is the only one of its id; its entry stays in its batch. */
  #single: { arena: Buffer; start: number } | undefined;
  #group: IdGroup<Claim> | undefined;
  droppedRuns = 0;
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
    const limit = this.#context.plan.taskBytes;
    if (this.#drops.bytes > (all ? 0 : limit))
      await this.#context.run.put(droppedRun(this.droppedRuns++), this.#drops.takeRun(this.#names));
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
      `${this.#place(rival)}: field id: "${first.id}" is taken already by a different system at ` +
        `${this.#place(first)}. Give each system an id of its own, or say which to keep with --on-duplicate first|last`,
      { file: this.#file(rival), field: 'id', reason: 'another system has this id', found: first.id },
    );
  }

  #file({ split }: Claim): string {
    const { inputs, splits } = this.#context.plan;
    return inputs[splits[split]!.input]!.file;
  }

  #place(claim: Claim): string {
    const { split, line, offset } = claim;
    const file = this.#file(claim);
    return line > 0
      ? `${file}, line ${this.#firstLines[split]! - 1 + line}, byte ${offset}`
      : `${file}, row ${offset}`;
  }
}

function sameId(a: Buffer, startA: number, b: Buffer, startB: number): boolean {
  const endA = keyEndAt(a, startA) - CLAIM_BYTES;
  const endB = keyEndAt(b, startB) - CLAIM_BYTES;
  if (endA - startA !== endB - startB) return false;
  return a.compare(b, startB + HEADER, endB, startA + HEADER, endA) === 0;
}

function claimAt(arena: Buffer, start: number): Claim {
  const [id, ordinal, content] = keyAt(arena, start) as [string, string, string];
  const at = keyEndAt(arena, start);
  const number = (i: number) => arena.readDoubleLE(at + 8 * i);
  return {
    ...{ id, content, ...ordinalOf(ordinal) },
    ...{ bucket: number(0), origin: ID_ORIGINS[number(1)]!, line: number(2), offset: number(3) },
    ...{ x: number(4), y: number(5), z: number(6) },
  };
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
