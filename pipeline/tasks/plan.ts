/**
 * The task `plan`: divides the inputs into splits, checks the options of the set, and divides space into buckets.
 * Writes `plan.json` and the list of the tasks `map`.
 */
import { realpath, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { SEARCHED_FIELDS } from '#format/btree/searched-texts.ts';
import { SEARCH_MODES, type SetOptions } from '#format/index-json.ts';
import { CORE_FIELDS } from '#format/octree/record-fields.ts';
import { OVERVIEW_ROWS } from '#format/octree/sample.ts';
import { compareText } from '#format/utf8.ts';
import { InputError, UsageError } from '#pipeline/errors.ts';
import { FORMAT_CONSTANTS } from '#pipeline/octree/set-context.ts';
import {
  type FieldMap,
  fileInput,
  isPlainLines,
  type LeftOutFile,
  type ReadOptions,
  readRecords,
  resolveInputs,
} from '#pipeline/source/index.ts';
import { splitLines } from '#pipeline/source/json/splits.ts';
import { mappingOf } from '#pipeline/source/mapping.ts';
import { normalise } from '#pipeline/source/normalise-record.ts';
import { dividePositions } from '#pipeline/spill/partition.ts';
import type { Store } from '#pipeline/store/store.ts';
import type { DuplicatePolicy } from './duplicates.ts';
import { type MapParams, mapFile } from './map.ts';
import { groupTask } from './stages.ts';
import {
  type BuildPlan,
  listOf,
  PLAN,
  type PlannedInput,
  putJson,
  type Split,
  type Task,
  type TaskList,
} from './task.ts';

/** Options that affect the files of a set; all have defaults. */
export interface PlanOptions extends Partial<Omit<SetOptions, 'preview' | 'search'>> {
  readonly preview?: Partial<SetOptions['preview']>;
  readonly search?: Partial<SetOptions['search']>;
  /** Fields that contain id, name, region and position, if they have other names. */
  readonly map?: FieldMap;
  /** Policy for different systems with the same id; `error` by default. */
  readonly onDuplicate?: DuplicatePolicy;
  /** Fails at the first rejected record; false by default. */
  readonly strict?: boolean;
  /** gzip level, 1 to 9; 5 by default. It changes the sizes of files, but not their names. */
  readonly gzipLevel?: number;
  /** Number of worker threads; by default one for each core. */
  readonly workers?: number;
  /** Memory for all workers together, in bytes; by default 512 MiB for each. It never changes the set. */
  readonly memoryBytes?: number;
}

export const DEFAULT_OPTIONS: SetOptions = {
  chunkLimit: 1024,
  detailWeight: 500_000,
  summary: [],
  preview: { size: 512, field: null, order: 'lowest' },
  search: { mode: 'infix', fields: [...SEARCHED_FIELDS].sort(compareText) },
};

/** Ratio of JSON to its gzip or zstd, approximately. */
const PACKED_RATIO = 6;
/** Assumed bytes of an input of unknown size; a bucket that becomes too large is divided later. */
const UNKNOWN_BYTES = 1 << 30;
const MEBIBYTE = 1 << 20;
/** Memory of a worker per byte of raw records in its task, for strings, objects, columns and the engine. */
const MEMORY_A_BYTE = 64;
const DEFAULT_MEMORY = 512 * MEBIBYTE;
/** Bytes of a split, as a multiple of the bytes of a task: a split becomes one run of records. */
const SPLIT_TASKS = 4;
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

/** All options of a build, checked and complete. */
export type PlannedOptions = Pick<
  BuildPlan,
  'set' | 'map' | 'onDuplicate' | 'strict' | 'gzipLevel' | 'taskBytes' | 'shape'
> & { readonly workers: number };

/** The first task of a build. */
export function planTask(params: PlanParams): Task {
  const task = { id: 'plan', kind: 'plan', inputs: [], weight: 0, params: params as never } as const;
  return { ...task, outputs: [PLAN, listOf(task)] };
}

/** @throws UsageError for an option out of range */
export function checkOptions(options: PlanOptions = {}): PlannedOptions {
  const { chunkLimit, detailWeight } = { ...DEFAULT_OPTIONS, ...options };
  const preview = { ...DEFAULT_OPTIONS.preview, ...options.preview };
  const search = { ...DEFAULT_OPTIONS.search, ...options.search };
  const { map = null, gzipLevel = 5, onDuplicate = 'error', strict = false } = options;
  const { workers = availableParallelism(), memoryBytes = DEFAULT_MEMORY * workers } = options;
  if (map) mappingOf(map);
  inRange('chunk limit', chunkLimit, 1, 65_536);
  inRange('detail weight', detailWeight, 1_000, 100_000_000);
  inRange('preview size', preview.size, 1, OVERVIEW_ROWS);
  if (preview.order !== 'lowest' && preview.order !== 'highest') {
    throw new UsageError(`the preview order is ${preview.order}; give lowest or highest`, {
      found: preview.order,
    });
  }
  if (!SEARCH_MODES.includes(search.mode)) {
    throw new UsageError(`the search mode is ${search.mode}; give one of ${SEARCH_MODES.join(', ')}`, {
      expected: SEARCH_MODES,
      found: search.mode,
    });
  }
  if (search.mode !== 'none' && search.fields.length === 0) {
    throw new UsageError('no field is searched; name some, or give the search mode none');
  }
  inRange('gzip level', gzipLevel, 1, 9);
  inRange('number of workers', workers, 1, 1_024);
  checkMemory(memoryBytes, workers);
  const summary = [...new Set(options.summary ?? [])]
    .filter(field => !CORE_FIELDS.includes(field))
    .sort(compareText);
  const fields = search.mode === 'none' ? [] : [...new Set(search.fields)].sort(compareText);
  return {
    set: { chunkLimit, detailWeight, summary, preview, search: { mode: search.mode, fields } },
    ...{ map, onDuplicate, strict, gzipLevel, shape: FORMAT_CONSTANTS, workers },
    taskBytes: Math.min(512 * MEBIBYTE, Math.floor(memoryBytes / workers / MEMORY_A_BYTE)),
  };
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
  for (const { file, path, size, records } of await resolveInputs(patterns, file => leftOut.push(file))) {
    const stats = path === undefined ? undefined : await stat(path);
    inputs.push({
      file,
      ...(path !== undefined && { path }),
      ...(size !== undefined && { size }),
      expected: stats ? stats.size * (/\.(gz|zst)$/.test(file) ? PACKED_RATIO : 1) : UNKNOWN_BYTES,
      ...(records && { isDatabase: true }),
    });
    states.push([path && resolve(path), stats?.size, stats?.mtimeMs]);
    if (records && path !== undefined) states.push(...(await logStates(path)));
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

export async function runPlan(task: Task, run: Store, signal: AbortSignal | undefined): Promise<void> {
  const { inputs, options } = task.params as unknown as PlanParams;
  const { workers: _, ...shared } = options;
  const { taskBytes, map } = shared;
  const splits: Split[] = [];
  for (const [input, planned] of inputs.entries())
    splits.push(...(await splitsOf(planned, input, taskBytes, signal)));
  const expected = inputs.reduce((sum, input) => sum + input.expected, 0);
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
  const plan: BuildPlan = { inputs, splits, ...shared, buckets, partition };
  await putJson(run, PLAN, plan);
  const list: TaskList = { tasks: splits.map((split, i) => mapTask(split, i, inputs)), next: groupTask() };
  await putJson(run, listOf(task), list);
}

async function splitsOf(
  { path, size }: PlannedInput,
  input: number,
  taskBytes: number,
  signal: AbortSignal | undefined,
): Promise<Split[]> {
  const bytes = SPLIT_TASKS * taskBytes;
  if (path === undefined || size === undefined || size <= bytes) return [{ input }];
  const isLines = await isPlainLines(await fileInput(path, input), signal).catch(error => {
    // The error is reported by the task that reads the input, in the order of the inputs.
    if (error instanceof InputError) return false;
    throw error;
  });
  if (!isLines) return [{ input }];
  const ranges = await splitLines(path, size, Math.ceil(size / Math.ceil(size / bytes)));
  return ranges.map(range => ({ input, range }));
}

function mapTask({ range, input }: Split, split: number, inputs: readonly PlannedInput[]): Task {
  const { path, expected, isDatabase } = inputs[input]!;
  const weight = range ? range.end - range.start : expected;
  const outputs = [mapFile(split)];
  const params: MapParams = {
    split,
    ...(path === undefined && { isPipe: true }),
    ...(isDatabase && { isDatabase }),
  };
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
  const files = splits.filter(({ input }) => inputs[input]!.path !== undefined);
  const step = Math.ceil(files.length / SAMPLED_SPLITS);
  const most = Math.ceil(wanted / Math.ceil(files.length / step));
  const positions: number[] = [];
  for (let i = 0; i < files.length; i += step) {
    const { input, range } = files[i]!;
    positions.push(
      ...(await firstPositions(inputs[input]!.path!, input, most, {
        signal,
        ...(map && { map }),
        ...(range && { range }),
      })),
    );
  }
  return positions.length > 0 ? Float64Array.from(positions) : undefined;
}

/** The first positions of an input. Invalid records are ignored: the tasks `map` report them. */
async function firstPositions(
  path: string,
  index: number,
  most: number,
  options: ReadOptions,
): Promise<number[]> {
  const positions: number[] = [];
  try {
    const batches = readRecords(await fileInput(path, index), {}, options);
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

/** @throws UsageError that suggests a unit where one may be missing */
function checkMemory(bytes: number, workers: number): void {
  const leastMebibytes = MEMORY_A_BYTE * workers;
  if (Number.isSafeInteger(bytes) && bytes >= leastMebibytes * MEBIBYTE) return;
  const unit = [1e6, 1e9].findIndex(factor => bytes * factor >= leastMebibytes * MEBIBYTE);
  const meant = Number.isInteger(bytes) && unit >= 0 ? `. Did you mean ${bytes}${['MB', 'GB'][unit]}?` : '';
  throw new UsageError(
    `the memory is ${bytes} bytes, expected at least ${leastMebibytes} MiB for ${workers} workers, ${MEMORY_A_BYTE} MiB each: give more, such as 4GB, or fewer workers${meant}`,
    { found: bytes },
  );
}

function inRange(option: string, value: number, low: number, high: number): void {
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new UsageError(`the ${option} is ${value}; give an integer from ${low} to ${high}`, {
      found: value,
    });
  }
}
