/** Reads the generations of a published set, and finds the files that they lead to. */
import { CorruptError, NotFoundError } from '#client/errors.ts';
import { Files } from '#client/fetch/files.ts';
import { readIndex } from '#client/fetch/read-index.ts';
import type { Source } from '#client/fetch/source.ts';
import { nodeCodec } from '#client/node/node-codec.ts';
import { type FileRef, pathOf } from '#format/file-ref.ts';
import type { SetIndex } from '#format/index-json.ts';
import { pageReader, reachable } from '#pipeline/store/reachable.ts';
import type { Store } from '#pipeline/store/store.ts';
import { generationPath } from './ledger.ts';

export const INDEX_FILE = 'index.json';

/** The `index.json` of a store. */
export interface LiveIndex {
  /** Undefined if it is damaged. */
  readonly index: SetIndex | undefined;
  readonly text: string;
  /** The version that was read, or an older one: a write that demands it fails if another writer came in between. */
  readonly etag: string;
}

/**
 * The live generation of a store; undefined if there is none.
 * @throws NotFoundError if `index.json` is a file of other software, VersionError if it is newer, NetworkError
 */
export async function readLive(
  store: Store,
  signal: AbortSignal | undefined,
): Promise<LiveIndex | undefined> {
  let etag: string | undefined;
  // The version is read before the content: the other order could take a new version for one whose content was seen.
  for await (const file of store.list(INDEX_FILE, { signal })) if (file.path === INDEX_FILE) etag = file.etag;
  if (etag === undefined) return undefined;
  try {
    return { ...(await readIndex(store, nodeCodec.sha256, { signal })), etag };
  } catch (error) {
    if (error instanceof CorruptError) return { index: undefined, text: '', etag };
    throw error;
  }
}

/** The live generation of a store that must have one. @throws NotFoundError, CorruptError, VersionError, NetworkError */
export async function needLive(store: Store, signal: AbortSignal | undefined): Promise<SetIndex> {
  return (await readIndex(store, nodeCodec.sha256, { signal })).index;
}

/** A kept generation. @throws NotFoundError if it is not kept, CorruptError */
export async function readGeneration(
  store: Store,
  generation: string,
  signal: AbortSignal | undefined,
): Promise<{ index: SetIndex; text: string }> {
  const path = generationPath(generation);
  const source: Source = {
    location: `${store.location}/${path}`,
    get: (_, options) => store.get(path, options),
  };
  const { index, text } = await readIndex(source, nodeCodec.sha256, { signal });
  if (index.generation === generation) return { index, text };
  throw new CorruptError(`${path} of ${store.location} is another generation, ${index.generation}`, {
    ...{ file: path, expected: generation, found: index.generation },
  });
}

/** Reads pages of several generations; pages that they share are read once. */
export function newFiles(source: Source): Files {
  return new Files(source, { codec: nodeCodec });
}

/**
 * All files that an index leads to, by path.
 * @throws NotFoundError, CorruptError or NetworkError for a page that cannot be read: what it leads to is unknown
 */
export async function filesOfIndex(
  index: SetIndex,
  files: Files,
  signal: AbortSignal | undefined,
): Promise<Map<string, FileRef>> {
  const refs = new Map<string, FileRef>();
  for await (const { ref } of reachable(index, pageReader(files, signal))) refs.set(pathOf(ref), ref);
  return refs;
}

/** The same, or undefined if a page is missing or damaged. */
export async function filesIfWhole(
  index: SetIndex,
  files: Files,
  signal: AbortSignal | undefined,
): Promise<Map<string, FileRef> | undefined> {
  try {
    return await filesOfIndex(index, files, signal);
  } catch (error) {
    if (error instanceof CorruptError || error instanceof NotFoundError) return undefined;
    throw error;
  }
}
