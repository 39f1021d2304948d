/** A whole build: source → normalise → partition → octree → encode → write → index, as five tasks in a line. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { foldTable } from '../client/format/fold-data.ts';
import { type Counts, makeFold, type SetOptions } from '../client/format/index.ts';
import { buildCells } from './cells.ts';
import { SHAPE } from './context.ts';
import { InputError } from './errors.ts';
import { type MapEvents, type Mapped, mapRecords } from './map.ts';
import { mergeRoots } from './merge.ts';
import { type BuildOptions, planBuild } from './plan.ts';
import { rejectLine } from './source/place.ts';
import { Staging } from './staging.ts';
import { TablesBuilder } from './tables/index.ts';
import { PAUSE_ROWS } from './tables/rows.ts';
import { SetWriter, type Written } from './write.ts';

export interface BuildEvents extends MapEvents {
  /** Systems built so far, of all. */
  onBuilt?(systems: number, of: number): void;
  /** Rows of tables written so far. */
  onIndexed?(rows: number): void;
}

export interface BuildSummary extends Counts {
  readonly generation: string;
  readonly rejected: number;
  readonly skipped: number;
  /** Records left out because another one equals them in all that a set keeps. */
  readonly identical: number;
  /** Records left out because a different system has their id. */
  readonly duplicates: number;
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
}

/**
 * Builds a chunk set from catalogues and puts it in place at `destination`, which holds a whole set, the old or the
 * new, at every instant. Nothing stays behind of a build that fails or is aborted.
 *
 * @param inputs files, globs, `-` for standard input
 * @throws InputError where the data is bad, UsageError where the options are, the signal's reason when aborted
 */
export async function build(
  inputs: readonly string[],
  destination: string,
  options: BuildOptions = {},
  events: BuildEvents = {},
  signal?: AbortSignal,
): Promise<BuildSummary> {
  const started = performance.now();
  const plan = await planBuild(inputs, options);
  const staging = new Staging(destination);
  const replaced = existsSync(join(staging.destination, 'index.json'));
  const writer = new SetWriter(staging.set, plan.gzipLevel);
  const tables = new TablesBuilder({
    scratch: staging.scratch,
    search: plan.set.search,
    fold: makeFold(foldTable()),
  });
  let mapped: Mapped | undefined;
  try {
    mapped = await mapRecords(plan, staging.scratch, events, signal);
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
      scratch: staging.scratch,
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
    writeFileSync(join(staging.set, 'index.json'), text);
    signal?.throwIfAborted();
    staging.install();
    const written = [...writer.written.values()];
    return {
      generation: index.generation,
      ...index.counts,
      rejected: mapped.rejected,
      skipped: mapped.skipped,
      identical: mapped.killed.identical,
      duplicates: mapped.killed.sequences.size - mapped.killed.identical,
      unmetFields: [...unmet].sort(),
      files: written.reduce((sum, kind) => sum + kind.files, 1),
      bytes: written.reduce((sum, kind) => sum + kind.bytes, Buffer.byteLength(text)),
      byKind: Object.fromEntries(writer.written),
      seconds: (performance.now() - started) / 1000,
      peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
      replaced,
    };
  } finally {
    mapped?.spill.close();
    tables.close();
    // A write that is still under way would make the folder anew.
    await writer.settle();
    staging.remove();
  }
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
