import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { httpSource, NotFoundError } from '#client/node/index.ts';
import { parseLocation } from '#client/node/node-location.ts';
import type { Arguments } from '#pipeline/cli/arguments.ts';
import type { Io } from '#pipeline/cli/command.ts';
import { EXIT } from '#pipeline/cli/exit.ts';
import { describeFile, inspectFile } from '#pipeline/cli/inspect/inspect-file.ts';
import { describeSet, statisticsOf } from '#pipeline/cli/inspect/inspect-set.ts';
import { say } from '#pipeline/cli/print/say.ts';
import { explained, fileError, type SetAccess } from '#pipeline/cli/set-location.ts';
import { isBucket, s3Store } from '#pipeline/store/s3-store.ts';

export async function run(args: Arguments, io: Io): Promise<number> {
  const location = args.operand;
  const json = args.has('json');
  const access = { endpoint: args.text('endpoint') };
  const stored = isBucket(location)
    ? await bucketFile(location, access, io.signal)
    : await storedFile(parseLocation(location), io.signal);
  if (stored) {
    const file = inspectFile(stored.path, stored.bytes);
    const error =
      file.plain.kind === null && !stored.path.endsWith('.mpk') ? fileError(stored.path) : undefined;
    if (error) throw error;
    await io.output.write(json ? `${JSON.stringify(file.plain)}\n` : describeFile(file));
    if (file.fault === undefined) return EXIT.done;
    say(io.stderr, `${location}: ${file.fault}`);
    return EXIT.badData;
  }
  const statistics = await explained(location, statisticsOf(location, access, io.signal));
  await io.output.write(
    json ? `${JSON.stringify(statistics)}\n` : describeSet(statistics, io.output.columns),
  );
  return EXIT.done;
}

interface StoredFile {
  /** Its path, or its URL without a query. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** The file at a path or URL; undefined for the location of a set. @throws NotFoundError for a URL without a file */
async function storedFile(
  location: string | URL,
  signal: AbortSignal | undefined,
): Promise<StoredFile | undefined> {
  if (typeof location === 'string')
    return (await isSetFile(location)) ? { path: location, bytes: await readFile(location) } : undefined;
  const [, kind, name] = /([^/]+)\/([^/]+\.mpk)$/.exec(location.pathname) ?? [];
  if (kind === undefined) return undefined;
  const set = new URL('..', location);
  set.search = location.search;
  const path = location.origin + location.pathname;
  const bytes = await httpSource(set).get(`${kind}/${name}`, { signal });
  if (!bytes) throw new NotFoundError(`${path} does not exist`, { file: `${kind}/${name}` });
  return { path, bytes };
}

/** The file at a path in a bucket; undefined for the location of a set. @throws NotFoundError if there is no file */
async function bucketFile(
  location: string,
  access: SetAccess,
  signal: AbortSignal | undefined,
): Promise<StoredFile | undefined> {
  const [, set, file] = /^(.+)\/([^/]+\/[^/]+\.mpk)$/.exec(location) ?? [];
  if (set === undefined || file === undefined) return undefined;
  const bytes = await s3Store(set, access).get(file, { signal });
  if (!bytes) throw new NotFoundError(`${location} does not exist`, { file });
  return { path: location, bytes };
}

/** True for a file; false for index.json, which names its set. */
async function isSetFile(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
  });
  return found?.isFile() === true && basename(path) !== 'index.json';
}
