/** The set that is to be published: a folder, whose files are checked before anything is sent. */
import { CorruptError, NotFoundError } from '#client/errors.ts';
import { readIndex } from '#client/fetch/read-index.ts';
import { nodeCodec } from '#client/node/node-codec.ts';
import { type FileRef, pathOf } from '#format/file-ref.ts';
import type { SetIndex } from '#format/index-json.ts';
import { folderStore } from '#pipeline/store/folder-store.ts';
import { folderOf } from '#pipeline/store/open-store.ts';
import { nameOf } from '#pipeline/store/set-writer.ts';
import type { Store } from '#pipeline/store/store.ts';
import { filesOfIndex, newFiles } from './live-set.ts';

export interface LocalSet {
  readonly store: Store;
  readonly index: SetIndex;
  /** Content of `index.json`. */
  readonly text: string;
  /** All files but `index.json`, by path, with their stored bytes. */
  readonly files: ReadonlyMap<string, { readonly ref: FileRef; readonly size: number }>;
  /** Bytes of all files, as stored. */
  readonly bytes: number;
}

/**
 * Reads what a set consists of.
 * @throws NotFoundError if there is no set or a file is missing, CorruptError, VersionError, NetworkError
 */
export async function readLocal(directory: string, signal: AbortSignal | undefined): Promise<LocalSet> {
  const store = folderStore(folderOf(directory));
  const { index, text } = await readIndex(store, nodeCodec.sha256, { signal });
  const sizes = new Map<string, number>();
  for await (const { path, size } of store.list('', { signal })) sizes.set(path, size);
  const files = new Map<string, { ref: FileRef; size: number }>();
  let bytes = Buffer.byteLength(text);
  for (const [path, ref] of await filesOfIndex(index, newFiles(store), signal)) {
    const size = sizes.get(path);
    if (size === undefined) {
      throw new NotFoundError(`${path} of ${store.location} is missing: build the set again`, { file: path });
    }
    files.set(path, { ref, size });
    bytes += size;
  }
  return { store, index, text, files, bytes };
}

/** The bytes of a file as stored. @throws CorruptError if they are damaged, NotFoundError, NetworkError */
export async function readWhole(
  { store, files }: LocalSet,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const { ref } = files.get(path)!;
  const bytes = await store.get(path, { signal });
  if (!bytes)
    throw new NotFoundError(`${path} of ${store.location} is missing: build the set again`, { file: path });
  let reason = 'it cannot be decompressed';
  try {
    const content = nodeCodec.inflate(bytes, ref.length) as Uint8Array;
    const { hash } = nameOf(ref.kind, content);
    if (hash === ref.hash) return bytes;
    reason = `its content has hash ${hash}`;
  } catch {
    // The reason is given already.
  }
  throw new CorruptError(`${pathOf(ref)} of ${store.location} is corrupt: ${reason}; build the set again`, {
    ...{ file: path, reason },
  });
}
