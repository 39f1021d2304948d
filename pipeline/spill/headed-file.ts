/** Files of a run with an index: length of the index (u32), the index in JSON, then the content. */
import { changedFile, parseRunJson, readBytes, readRunFile, runJson } from '#pipeline/store/run-file.ts';
import type { Store } from '#pipeline/store/store.ts';

const LENGTH = 4;
/** Bytes of the first read, which contains most indexes completely. */
const FIRST_READ = 16 * 1024;

/** The beginning of a file: its index. */
export function fileHead(index: unknown): Buffer {
  const text = runJson(index);
  const length = Buffer.allocUnsafe(LENGTH);
  length.writeUInt32LE(text.length);
  return Buffer.concat([length, text]);
}

/** The index and the content of a file. @throws StoreError if it is missing or malformed */
export async function readHeaded<T>(run: Store, path: string): Promise<{ index: T; content: Buffer }> {
  const file = await readRunFile(run, path);
  const { index, start } = indexIn<T>(run, path, file);
  return { index, content: file.subarray(start) };
}

/** A file with its index: the parts are read while it is written. */
export async function* headedFile(
  index: unknown,
  parts: readonly Uint8Array[],
): AsyncGenerator<Uint8Array, void, undefined> {
  yield fileHead(index);
  yield* parts;
}

/** The index of a file, and the offset of the content. @throws StoreError if it is missing or malformed */
export async function readIndexOf<T>(run: Store, path: string): Promise<{ index: T; start: number }> {
  const head = await readBytes(run, path, 0, FIRST_READ, LENGTH);
  const end = LENGTH + head.readUInt32LE(0);
  return indexIn(run, path, head.length < end ? await readBytes(run, path, 0, end) : head);
}

function indexIn<T>(run: Store, path: string, file: Buffer): { index: T; start: number } {
  const start = file.length < LENGTH ? Number.POSITIVE_INFINITY : LENGTH + file.readUInt32LE(0);
  if (file.length < start) throw changedFile(run, path, 'is shorter than its index');
  return { index: parseRunJson(run, path, file.toString('utf8', LENGTH, start)), start };
}
