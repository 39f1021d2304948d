/** Builds a set: runs the tasks, and installs the set at its destination. */
import type { Counts } from '#format/system.ts';
import { InputError, StoreError, UsageError } from './errors.ts';
import {
  needsThreads,
  type RunPlaces,
  SMALL_BYTES,
  type WriteEvents,
  type WrittenSet,
  writeSet,
} from './run/local.ts';
import { peakMemory } from './run/peak-memory.ts';
import { checkRunFolder, RUN_FOLDER_OPTIONS, RunFolder, type RunFolderOptions } from './run/run-folder.ts';
import { stateOf } from './source/file-state.ts';
import type { LeftOutFile } from './source/index.ts';
import { freeKept } from './spill/reused-memory.ts';
import { checkNames, checkStrings, type OptionNames } from './store/check-options.ts';
import { withCleanUp } from './store/clean-up.ts';
import { DESTINATION_OPTIONS, Destination, type DestinationOptions } from './store/destination.ts';
import { folderStore } from './store/folder-store.ts';
import { workingFolder } from './store/open-store.ts';
import type { FileTotals } from './store/set-writer.ts';
import { spillingStore } from './store/spilling-store.ts';
import { withAdvice } from './store/system-error.ts';
import { checkBuildOptions, PLAN_OPTIONS, type PlanOptions } from './tasks/build-options.ts';
import type { FacetTotals } from './tasks/facet-counts.ts';
import { expectedOf, type PlanParams, planInputs } from './tasks/plan.ts';

/** Callbacks of a build. */
export interface BuildEvents extends WriteEvents {
  /** Called if the build fails or is aborted, with the folder from which `resume` can continue it. */
  onResumable?(folder: string): void;
}

/** Changes with the format of the files of a run: an older run is not resumed then. */
const RUN_VERSION = 11;

/** Options of a build; all have defaults. */
export interface BuildOptions extends PlanOptions, DestinationOptions, RunFolderOptions {}

const BUILD_OPTIONS: OptionNames<BuildOptions> = {
  ...PLAN_OPTIONS,
  ...DESTINATION_OPTIONS,
  ...RUN_FOLDER_OPTIONS,
};

/** Result of a build. */
export interface BuildSummary extends Counts {
  /** Generation of the set: the SHA-256 of its `index.json`, in hex. */
  readonly generation: string;
  /** Files that the inputs name and that were not read: named twice, by another path too, or part of a chunk set. */
  readonly leftOut: readonly LeftOutFile[];
  /** Number of rejected records. */
  readonly rejected: number;
  /** Number of members of the inputs that are not systems, such as `$schema`. */
  readonly skipped: number;
  /** Number of records that are identical to another one in everything that a set stores. */
  readonly identical: number;
  /** Number of records that were dropped because a different system has their id. */
  readonly duplicates: number;
  /** Number of strings that are too long or too many to be searched completely. */
  readonly truncatedTexts: number;
  /** Fields that the options name and that no system has. */
  readonly missingFields: readonly string[];
  /** Names of facets that the options name and that no system has a value of. */
  readonly missingFacets: readonly string[];
  /** The facets of the set, with the numbers of systems and values. */
  readonly facets: readonly FacetTotals[];
  /** Entries of `map` that no record has a value for, as `FIELD=PATH`. */
  readonly unusedMaps: readonly string[];
  /** A field that looks like the name of systems, if all systems are named by their ids; else null. */
  readonly nameField: string | null;
  /** Number of files of the set, `index.json` included. */
  readonly files: number;
  /** Their bytes, as stored. */
  readonly bytes: number;
  /** Files and bytes of each kind: `chunks`, `tree` … */
  readonly byKind: Readonly<Record<string, FileTotals>>;
  /** Duration of the build. */
  readonly seconds: number;
  /** Highest resident memory of this process. */
  readonly peakMemoryBytes: number;
  /** True if `out` contained a set: its files stay, for clients that still read them. */
  readonly replaced: boolean;
  /** Number of files that the old set had too, and that were left in place. */
  readonly unchangedFiles: number;
}

/**
 * Builds a chunk set from catalogues. The folder `out` contains a complete set, the old or the new one, at any time.
 * A build that fails or is aborted leaves no files.
 *
 * @param inputs paths or globs of files; `-` for standard input
 * @param out folder of the set, as a path or a `file:` URL; it is created if it does not exist
 * @throws InputError if the data is bad, UsageError if an option or a path is, LockedError if another process writes
 *   to `out`, StoreError if it cannot be written; the signal's reason when aborted
 */
export async function build(
  inputs: readonly string[],
  out: string,
  options: BuildOptions = {},
  events: BuildEvents = {},
  signal?: AbortSignal,
): Promise<BuildSummary> {
  const started = performance.now();
  checkStrings('inputs', inputs);
  checkNames(options, BUILD_OPTIONS);
  const planned = checkBuildOptions(options);
  const { inputs: plannedInputs, leftOut, fingerprint } = await planInputs(inputs);
  checkRunFolder(options, fingerprint);
  const params = { inputs: plannedInputs, options: planned };
  const destination = await Destination.open(workingFolder('build', out), options);
  const own = { params, destination, events, signal };
  try {
    return await withCleanUp(
      async () => {
        const { set, unchanged } =
          options.temp === undefined
            ? await writeAndInstall(own)
            : await buildInTemp(own, options.temp, options.resume === true, fingerprint);
        const byKind = countByKind(set.files);
        const written = Object.values(byKind);
        return {
          ...set.summary,
          leftOut,
          files: written.reduce((sum, kind) => sum + kind.files, 1),
          bytes: written.reduce((sum, kind) => sum + kind.bytes, Buffer.byteLength(set.text)),
          byKind,
          seconds: (performance.now() - started) / 1000,
          peakMemoryBytes: peakMemory(),
          replaced: destination.replaced,
          unchangedFiles: unchanged,
        };
      },
      () => {
        freeKept();
        return destination.close();
      },
    );
  } catch (error) {
    throw withAdvice(error, destination.directory);
  }
}

/** A build whose options are checked. */
interface CheckedBuild {
  readonly params: PlanParams;
  readonly destination: Destination;
  readonly events: BuildEvents;
  readonly signal: AbortSignal | undefined;
}

/** A set that is live, and the number of its files that the set before had too. */
interface InstalledSet {
  readonly set: WrittenSet;
  readonly unchanged: number;
}

/** Writes the set, and installs it. @param folder has the files of the build while it runs */
async function writeAndInstall(
  { params, destination, events, signal }: CheckedBuild,
  folder?: RunFolder,
): Promise<InstalledSet> {
  const set = await writeSet(params, folder?.places ?? placesIn(destination, params), events, signal);
  await folder?.moveTo(destination.set, set.files.keys(), signal);
  signal?.throwIfAborted();
  const { unchanged } = await destination.install(set.text, set.files, signal);
  return { set, unchanged };
}

/**
 * Bytes that stay in memory of what passes between the tasks of a small set. What an input unpacks to is a guess, which
 * may be far too low.
 */
const SMALL_RUN_BYTES = 2 * SMALL_BYTES;

/** The folders of the destination; for a small set, files between tasks stay in memory. */
function placesIn({ scratch, set }: Destination, params: PlanParams): RunPlaces {
  const isSmall = expectedOf(params.inputs) < SMALL_BYTES && !needsThreads(params);
  const folder = folderStore(scratch);
  return { run: isSmall ? spillingStore(folder, SMALL_RUN_BYTES) : folder, set, areShared: !isSmall };
}

/** The same with a folder that survives a kill, until the set is installed. */
async function buildInTemp(
  own: CheckedBuild,
  temp: string,
  resume: boolean,
  inputs: string | null,
): Promise<InstalledSet> {
  const { params, destination, events } = own;
  const { workers: _workers, taskBytes: _taskBytes, engine: _engine, ...options } = params.options;
  const fingerprint = JSON.stringify([RUN_VERSION, inputs, options]);
  const folder = await RunFolder.open(temp, destination.directory, fingerprint, resume);
  let installed: InstalledSet;
  try {
    installed = await writeAndInstall(own, folder);
  } catch (error) {
    // The same data would fail again, and a pipe or other data cannot continue: there is nothing to resume.
    const isFinal = error instanceof InputError || error instanceof UsageError || inputs === null;
    if (isFinal || (error instanceof StoreError && (await areChanged(params.inputs)))) await folder.remove();
    else events.onResumable?.(folder.path);
    throw error;
  }
  await folder.remove();
  return installed;
}

/** Whether a text file among the inputs is not what it was when the build was planned. */
async function areChanged(inputs: PlanParams['inputs']): Promise<boolean> {
  for (const { path, state } of inputs)
    if (path !== undefined && state !== undefined && (await stateOf(path).catch(() => '')) !== state)
      return true;
  return false;
}

function countByKind(files: ReadonlyMap<string, number>): Record<string, FileTotals> {
  const byKind: Record<string, FileTotals> = {};
  for (const [path, bytes] of files) {
    const kind = path.slice(0, path.indexOf('/'));
    const sum = byKind[kind] ?? { files: 0, bytes: 0 };
    byKind[kind] = { files: sum.files + 1, bytes: sum.bytes + bytes };
  }
  return byKind;
}
