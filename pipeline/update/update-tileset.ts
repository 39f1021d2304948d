/** Makes the next generation of a chunk set in a folder, from the previous one and edits. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readIndex } from '#client/fetch/read-index.ts';
import { folderSource, nodeCodec } from '#client/node/index.ts';
import type { SetIndex } from '#format/index-json.ts';
import type { Counts } from '#format/system.ts';
import { EditConflictError, InputError } from '#pipeline/errors.ts';
import type { Edit } from '#pipeline/source/edit.ts';
import { type EditEvents, type EditFiles, readEdits } from '#pipeline/source/edits.ts';
import type { Reject } from '#pipeline/source/index.ts';
import { placeFields, rejectLine } from '#pipeline/source/source-location.ts';
import { checkNames, checkStrings, type OptionNames } from '#pipeline/store/check-options.ts';
import { withCleanUp } from '#pipeline/store/clean-up.ts';
import { DESTINATION_OPTIONS, Destination, type DestinationOptions } from '#pipeline/store/destination.ts';
import { memoryStore } from '#pipeline/store/memory-store.ts';
import { workingFolder } from '#pipeline/store/open-store.ts';
import type { FileTotals } from '#pipeline/store/set-writer.ts';
import type { Store } from '#pipeline/store/store.ts';
import { withAdvice } from '#pipeline/store/system-error.ts';
import { EditedFiles } from './edited-files.ts';
import { NextGeneration } from './next-generation.ts';
import type { EditConflict, ResolvedEdits } from './resolve-edits.ts';

/** Edits of a set: in files, and those of a program, which follow them. */
export interface SetEdits extends EditFiles {
  readonly edits?: readonly Edit[] | undefined;
}

const EDITS: OptionNames<SetEdits> = { upsert: 1, patch: 1, delete: 1, changes: 1, map: 1, edits: 1 };

/** Options of an update; all have defaults. */
export interface UpdateOptions extends DestinationOptions {
  /** Fails at a conflict or a rejected record, and writes nothing; false by default. */
  readonly strict?: boolean | undefined;
  /** Makes the next generation in memory only; false by default. */
  readonly dryRun?: boolean | undefined;
}

const UPDATE_OPTIONS: OptionNames<UpdateOptions> = { ...DESTINATION_OPTIONS, strict: 1, dryRun: 1 };

/** Callbacks of an update. */
export interface UpdateEvents extends EditEvents {
  /** Called for each edit that does not fit the set. */
  onConflict?(conflict: EditConflict): void;
  /** Called with the number of edits read so far. */
  onProgress?(edits: number): void;
  /** Called before so many edits are made that a build of the edited catalogue would take less time and memory. */
  onLarge?(edits: number, systems: number): void;
}

/** Result of an update, with the numbers of the new generation. */
export interface UpdateSummary extends Counts {
  /** SHA-256 of the new `index.json`, in hex. */
  readonly generation: string;
  /** The generation before; the same one if nothing changed. */
  readonly previous: string;
  /** Numbers of systems that the edits added, changed and removed, and of edited systems that are what they were. */
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly identical: number;
  readonly conflicts: number;
  readonly rejected: number;
  readonly skipped: number;
  /** Whether the `_meta` of the set was replaced by that of the new files. */
  readonly meta: boolean;
  /** Files of the set that were read, `index.json` included. */
  readonly read: FileTotals;
  /** Files that the new generation has and the one before lacks, `index.json` included; none of a dry run is kept. */
  readonly written: FileTotals;
  readonly seconds: number;
}

/**
 * Applies edits to a chunk set in a folder. The result has the files of a full build of the edited catalogue with the
 * options of the set. Reads and writes only what the edits touch. The folder contains a complete set, the old or the new
 * one, at any time; files of the old one stay, for clients that still read them.
 *
 * Edits are made in this order: `changes`, `upsert`, `patch`, `delete`, `edits`. All edits and the systems that they
 * change are in memory, twice, and so are the systems of a leaf and its neighbours.
 *
 * @param directory folder of the set, or its `index.json`
 * @throws InputError if the data of the edits is bad, or with `strict` a record is rejected; EditConflictError with
 *   `strict`; UsageError for a set that cannot be updated; NotFoundError if there is no set; CorruptError if a file of it
 *   is damaged; LockedError if another process writes to it, StoreError if it cannot be written; the signal's reason
 */
export async function updateTileset(
  directory: string,
  edits: SetEdits,
  options: UpdateOptions = {},
  events: UpdateEvents = {},
  signal?: AbortSignal,
): Promise<UpdateSummary> {
  const started = performance.now();
  checkNames(edits, EDITS);
  for (const kind of ['upsert', 'patch', 'delete', 'changes'] as const) checkStrings(kind, edits[kind] ?? []);
  checkNames(options, UPDATE_OPTIONS);
  const folder = workingFolder('update', directory);
  // Nothing is created if there is no set.
  await indexOf(folder, signal);
  if (options.dryRun === true) {
    const update = new Update(folder, memoryStore(), options, events, signal);
    return { ...(await update.make(edits)).summary, seconds: (performance.now() - started) / 1000 };
  }
  const destination = await Destination.open(folder, options);
  try {
    return await withCleanUp(
      async () => {
        const update = new Update(destination.directory, destination.set, options, events, signal);
        const { summary, text, files } = await update.make(edits);
        signal?.throwIfAborted();
        await (text === undefined ? destination.keep(signal) : destination.add(text, files, signal));
        return { ...summary, seconds: (performance.now() - started) / 1000 };
      },
      () => destination.close(),
    );
  } catch (error) {
    throw withAdvice(error, destination.directory);
  }
}

async function indexOf(directory: string, signal: AbortSignal | undefined): Promise<SetIndex> {
  const { index } = await readIndex(folderSource(directory), nodeCodec.sha256, { signal });
  return index;
}

interface Made {
  readonly summary: Omit<UpdateSummary, 'seconds'>;
  /** Content of the new `index.json`; undefined if nothing changes. */
  readonly text: string | undefined;
  /** Stored bytes of the files in the staging store, by path. */
  readonly files: ReadonlyMap<string, number>;
}

/** Edits that are many, whatever the size of the set, and the part of its systems from which they are too many. */
const MANY_EDITS = 10_000;
const LARGE_PART = 0.1;

/** Examples in the message about conflicts and rejected records. */
const EXAMPLES = 3;

class Update {
  readonly #directory: string;
  readonly #staged: Store;
  readonly #strict: boolean;
  readonly #events: UpdateEvents;
  readonly #signal: AbortSignal | undefined;
  readonly #conflicts: EditConflict[] = [];
  readonly #rejects: Reject[] = [];
  #conflictCount = 0;
  #rejected = 0;
  /** Patches that a system cannot take. */
  #refused = 0;
  #skipped = 0;

  constructor(
    directory: string,
    staged: Store,
    { strict = false }: UpdateOptions,
    events: UpdateEvents,
    signal: AbortSignal | undefined,
  ) {
    this.#directory = directory;
    this.#staged = staged;
    this.#strict = strict;
    this.#events = events;
    this.#signal = signal;
  }

  async make(edits: SetEdits): Promise<Made> {
    const index = await indexOf(this.#directory, this.#signal);
    const files = new EditedFiles(folderSource(this.#directory), this.#staged, index, this.#signal);
    const next = new NextGeneration(index, files, this.#signal);
    const all = await this.#read(edits, next);
    const { systems } = index.counts;
    if (all.length >= Math.max(MANY_EDITS, LARGE_PART * systems)) this.#events.onLarge?.(all.length, systems);
    const resolved = await next.resolve(all, {
      onConflict: conflict => this.#conflict(conflict),
      onRefused: ({ id, location, ...reject }) => {
        this.#refused++;
        if (location) this.#reject({ ...reject, location });
        else
          throw new InputError(`system "${id}" cannot be patched: ${reject.reason}`, { field: reject.field });
      },
    });
    this.#check(all.length > this.#refused);
    const text = await next.write(resolved);
    await files.settle();
    return this.#made(index, files, resolved, text);
  }

  async #read({ edits = [], ...files }: SetEdits, next: NextGeneration): Promise<Edit[]> {
    const { onSkip, onLeftOut, onProgress } = this.#events;
    const events: EditEvents = {
      onReject: reject => this.#reject(reject),
      onSkip: (location, why) => {
        this.#skipped++;
        onSkip?.(location, why);
      },
      onLeftOut: file => onLeftOut?.(file),
    };
    const all: Edit[] = [];
    for await (const batch of readEdits(files, events, this.#signal)) {
      for (const edit of batch) all.push(next.packed(edit));
      onProgress?.(all.length);
    }
    for (const edit of edits) all.push(edit);
    return all;
  }

  #reject(reject: Reject): void {
    this.#rejected++;
    if (this.#rejects.length < EXAMPLES) this.#rejects.push(reject);
    this.#events.onReject?.(reject);
  }

  #conflict(conflict: EditConflict): void {
    this.#conflictCount++;
    if (this.#conflicts.length < EXAMPLES) this.#conflicts.push(conflict);
    this.#events.onConflict?.(conflict);
  }

  /**
   * @throws EditConflictError or InputError if the update is strict and there is a conflict or a rejected record;
   *   InputError if no edit is valid
   */
  #check(hasEdits: boolean): void {
    const [reject] = this.#rejects;
    if (reject && (this.#strict || !hasEdits)) {
      const { location, field, reason } = reject;
      const records = this.#rejected === 1 ? '1 record was' : `${this.#rejected} records were`;
      const head = hasEdits ? `--strict: ${records} rejected` : `there is no valid edit: ${records} rejected`;
      const lines = this.#rejects.map(own => `  ${rejectLine(own)}`);
      throw new InputError([`${head}; nothing was written. The first:`, ...lines].join('\n'), {
        ...placeFields(location),
        field,
        reason,
      });
    }
    const [conflict] = this.#conflicts;
    if (!conflict || !this.#strict) return;
    const count = this.#conflictCount === 1 ? '1 edit does' : `${this.#conflictCount} edits do`;
    const head = `--strict: ${count} not fit the set; nothing was written. The first:`;
    const lines = this.#conflicts.map(own => `  ${conflictLine(own)}`);
    const { reason, key, location } = conflict;
    const place = location && placeFields(location);
    throw new EditConflictError([head, ...lines].join('\n'), { ...place, reason, found: key });
  }

  #made(
    index: SetIndex,
    { reads, written }: EditedFiles,
    resolved: ResolvedEdits,
    text: string | undefined,
  ): Made {
    const { changes, identical } = resolved;
    const { generation, counts, meta } = text === undefined ? index : (JSON.parse(text) as SetIndex);
    // Files of older generations are replaced by equal ones.
    const fresh =
      text === undefined ? [] : [...written].filter(([path]) => !existsSync(join(this.#directory, path)));
    const bytes = fresh.reduce((sum, [, bytes]) => sum + bytes, Buffer.byteLength(text ?? ''));
    return {
      summary: {
        ...{ generation, previous: index.generation },
        added: changes.filter(({ before }) => !before).length,
        changed: changes.filter(({ before, after }) => before && after).length,
        removed: changes.filter(({ after }) => !after).length,
        ...{ identical, conflicts: this.#conflictCount, rejected: this.#rejected, skipped: this.#skipped },
        meta: meta?.hash !== index.meta?.hash,
        read: { files: reads.files + 1, bytes: reads.bytes },
        written: { files: fresh.length + (text === undefined ? 0 : 1), bytes },
        ...counts,
      },
      text,
      files: written,
    };
  }
}

const CONFLICTS: Readonly<Record<EditConflict['reason'], (key: string) => string>> = {
  'unknown id': key => `no system has the id ${key}`,
  'unknown name': key => `no system has the id or name ${key}`,
  'ambiguous name': key => `several systems have the name ${key}: give an id`,
  'id exists': key => `a system has the id ${key} already`,
  'id twice': key => `an earlier edit changes the system ${key} too: this one was made after it`,
};

/** A conflict in one line, for messages. */
export function conflictLine({ reason, key, location }: EditConflict): string {
  const text = CONFLICTS[reason](JSON.stringify(key));
  return location ? rejectLine({ location, reason: text }) : text;
}

/** A conflict in the form of a rejected record; undefined if the edit was not in a file. */
export function conflictReject({ reason, key, location }: EditConflict): Reject | undefined {
  return location && { location, reason: CONFLICTS[reason](JSON.stringify(key)) };
}
