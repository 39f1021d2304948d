/** Serves a chunk set, or a catalogue that is built into a temporary one, until the user interrupts. */
import { existsSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { latestGeneration, restApi } from '#client/rest/index.ts';
import { build } from '#pipeline/build.ts';
import type { Io } from '#pipeline/cli/command.ts';
import { printableText } from '#pipeline/cli/print/printable.ts';
import { Progress } from '#pipeline/cli/print/progress.ts';
import { say } from '#pipeline/cli/print/say.ts';
import { counted } from '#pipeline/cli/print/units.ts';
import { isAddress, openSet, type SetAccess, sourceOf } from '#pipeline/cli/set-location.ts';
import { isPostgres, postgresName } from '#pipeline/source/postgres-records.ts';
import { withCleanUp } from '#pipeline/store/clean-up.ts';
import { temporaryFolderError } from '#pipeline/store/system-error.ts';
import { type ListenOptions, listen } from './listen.ts';
import { findMap, type MapFiles } from './map-files.ts';
import { openBrowser } from './open-browser.ts';
import { answerOf } from './site.ts';

export interface ServeOptions extends SetAccess, ListenOptions {
  /** Folder of another map than that of the package. */
  readonly viewer: string | undefined;
  /** Whether to open a browser. */
  readonly opens: boolean;
}

/** Records of scattered systems need many detail files: with the default of 64 MiB, 60,000 systems take 4 to 9 times. */
const CACHE_BYTES = 256 * 1024 * 1024;

/** Milliseconds after which a request looks for a new generation. */
const MAX_AGE = { here: 1_000, elsewhere: 30_000 };

/**
 * Serves a set or a catalogue.
 * @param name name of the set for people
 * @throws the reason of the signal at the end; errors of building and opening, NetworkError, UsageError
 */
export async function serve(
  location: string,
  options: ServeOptions,
  io: Io,
  // That of a database has no password.
  name = isPostgres(location) ? postgresName(location) : location,
): Promise<never> {
  const map = findMap(options.viewer);
  if (!isCatalogue(location)) return serveSet(location, name, map, options, io);
  const folder = await mkdtemp(join(tmpdir(), 'haven-chunks-serve-')).catch(error => {
    throw temporaryFolderError(tmpdir(), error);
  });
  return withCleanUp(
    async () => {
      await buildInto(folder, location, io);
      return serveSet(folder, name, map, options, io);
    },
    () => rm(folder, { recursive: true, force: true }),
  );
}

/** True for an input of a build: a file other than an `index.json`, a glob, standard input, a database. */
function isCatalogue(location: string): boolean {
  if (location === '-' || isPostgres(location)) return true;
  if (isAddress(location) || basename(location) === 'index.json') return false;
  if (existsSync(location)) return !statSync(location).isDirectory();
  return /[*?{[]/.test(location);
}

async function buildInto(folder: string, input: string, { stderr, signal }: Io): Promise<void> {
  const progress = new Progress(stderr, true);
  const events = {
    onProgress: (records: number, bytes: number, total: number | undefined) =>
      progress.reading(records, bytes, total),
    onBuilt: (systems: number, total: number) => progress.systems('building', systems, total),
    onIndexed: (rows: number) => progress.indexing(rows),
  };
  const { rejected, duplicates } = await withCleanUp(
    () => build([input], folder, { flush: false }, events, signal),
    () => progress.clear(),
  );
  if (rejected + duplicates > 0) {
    const lost = counted(rejected + duplicates, 'record');
    say(stderr, `${lost} left out: "build" with --rejects FILE lists them`);
  }
}

async function serveSet(
  location: string,
  name: string,
  map: MapFiles | undefined,
  { endpoint, host, port, opens }: ServeOptions,
  { output, stderr, signal }: Io,
): Promise<never> {
  const tileset = await openSet(location, { endpoint }, { signal, cacheBytes: CACHE_BYTES });
  const onError = (error: unknown, { method, url }: Request) => {
    const message = error instanceof Error ? error.message : String(error);
    say(stderr, `${method} ${new URL(url).pathname}: ${message}`);
  };
  const maxAge = isAddress(location) ? MAX_AGE.elsewhere : MAX_AGE.here;
  const api = restApi(
    latestGeneration(async () => tileset, { maxAge }),
    { compress: true, onError },
  );
  const site = { source: sourceOf(location, { endpoint }), api, map, name, onError };
  const server = await listen(request => answerOf(site, request), { host, port });
  return withCleanUp(
    async () => {
      const { systems } = tileset.counts;
      stderr.write(printableText([`Serving ${name}, ${counted(systems, 'system')}. Ctrl-C ends it.`]));
      await output.write(`${server.url}\n`);
      await output.flush();
      if (opens && !(await openBrowser(server.url))) say(stderr, 'no browser can be opened here');
      return aborted(signal);
    },
    () => server.close(),
  );
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
