/** A whole build: source → normalise → partition → octree → encode → write → index, as five tasks in a line. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { foldTable } from '../client/format/fold-data.ts';
import { type Counts, makeFold, type SetOptions } from '../client/format/index.ts';
import { buildCells } from './cells.ts';
import { withCleanUp } from './clean-up.ts';
import { SHAPE } from './context.ts';
import { InputError } from './errors.ts';
import { type MapEvents, type Mapped, mapRecords } from './map.ts';
import { mergeRoots } from './merge.ts';
import { type BuildOptions, type BuildPlan, planBuild } from './plan.ts';
import { rejectLine } from './source/place.ts';
import { Destination, type DestinationOptions } from './store/destination.ts';
import { SetWriter } from './store/set-writer.ts';
import { withAdvice } from './store/system-error.ts';
import { TablesBuilder } from './tables/index.ts';
import { PAUSE_ROWS } from './tables/rows.ts';

export interface BuildEvents extends MapEvents {
  /** Systems built so far, of all. */
  onBuilt?(systems: number, of: number): void;
  /** Rows of tables written so far. */
  onIndexed?(rows: number): void;
}

/** Files and their bytes as stored. */
export interface Written {
  readonly files: number;
  readonly bytes: number;
}

export interface BuildSummary extends Counts {
  readonly generation: string;
  readonly rejected: number;
  readonly skipped: number;
  /** Records left out because another one equals them in all that a set keeps. */
  readonly identical: number;
  /** Records left out because a different system has their id. */
  readonly duplicates: number;
  /** Texts of systems that search does not find, or not to their end: they are too long, or too many. */
  readonly cutTexts: number;
  /** Fields that are named as `summary`, to be searched or for previews, and that no system has. */
  readonly unmetFields: readonly string[];
  /** Files of the set and their bytes as stored, `index.json` included. */
  readonly files: number;
  readonly bytes: number;
  readonly byKind: Readonly<Record<string, Written>>;
  readonly seconds: number;
  readonly peakMemoryBytes: number;
  /** True where the destination held a set before: its files stay for clients that still read it. */
  readonly replaced: boolean;
  /** Files that a set at the destination had already, and that were left as they are. */
  readonly unchangedFiles: number;
}

/**
 * Builds a chunk set from catalogues in the folder `out`, which holds a whole set, the old or the new, at every
 * instant. Nothing stays behind of a build that fails or is aborted.
 *
 * @param inputs files, globs, `-` for standard input
 * @throws InputError where the data is bad, UsageError where the options are, LockedError where another process writes
 *   to the destination, StoreError where it cannot be written, the signal's reason when aborted
 */
export async function build(
  inputs: readonly string[],
  out: string,
  options: BuildOptions & DestinationOptions = {},
  events: BuildEvents = {},
  signal?: AbortSignal,
): Promise<BuildSummary> {
  const started = performance.now();
  const plan = await planBuild(inputs, options);
  const destination = await Destination.open(out, options);
  try {
    return await withCleanUp(
      async () => {
        const set = await writeSet(plan, destination, events, signal);
        signal?.throwIfAborted();
        const { unchanged } = await destination.install(set.text, set.files, signal);
        const byKind = countByKind(set.files);
        const written = Object.values(byKind);
        return {
          ...set.summary,
          files: written.reduce((sum, kind) => sum + kind.files, 1),
          bytes: written.reduce((sum, kind) => sum + kind.bytes, Buffer.byteLength(set.text)),
          byKind,
          seconds: (performance.now() - started) / 1000,
          peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
          replaced: destination.replaced,
          unchangedFiles: unchanged,
        };
      },
      () => destination.close(),
    );
  } catch (error) {
    throw withAdvice(error, destination.directory);
  }
}

/** A set that is written, but for its index. */
interface WrittenSet {
  readonly text: string;
  /** Bytes as stored by path. */
  readonly files: ReadonlyMap<string, number>;
  readonly summary: Counts &
    Pick<
      BuildSummary,
      'generation' | 'rejected' | 'skipped' | 'identical' | 'duplicates' | 'cutTexts' | 'unmetFields'
    >;
}

async function writeSet(
  plan: BuildPlan,
  destination: Destination,
  events: BuildEvents,
  signal: AbortSignal | undefined,
): Promise<WrittenSet> {
  const { scratch } = destination;
  const writer = new SetWriter(destination.set, plan.gzipLevel);
  const tables = new TablesBuilder({
    scratch,
    search: plan.set.search,
    fold: makeFold(foldTable()),
  });
  let mapped: Mapped | undefined;
  try {
    mapped = await mapRecords(plan, scratch, events, signal);
    checkRejects(mapped, plan.strict);
    const context = { options: plan.set, summary: new Set(plan.set.summary), writer, shape: SHAPE };
    const unmet = fieldsOf(plan.set);
    const systems = mapped.accepted - mapped.killed.sequences.size;
    const cell = await buildCells(mapped.spill, {
      plan,
      context,
      tables,
      unmet,
      ready: () => writer.ready(),
      scratch,
      killed: mapped.killed,
      onProgress: built => events.onBuilt?.(built, systems),
      signal,
    });
    const steps = tables.finish(writer);
    let step = steps.next();
    for (let rows = PAUSE_ROWS; !step.done; rows += PAUSE_ROWS) {
      await writer.ready();
      await nextTurn();
      signal?.throwIfAborted();
      events.onIndexed?.(rows);
      step = steps.next();
    }
    const { index, text } = mergeRoots(cell, mapped.metas, step.value, context);
    await writer.drain();
    return {
      text,
      files: writer.files,
      summary: {
        generation: index.generation,
        ...index.counts,
        rejected: mapped.rejected,
        skipped: mapped.skipped,
        identical: mapped.killed.identical,
        duplicates: mapped.killed.sequences.size - mapped.killed.identical,
        cutTexts: tables.cutTexts,
        unmetFields: [...unmet].sort(),
      },
    };
  } finally {
    mapped?.spill.close();
    tables.close();
    // A write that is still under way would meet a folder that is gone.
    await writer.settle();
  }
}

function countByKind(files: ReadonlyMap<string, number>): Record<string, Written> {
  const byKind: Record<string, Written> = {};
  for (const [path, bytes] of files) {
    const kind = path.slice(0, path.indexOf('/'));
    const sum = byKind[kind] ?? { files: 0, bytes: 0 };
    byKind[kind] = { files: sum.files + 1, bytes: sum.bytes + bytes };
  }
  return byKind;
}

/** The fields that options name; `name` stands for the name that every system has. */
function fieldsOf({ summary, search, preview }: SetOptions): Set<string> {
  const fields = new Set([...summary, ...search.fields, ...(preview.field === null ? [] : [preview.field])]);
  fields.delete('name');
  return fields;
}

function checkRejects({ accepted, rejected, examples }: Mapped, strict: boolean): void {
  if (rejected === 0 || (accepted > 0 && !strict)) return;
  const places = examples.map(reject => `  ${rejectLine(reject)}`);
  const what =
    rejected === 1
      ? `${accepted === 0 ? 'the only' : '--strict: a'} record was rejected`
      : `${accepted === 0 ? 'all' : '--strict:'} ${rejected} records were rejected`;
  throw new InputError([`${what}; nothing was written. The first:`, ...places].join('\n'));
}
