/** Locations of chunk sets on a command line, and errors for locations without a set. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import {
  httpSource,
  NotFoundError,
  openTileset,
  type Source,
  type Tileset,
  type TilesetOptions,
} from '#client/node/index.ts';
import { existingLocation, missingScheme, parseLocation, setFolder } from '#client/node/node-location.ts';
import { UsageError } from '#pipeline/errors.ts';
import { generationSource } from '#pipeline/publish/generation-source.ts';
import { shellWord } from '#pipeline/source/shell-word.ts';
import { folderStore } from '#pipeline/store/folder-store.ts';
import { isBucket, s3Store } from '#pipeline/store/s3-store.ts';
import type { Store } from '#pipeline/store/store.ts';
import { didYouMean, nearest } from './suggest.ts';

/** Where a set is, and how it is reached. */
export interface SetAccess {
  /** URL of the server of buckets. */
  readonly endpoint?: string | undefined;
}

const CATALOGUE = /\.(json|ndjson|jsonl|geojson|csv|tsv|db|sqlite3?)(\.(gz|zst))?$/i;

/** The end of `SET@GENERATION`; not the host of a URL with a user. */
const GENERATION = /^(?!\w+:\/\/[^/]*$)(.+)@([0-9a-f]{4,64})$/;

/** The parts of `SET@GENERATION`; without a generation for any other location, and for a folder of that name. */
function splitGeneration(location: string): { set: string; generation?: string } {
  const [, set, generation] = GENERATION.exec(location) ?? [];
  if (set === undefined || generation === undefined || existsSync(location)) return { set: location };
  return { set, generation };
}

/** True for a set on a server, also in a bucket. */
export function isAddress(location: string): boolean {
  return isBucket(location) || parseLocation(location) instanceof URL;
}

/**
 * The files of a set: a store for a folder or a bucket; for a URL, and for a generation, a source, which cannot be
 * listed. The path of its `index.json` is accepted too.
 */
export function sourceOf(location: string, access: SetAccess): Source | Store {
  const { set, generation } = splitGeneration(location);
  if (generation !== undefined) return generationSource(sourceOf(set, access), generation);
  if (isBucket(location)) return s3Store(location, { endpoint: access.endpoint });
  const existing = existingLocation(location);
  return existing instanceof URL ? httpSource(existing) : folderStore(setFolder(existing));
}

/** @throws NotFoundError, CorruptError, VersionError, NetworkError, ArgumentError, UsageError */
export function openSet(location: string, access: SetAccess, options: TilesetOptions): Promise<Tileset> {
  return explained(location, openTileset(sourceOf(location, access), options));
}

/**
 * Returns the result of reading a set. If there is no set at the location, the error says what is there and what to
 * do.
 * @throws UsageError for a catalogue; otherwise the errors of `reading`
 */
export async function explained<T>(location: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (isBucket(location)) throw error;
    const path = parseLocation(splitGeneration(location).set);
    if (!(error instanceof NotFoundError) || path instanceof URL) throw error;
    throw explanationOf(path, error);
  }
}

function explanationOf(location: string, error: NotFoundError): Error {
  const found = statSync(location, { throwIfNoEntry: false });
  if (found?.isFile()) return fileError(location) ?? error;
  if (found) {
    const [inside] = setsIn(location);
    return inside === undefined
      ? error
      : new NotFoundError(`${location} has no index.json${didYouMean(join(location, inside))}`);
  }
  if (basename(location) === 'index.json' || missingScheme(location)) return error;
  const similar = nearestSet(location);
  const where = isAbsolute(location) ? '' : ` in ${process.cwd()}`;
  return new NotFoundError(`"${location}" does not exist${where}${didYouMean(similar)}`);
}

/** The error for a file that is given as a set; undefined for an `index.json`. */
export function fileError(path: string): UsageError | undefined {
  if (basename(path) === 'index.json') return undefined;
  if (!CATALOGUE.test(path)) {
    return new UsageError(`"${path}" is a file: give the folder of a chunk set, which has an index.json`);
  }
  const out = basename(path).replace(CATALOGUE, '');
  return new UsageError(
    `"${path}" is a catalogue, not a chunk set. Build it first: haven-chunks build ${shellWord(path)} --out ${shellWord(out)}-set`,
  );
}

function nearestSet(location: string): string | undefined {
  const parent = dirname(location);
  const name = nearest(basename(location), setsIn(parent));
  return name === undefined ? undefined : join(parent, name);
}

/** Names of the chunk sets in a folder. */
function setsIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter(name => existsSync(join(folder, name, 'index.json')));
  } catch {
    return [];
  }
}
