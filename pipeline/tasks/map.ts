/**
 * The task `map`: reads a split and normalises its records. Each record goes to the bucket of its position, its claim
 * to an id to the id runs. Rejected and skipped records become notes.
 *
 * Writes `map/N.json` (`MapResult`), and the files that it counts: record runs, id runs, and notes.
 */
import type { JsonValue } from '#format/json.ts';
import type { IdOrigin } from '#format/record/normalise.ts';
import type { System } from '#format/system.ts';
import { InputError } from '#pipeline/errors.ts';
import { fileInput, inputOf, readRecords } from '#pipeline/source/index.ts';
import { countLines } from '#pipeline/source/json/splits.ts';
import { normalise } from '#pipeline/source/normalise-record.ts';
import type {
  Input,
  RawRecord,
  Reject,
  SourceEvents,
  SourceLocation,
} from '#pipeline/source/source-types.ts';
import { Entries } from '#pipeline/spill/entries.ts';
import { JsonLines } from '#pipeline/spill/json-lines.ts';
import { packKeyRun } from '#pipeline/spill/key-runs.ts';
import { dividePositions, Partition } from '#pipeline/spill/partition.ts';
import { RecordGatherer } from '#pipeline/spill/record-runs.ts';
import { addClaim } from './claims.ts';
import { type ValueCounts, ValueSample } from './common-values.ts';
import { type NamesSeen, NameWatch } from './name-watch.ts';
import { type BuildPlan, putJson, type Split, type Task, type TaskContext } from './task.ts';

export interface MapParams {
  readonly split: number;
  /** The split is a pipe, standard input or a database on a server, which only the main thread can read. */
  readonly isPipe?: boolean;
  /** The split is an SQLite file. */
  readonly isDatabase?: boolean;
}

export interface MapResult {
  readonly split: number;
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
  const { split: number } = task.params as unknown as MapParams;
  const split = context.plan.splits[number]!;
  try {
    await new Mapper(number, split, context, 1).run();
  } catch (error) {
    const { path } = context.plan.inputs[split.input]!;
    if (!(error instanceof InputError) || !split.range?.start || path === undefined) throw error;
    // The message must name a line of the file: count the lines before the split, and read it again.
    const lines = await countLines(path, split.range.start, context.signal);
    await new Mapper(number, split, context, 1 + lines).run();
  }
}

class Mapper {
  readonly #number: number;
  readonly #split: Split;
  readonly #context: TaskContext;
  readonly #plan: BuildPlan;
  readonly #firstLine: number;
  readonly #records = new RecordGatherer();
  readonly #ids = new Entries();
  #partition: Partition | undefined;
  /** Records read before there was a partition. */
  #held: { raw: RawRecord; system: System; origin: IdOrigin; position: number }[] = [];
  #heldBytes = 0;
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

  constructor(number: number, split: Split, context: TaskContext, firstLine: number) {
    this.#number = number;
    this.#split = split;
    this.#context = context;
    this.#plan = context.plan;
    this.#firstLine = firstLine;
    this.#values = new ValueSample(this.#plan.set, this.#plan.splits.length);
    if (this.#plan.partition) this.#partition = new Partition(this.#plan.partition);
  }

  async run(): Promise<void> {
    try {
      await this.#read();
    } catch (error) {
      if (error instanceof InputError) await this.#writeResult(failedFile(this.#number));
      throw error;
    }
    await this.#writeResult(mapFile(this.#number));
  }

  async #read(): Promise<void> {
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
        this.#lines = lines;
      },
    };
    const { range } = this.#split;
    const { map } = this.#plan;
    const options = { signal, firstLine: this.#firstLine, ...(map && { map }), ...(range && { range }) };
    for await (const batch of readRecords(await this.#open(), sourceEvents, options)) {
      for (const raw of batch) this.#take(raw);
      await this.#writeRuns();
      events.onProgress?.({ records: batch.length, bytes: bytes - reported });
      reported = bytes;
    }
  }

  async #writeResult(path: string): Promise<void> {
    this.#release();
    await this.#writeRuns(true);
    const result: MapResult = {
      split: this.#number,
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

  async #open(): Promise<Input> {
    const { input } = this.#split;
    const { file, path } = this.#plan.inputs[input]!;
    return path === undefined ? inputOf(file, input) : fileInput(path, input);
  }

  #take(raw: RawRecord): void {
    const outcome = normalise(raw);
    if (outcome.kind === 'skip') this.#skip(raw.location, outcome.why);
    else if (outcome.kind === 'reject') this.#reject({ ...outcome, location: raw.location });
    else {
      const { system, origin } = outcome;
      const position = this.#accepted++;
      this.#names.add(system);
      this.#values.add(system);
      if (this.#partition) this.#route(this.#partition, raw, system, origin, position);
      else this.#hold(raw, system, origin, position);
    }
  }

  #reject(reject: Reject): void {
    this.#rejected++;
    this.#notes.add({ kind: 'reject', reject } satisfies Note);
  }

  #skip(location: SourceLocation, why: string): void {
    this.#skipped++;
    this.#notes.add({ kind: 'skip', location, why } satisfies Note);
  }

  /** Holds the first records until there are enough to divide space. */
  #hold(raw: RawRecord, system: System, origin: IdOrigin, position: number): void {
    this.#held.push({ raw: { ...raw, bytes: Buffer.from(raw.bytes) }, system, origin, position });
    this.#heldBytes += raw.bytes.length;
    if (this.#heldBytes > this.#plan.taskBytes) this.#release();
  }

  /** Divides space by the held records, and routes them to their buckets. */
  #release(): void {
    if (this.#partition || this.#held.length === 0) return;
    const positions = new Float64Array(3 * this.#held.length);
    this.#held.forEach(({ system: { x, y, z } }, i) => {
      positions.set([x, y, z], 3 * i);
    });
    const partition = new Partition(dividePositions(positions, this.#held.length / this.#plan.buckets));
    for (const { raw, system, origin, position } of this.#held)
      this.#route(partition, raw, system, origin, position);
    this.#partition = partition;
    this.#held = [];
  }

  #route(partition: Partition, raw: RawRecord, system: System, origin: IdOrigin, position: number): void {
    const { x, y, z } = system;
    const bucket = partition.bucketOf(x, y, z);
    const { bytes, key, region } = raw;
    const at = this.#records.add(bucket, { position, x, y, z, key, region, bytes });
    const claim = { split: this.#number, position, bucket, run: this.#recordRuns, at };
    addClaim(this.#ids, system, origin, claim, raw);
  }

  /** Writes the runs that are large enough, or all runs. */
  async #writeRuns(all = false): Promise<void> {
    const { run } = this.#context;
    const limit = RUN_TASKS * this.#plan.taskBytes;
    if (this.#records.bytes > limit || (all && this.#records.bytes > 0)) {
      const content = this.#records.takeRun(this.#partition!.names);
      await run.put(recordRun(this.#number, this.#recordRuns++), content);
    }
    if (this.#ids.bytes > limit || (all && this.#ids.bytes > 0)) {
      await run.put(idRun(this.#number, this.#idRuns++), packKeyRun(this.#ids));
      this.#ids.clear();
    }
    if (this.#notes.chars > (all ? 0 : limit))
      await run.put(noteRun(this.#number, this.#noteRuns++), this.#notes.take());
  }
}
