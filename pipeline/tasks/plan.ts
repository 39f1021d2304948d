/**
 * The task `plan`: divides the inputs into splits, checks the options of the set, and divides space into buckets.
 * Writes `plan.json` and the list of the tasks `map`.
 */
import { randomBytes } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { HASH_KEY_BYTES } from '#pipeline/engine/record-scanner.ts';
import { InputError } from '#pipeline/errors.ts';
import { stateOf } from '#pipeline/source/file-state.ts';
import {
  type FieldMap,
  isPlainLines,
  type LeftOutFile,
  type ReadOptions,
  readRecords,
  resolveInputs,
  textFile,
} from '#pipeline/source/index.ts';
import { splitLines } from '#pipeline/source/json/splits.ts';
import { normalise } from '#pipeline/source/normalise-record.ts';
import { dividePositions } from '#pipeline/spill/partition.ts';
import { putJson } from '#pipeline/store/run-file.ts';
import type { Store } from '#pipeline/store/store.ts';
import type { PlannedOptions } from './build-options.ts';
import { type MapParams, mapFile } from './map.ts';
import { openInput } from './open-input.ts';
import { groupTask } from './stages.ts';
import {
  type BuildPlan,
  listOf,
  PLAN,
  type PlannedInput,
  type Split,
  type Task,
  type TaskList,
} from './task.ts';

/** Ratio of JSON to its gzip or zstd, approximately. */
const PACKED_RATIO = 6;
/** Assumed bytes of an input of unknown size; a bucket that becomes too large is divided later. */
const UNKNOWN_BYTES = 1 << 30;
/** Bytes of a split, as a multiple of the bytes of a task: a split becomes one run of records. */
const SPLIT_TASKS = 4;
/** Maximum number of inputs of a split: reading many small files takes longer than their bytes do. */
const SPLIT_INPUTS = 1_000;
/** Maximum number of splits from which positions are sampled. */
const SAMPLED_SPLITS = 64;
/**
 * Positions sampled per bucket: then a bucket is at most twice as large as planned, and a task can take three times
 * as much.
 */
const SAMPLES_A_BUCKET = 16;

/** Parameters of the task `plan`. */
export interface PlanParams {
  readonly inputs: readonly PlannedInput[];
  readonly options: PlannedOptions;
}

/** The first task of a build. */
export function planTask(params: PlanParams): Task {
  const hashKey = randomBytes(HASH_KEY_BYTES).toString('base64');
  const own = { ...params, hashKey } as never;
  const task = { id: 'plan', kind: 'plan', inputs: [], weight: 0, params: own } as const;
  return { ...task, outputs: [PLAN, listOf(task)] };
}

/**
 * Resolves the inputs of a build. Returns them, the files that match a pattern but are not read, and a fingerprint
 * that changes with the inputs (null if one is a pipe).
 * @throws UsageError for a pattern that matches nothing
 */
export async function planInputs(
  patterns: readonly string[],
): Promise<{ inputs: PlannedInput[]; leftOut: LeftOutFile[]; fingerprint: string | null }> {
  const inputs: PlannedInput[] = [];
  const leftOut: LeftOutFile[] = [];
  const states: unknown[] = [];
  for (const { file, path, size, state, records } of await resolveInputs(patterns, file =>
    leftOut.push(file),
  )) {
    const bytes = size ?? (path === undefined ? undefined : (await stat(path)).size);
    inputs.push({
      file,
      ...(path !== undefined && { path }),
      ...(size !== undefined && { size }),
      expected: bytes === undefined ? UNKNOWN_BYTES : bytes * (/\.(gz|zst)$/.test(file) ? PACKED_RATIO : 1),
      ...(state !== undefined && { state }),
      ...(records && { isDatabase: true }),
    });
    states.push([path && resolve(path), state]);
    if (records && path !== undefined) states.push(await stateOf(path), ...(await logStates(path)));
  }
  const areFiles = inputs.every(({ path }) => path !== undefined);
  return { inputs, leftOut, fingerprint: areFiles ? JSON.stringify(states) : null };
}

/** Sizes and times of the files beside a database that hold changes which are not in it yet. */
async function logStates(path: string): Promise<unknown[]> {
  const database = await realpath(path);
  const logs = ['-wal', '-journal'].map(async suffix => {
    const stats = await stat(database + suffix).catch(() => undefined);
    return [suffix, stats?.size, stats?.mtimeMs];
  });
  return Promise.all(logs);
}

/** Approximate bytes of the records of inputs. */
export function expectedOf(inputs: readonly PlannedInput[]): number {
  return inputs.reduce((sum, { expected }) => sum + expected, 0);
}

export async function runPlan(task: Task, run: Store, signal: AbortSignal | undefined): Promise<void> {
  const { inputs, options, hashKey } = task.params as unknown as PlanParams & Pick<BuildPlan, 'hashKey'>;
  const { workers: _, ...shared } = options;
  const { taskBytes, map } = shared;
  const splits = await splitsOf(inputs, SPLIT_TASKS * taskBytes, signal);
  const expected = expectedOf(inputs);
  const buckets = Math.min(4_096, Math.max(8, Math.ceil((3 * expected) / taskBytes)));
  // A single split samples while it reads; inputs that fit in one task need no fine division.
  const sample =
    splits.length > 1 && expected > taskBytes
      ? await samplePositions(inputs, splits, buckets * SAMPLES_A_BUCKET, map, signal)
      : undefined;
  const partition =
    splits.length === 1
      ? null
      : dividePositions(sample ?? new Float64Array(3), sample ? sample.length / 3 / buckets : 1);
  const plan: BuildPlan = { splits, ...shared, hashKey, buckets, partition };
  await putJson(run, PLAN, plan);
  const list: TaskList = { tasks: splits.map((split, i) => mapTask(split, i, inputs)), next: groupTask() };
  await putJson(run, listOf(task), list);
}

/**
 * Divides the inputs: small files share a split, large files of plain NDJSON have several.
 * @param bytes approximate bytes of a split
 */
async function splitsOf(
  inputs: readonly PlannedInput[],
  bytes: number,
  signal: AbortSignal | undefined,
): Promise<Split[]> {
  const splits: Split[] = [];
  /** Bytes of the last split; Infinity if no other input may be in it. */
  let lastBytes = Infinity;
  for (const [input, planned] of inputs.entries()) {
    const isFile = planned.size !== undefined && !planned.isDatabase;
    const ownBytes = isFile ? planned.expected : Infinity;
    const last = splits.at(-1);
    if (last && lastBytes + ownBytes <= bytes && last.inputs < SPLIT_INPUTS) {
      splits[splits.length - 1] = { ...last, inputs: last.inputs + 1 };
      lastBytes += ownBytes;
    } else {
      const own = await splitsOfInput(planned, input, bytes, signal);
      for (const split of own) splits.push(split);
      lastBytes = own.length === 1 ? ownBytes : Infinity;
    }
  }
  return splits;
}

async function splitsOfInput(
  { path, size }: PlannedInput,
  input: number,
  bytes: number,
  signal: AbortSignal | undefined,
): Promise<Split[]> {
  if (path === undefined || size === undefined || size <= bytes) return [{ input, inputs: 1 }];
  const isLines = await isPlainLines(textFile(path, input, size), signal).catch(error => {
    // The error is reported by the task that reads the input, in the order of the inputs.
    if (error instanceof InputError) return false;
    throw error;
  });
  if (!isLines) return [{ input, inputs: 1 }];
  const ranges = await splitLines(path, size, Math.ceil(size / Math.ceil(size / bytes)));
  return ranges.map(range => ({ input, inputs: 1, range }));
}

function mapTask({ range, input, inputs: count }: Split, split: number, all: readonly PlannedInput[]): Task {
  const inputs = all.slice(input, input + count);
  const weight = range ? range.end - range.start : expectedOf(inputs);
  const outputs = [mapFile(split)];
  const params: MapParams = { split, inputs };
  return { kind: 'map', id: `map-${split}`, inputs: [PLAN], outputs, weight, params: params as never };
}

/** About `wanted` positions from the beginnings of evenly chosen splits; undefined if there are none. */
async function samplePositions(
  inputs: readonly PlannedInput[],
  splits: readonly Split[],
  wanted: number,
  map: FieldMap | null,
  signal: AbortSignal | undefined,
): Promise<Float64Array | undefined> {
  const seekable = splits.filter(({ input }) => inputs[input]!.path !== undefined);
  const step = Math.ceil(seekable.length / SAMPLED_SPLITS);
  const most = Math.ceil(wanted / Math.ceil(seekable.length / step));
  const positions: number[] = [];
  for (let i = 0; i < seekable.length; i += step) {
    const { input: first, inputs: count, range } = seekable[i]!;
    const options = { signal, ...(map && { map }), ...(range && { range }) };
    const end = positions.length + 3 * most;
    for (let input = first; input < first + count && positions.length < end; input++) {
      const missing = (end - positions.length) / 3;
      for (const number of await firstPositions(inputs[input]!, input, missing, options))
        positions.push(number);
    }
  }
  return positions.length > 0 ? Float64Array.from(positions) : undefined;
}

/** The first positions of an input. Invalid records are ignored: the tasks `map` report them. */
async function firstPositions(
  planned: PlannedInput,
  index: number,
  most: number,
  options: ReadOptions,
): Promise<number[]> {
  const positions: number[] = [];
  try {
    const batches = readRecords(await openInput(planned, index), {}, options);
    for await (const batch of batches) {
      for (const raw of batch) {
        const outcome = normalise(raw);
        if (outcome.kind === 'system') positions.push(outcome.system.x, outcome.system.y, outcome.system.z);
        if (positions.length >= 3 * most) return positions;
      }
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
  }
  return positions;
}
