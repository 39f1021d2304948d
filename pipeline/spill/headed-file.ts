/** Files of a run with an index: length of the index (u32), the index in JSON, then the content. */
import { parseJson } from '#format/record/parse-json.ts';
import type { Store, StoreGetOptions } from '#pipeline/store/store.ts';
import { runJson } from './run-json.ts';

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

/** The index and the content of a file. */
export function indexAndContent<T>(file: Buffer): { index: T; content: Buffer } {
  const start = LENGTH + file.readUInt32LE(0);
  return { index: parseJson(file.toString('utf8', LENGTH, start)) as T, content: file.subarray(start) };
}

/** A file with its index: the parts are read while it is written. */
export async function* headedFile(
  index: unknown,
  parts: readonly Uint8Array[],
): AsyncGenerator<Uint8Array, void, undefined> {
  yield fileHead(index);
  yield* parts;
}

/** The index of a file, and the offset of the content. */
export async function readIndexOf<T>(store: Store, path: string): Promise<{ index: T; start: number }> {
  let head = await readBytes(store, path, 0, FIRST_READ, LENGTH);
  const start = LENGTH + head.readUInt32LE(0);
  if (head.length < start) head = await readBytes(store, path, 0, start);
  return { index: parseJson(head.toString('utf8', LENGTH, start)) as T, start };
}

/**
 * Reads a range of a file.
 * @param least minimum number of bytes that the file must have from the offset on
 * @throws Error if the file is missing or shorter, because another process has changed the folder of the run
 */
export async function readBytes(
  store: Store,
  path: string,
  offset: number,
  length: number,
  least = length,
): Promise<Buffer> {
  const bytes = await readRange(store, path, { offset, length }, least);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Reads a range of a file to memory that it fills. @throws Error as `readBytes` */
export async function readInto(store: Store, path: string, offset: number, into: Uint8Array): Promise<void> {
  const { length } = into;
  const bytes = await readRange(store, path, { offset, length, into }, length);
  if (bytes.buffer !== into.buffer) into.set(bytes);
}

async function readRange(
  store: Store,
  path: string,
  range: NonNullable<StoreGetOptions['range']>,
  least: number,
): Promise<Uint8Array> {
  const bytes = await store.get(path, { range });
  if (!bytes || bytes.length < least) {
    const found = bytes ? `has only ${bytes.length} bytes from byte ${range.offset} on` : 'is missing';
    throw new Error(
      `${path} of ${store.location} ${found}: another process may have changed it; run the command again`,
    );
  }
  return bytes;
}
