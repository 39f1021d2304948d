/**
 * The task `map`: reads a split and normalises its records. Each record goes to the bucket of its position, its claim
 * to an id to the id runs. Rejected and skipped records become notes.
 *
 * Writes `map/N.json` (`MapResult`), and the files that it counts: record runs, id runs, and notes.
 */
import type { JsonValue } from '#format/json.ts';
import type { System } from '#format/system.ts';
import { RecordScanner, type ScannedRecords } from '#pipeline/engine/record-scanner.ts';
import { InputError } from '#pipeline/errors.ts';
import { checkState } from '#pipeline/source/file-state.ts';
import { readRecords } from '#pipeline/source/index.ts';
import { countLines } from '#pipeline/source/json/splits.ts';
import { normalise } from '#pipeline/source/normalise-record.ts';
import type { RawRecord, Reject, SourceEvents, SourceLocation } from '#pipeline/source/source-types.ts';
import { entrySort } from '#pipeline/spill/engine-sort.ts';
import { Entries } from '#pipeline/spill/entries.ts';
import { JsonLines } from '#pipeline/spill/json-lines.ts';
import { packKeyRun } from '#pipeline/spill/key-runs.ts';
import { dividePositions, Partition } from '#pipeline/spill/partition.ts';
import { RecordGatherer } from '#pipeline/spill/record-runs.ts';
import { putJson } from '#pipeline/store/run-file.ts';
import { ClaimMemory, ClaimWriter } from './claims.ts';
import { isCounted, type ValueCounts, ValueSample } from './common-values.ts';
import { storedSystem } from './kept-records.ts';
import { hasName, type NamesSeen, NameWatch } from './name-watch.ts';
import { openInput } from './open-input.ts';
import type { BuildPlan, PlannedInput, Split, Task, TaskContext } from './task.ts';

export interface MapParams {
  readonly split: number;
  /** The inputs of the split. */
  readonly inputs: readonly PlannedInput[];
}

export interface MapResult {
  readonly split: number;
  /** The inputs of the split, with the number of records that were accepted before each. */
  readonly inputs: readonly { readonly file: string; readonly position: number }[];
  readonly accepted: number;
  readonly rejected: number;
  readonly skipped: number;
  /** Number of lines in the split. */
  readonly lines: number;
  readonly metas: readonly JsonValue[];
  /** Fields that `map` has given to records. */
  readonly mappedFields: readonly string[];
  readonly names: NamesSeen;
  readonly values: ValueCounts;
  readonly recordRuns: number;
  readonly idRuns: number;
  readonly noteRuns: number;
  /** Names of the buckets, by their number in id runs. */
  readonly buckets: readonly string[];
}

/** A rejected or skipped record. Its line is relative to the split. */
export type Note =
  | { readonly kind: 'reject'; readonly reject: Reject }
  | { readonly kind: 'skip'; readonly location: SourceLocation; readonly why: string };

export const mapFile = (split: number) => `map/${split}.json`;
/** Result of a split up to a syntax error; its lines are relative to the file. */
export const failedFile = (split: number) => `map/${split}-failed.json`;
export const noteRun = (split: number, run: number) => `map/${split}-notes-${run}`;
export const recordRun = (split: number, run: number) => `map/${split}-records-${run}`;
export const idRun = (split: number, run: number) => `map/${split}-ids-${run}`;

/** Raw bytes per run, as a multiple of the bytes of a task. */
const RUN_TASKS = 4;

export async function runMap(task: Task, context: TaskContext): Promise<void> {
  const params = task.params as unknown as MapParams;
  const { inputs } = params;
  const { range } = context.plan.splits[params.split]!;
  const check = async () => {
    for (const { path, state } of inputs)
      if (path !== undefined && state !== undefined) await checkState(path, state);
  };
  try {
    await new Mapper(params, context, 1).run();
    await check();
  } catch (error) {
    // A file that was changed may look malformed: the change is reported instead.
    await check();
    if (!(error instanceof InputError) || !range?.start) throw error;
    // The message must name a line of the file: count the lines before the split, and read it again.
    const lines = await countLines(inputs[0]!.path!, range.start, context.signal);
    await new Mapper(params, context, 1 + lines).run();
  }
}

class Mapper {
  readonly #number: number;
  readonly #split: Split;
  readonly #inputs: readonly PlannedInput[];
  /** For each input that was begun: number of records accepted before. */
  readonly #positions: number[] = [];
  readonly #context: TaskContext;
  readonly #plan: BuildPlan;
  readonly #firstLine: number;
  readonly #records: RecordGatherer;
  readonly #ids = new Entries();
  readonly #claims: ClaimWriter;
  /** Undefined if there is no partition yet: it is made from the records of the first run. */
  #partition: Partition | undefined;
  readonly #scanner: RecordScanner | undefined;
  readonly #notes = new JsonLines();
  #metas: JsonValue[] = [];
  #accepted = 0;
  #rejected = 0;
  #skipped = 0;
  #lines = 0;
  readonly #mappedFields = new Set<string>();
  readonly #names = new NameWatch();
  readonly #values: ValueSample;
  #recordRuns = 0;
  #idRuns = 0;
  #noteRuns = 0;

  constructor({ split, inputs }: MapParams, context: TaskContext, firstLine: number) {
    this.#number = split;
    this.#claims = new ClaimWriter(this.#ids, split);
    this.#split = context.plan.splits[split]!;
    this.#inputs = inputs;
    this.#context = context;
    this.#plan = context.plan;
    this.#firstLine = firstLine;
    this.#records = new RecordGatherer(gatheredBytes(this.#split, inputs, context.plan));
    this.#values = new ValueSample(this.#plan.set);
    if (this.#plan.engine === 'wasm')
      this.#scanner = new RecordScanner(Buffer.from(this.#plan.hashKey, 'base64'));
    if (this.#plan.partition) this.#partition = new Partition(this.#plan.partition);
  }

  async run(): Promise<void> {
    try {
      for (const [i, input] of this.#inputs.entries()) {
        this.#positions.push(this.#accepted);
        await this.#read(input, this.#split.input + i);
      }
    } catch (error) {
      if (error instanceof InputError) await this.#writeResult(failedFile(this.#number));
      throw error;
    }
    await this.#writeResult(mapFile(this.#number));
  }

  async #read(input: PlannedInput, index: number): Promise<void> {
    const { events, signal } = this.#context;
    let bytes = 0;
    let reported = 0;
    const sourceEvents: SourceEvents = {
      onMeta: meta => void this.#metas.push(meta),
      onSkip: (location, why) => this.#skip(location, why),
      onReject: reject => this.#reject(reject),
      onMapped: field => void this.#mappedFields.add(field),
      onProgress: read => {
        bytes = read;
      },
      onLines: lines => {
        this.#lines += lines;
      },
    };
    const { range } = this.#split;
    const { map, engine } = this.#plan;
    const options = {
      signal,
      engine,
      firstLine: this.#firstLine,
      ...(map && { map }),
      ...(range && { range }),
    };
    for await (const batch of readRecords(await openInput(input, index), sourceEvents, options)) {
      this.#takeBatch(batch);
      await this.#writeRuns();
      events.onProgress?.({ records: batch.length, bytes: bytes - reported });
      reported = bytes;
    }
  }

  async #writeResult(path: string): Promise<void> {
    await this.#writeRuns(true);
    this.#ids.release();
    const result: MapResult = {
      split: this.#number,
      inputs: this.#positions.map((position, i) => ({ file: this.#inputs[i]!.file, position })),
      ...{ accepted: this.#accepted, rejected: this.#rejected, skipped: this.#skipped },
      ...{ lines: this.#lines, metas: this.#metas, recordRuns: this.#recordRuns, idRuns: this.#idRuns },
      noteRuns: this.#noteRuns,
      mappedFields: [...this.#mappedFields],
      names: this.#names.seen(),
      values: this.#values.counts(),
      buckets: this.#partition?.names ?? [],
    };
    await putJson(this.#context.run, path, result);
  }

  #takeBatch(batch: readonly RawRecord[]): void {
    const scanned = this.#scanner?.scan(batch);
    for (let i = 0; i < batch.length; i++) {
      const raw = batch[i]!;
      if (scanned && isFound(raw, scanned, i)) this.#takeScanned(raw, scanned, i);
      else this.#take(raw);
    }
  }

  /** Takes a record that the engine has accepted. */
  #takeScanned(raw: RawRecord, scanned: ScannedRecords, i: number): void {
    const position = this.#accepted++;
    const start = this.#records.addScanned(position, raw, scanned.view, scanned.rowOf(i));
    this.#claims.addScanned(position, scanned, i, raw);
    this.#names.add(scanned.hasName(i));
    if (this.#isSampled(position)) this.#sample(storedSystem(this.#records.memory, start));
  }

  #take(raw: RawRecord): void {
    const outcome = normalise(raw);
    if (outcome.kind === 'skip') this.#skip(raw.location, outcome.why);
    else if (outcome.kind === 'reject') this.#reject({ ...outcome, location: raw.location });
    else {
      const { system, origin } = outcome;
      const { x, y, z } = system;
      const position = this.#accepted++;
      const { bytes, key, region } = raw;
      this.#records.add({ position, x, y, z, key, region, bytes });
      this.#claims.add(position, system, origin, raw);
      this.#names.add(hasName(system));
      if (this.#isSampled(position)) this.#sample(system);
    }
  }

  #isSampled(position: number): boolean {
    if (!this.#values.isNeeded && !this.#names.isOpen) return false;
    return isCounted(position, this.#plan.splits.length);
  }

  #sample(system: System): void {
    this.#values.add(system);
    this.#names.addFields(system);
  }

  #reject(reject: Reject): void {
    this.#rejected++;
    this.#notes.add({ kind: 'reject', reject } satisfies Note);
  }

  #skip(location: SourceLocation, why: string): void {
    this.#skipped++;
    this.#notes.add({ kind: 'skip', location, why } satisfies Note);
  }

  /** Finds the bucket of each record in memory, and completes its claim. */
  #findBuckets(): Partition {
    this.#partition ??= this.#divide();
    const partition = this.#partition;
    const claims = new ClaimMemory(this.#ids.arena);
    let record = 0;
    this.#records.assign(
      (x, y, z) => partition.bucketOf(x, y, z),
      (bucket, at) => claims.place(this.#ids.startOf(record++), bucket, this.#recordRuns, at),
    );
    return partition;
  }

  /** Divides space by the records in memory. */
  #divide(): Partition {
    const positions = this.#records.positions();
    return new Partition(dividePositions(positions, positions.length / 3 / this.#plan.buckets));
  }

  /** Writes the runs that are large enough, or all runs. */
  async #writeRuns(all = false): Promise<void> {
    const { run } = this.#context;
    const limit = RUN_TASKS * this.#plan.taskBytes;
    // Both kinds of runs together: claims say where their records are.
    const isFull = this.#records.bytes > limit || this.#ids.bytes > limit;
    if (isFull || (all && this.#records.bytes > 0)) {
      const partition = this.#findBuckets();
      await run.put(recordRun(this.#number, this.#recordRuns++), this.#records.takeRun(partition.names));
      await run.put(
        idRun(this.#number, this.#idRuns++),
        packKeyRun(this.#ids, { sort: entrySort(this.#plan.engine) }),
      );
      this.#ids.clear();
    }
    if (this.#notes.isFull || (all && !this.#notes.isEmpty))
      await run.put(noteRun(this.#number, this.#noteRuns++), this.#notes.take());
  }
}

/** About the bytes of records that a split has in memory; a run is written after the batch that makes it large enough. */
function gatheredBytes({ range }: Split, inputs: readonly PlannedInput[], { taskBytes }: BuildPlan): number {
  const read = range ? range.end - range.start : inputs.reduce((sum, { size = 0 }) => sum + size, 0);
  return Math.ceil(Math.min(read, RUN_TASKS * taskBytes) * 1.125);
}

/**
 * Whether the findings about a record are all that `map` needs of it: the engine has accepted it, and keys around it
 * change nothing.
 */
function isFound({ key, region }: RawRecord, scanned: ScannedRecords, i: number): boolean {
  if (!scanned.isAccepted(i)) return false;
  if (key === undefined && region === undefined) return true;
  return scanned.ownsNames(i) && key?.isWellFormed() !== false && region?.isWellFormed() !== false;
}
