/** Files of a run: one that is missing, short or malformed when it is read was changed by another process. */
import type { JsonValue } from '#format/json.ts';
import { jsonText } from '#format/json-text.ts';
import { parseJson } from '#format/record/parse-json.ts';
import { StoreError } from '#pipeline/errors.ts';
import type { Store, StoreGetOptions } from './store.ts';

/** JSON of a file: keeps -0, and leaves out undefined members. */
export function runJson(value: unknown): Buffer {
  return Buffer.from(jsonText(value as JsonValue));
}

/** @throws StoreError if the file is missing */
export async function readRunFile(run: Store, path: string): Promise<Buffer> {
  const bytes = await run.get(path);
  if (!bytes) throw changedFile(run, path, 'is missing');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Reads a file with a JSON value. @throws StoreError if it is missing or malformed */
export async function readJson<T>(run: Store, path: string): Promise<T> {
  return parseRunJson<T>(run, path, (await readRunFile(run, path)).toString());
}

/** Writes a file with a JSON value. */
export async function putJson(run: Store, path: string, value: unknown): Promise<void> {
  await run.put(path, runJson(value));
}

/**
 * Reads a range of a file.
 * @param least minimum number of bytes that the file must have from the offset on
 * @throws StoreError if the file is missing or shorter
 */
export async function readBytes(
  run: Store,
  path: string,
  offset: number,
  length: number,
  least = length,
): Promise<Buffer> {
  const bytes = await readRange(run, path, { offset, length }, least);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Reads a range of a file to memory that it fills. @throws StoreError as `readBytes` */
export async function readInto(run: Store, path: string, offset: number, into: Uint8Array): Promise<void> {
  const { length } = into;
  const bytes = await readRange(run, path, { offset, length, into }, length);
  if (bytes.buffer !== into.buffer) into.set(bytes);
}

/** Parses JSON of a file. @throws StoreError if it is malformed */
export function parseRunJson<T>(run: Store, path: string, text: string): T {
  try {
    return parseJson(text) as T;
  } catch {
    throw changedFile(run, path, 'has malformed JSON');
  }
}

/**
 * The error for a file that a command has written to a store and does not find there as it was.
 * @param found what is wrong with it, for example "is missing"
 */
export function changedFile(store: Store, path: string, found: string): StoreError {
  return new StoreError(
    `${path} of ${store.location} ${found}: another process may have changed it; run the command again, without --resume`,
    { file: path, reason: found },
  );
}

async function readRange(
  run: Store,
  path: string,
  range: NonNullable<StoreGetOptions['range']>,
  least: number,
): Promise<Uint8Array> {
  const bytes = await run.get(path, { range });
  if (!bytes) throw changedFile(run, path, 'is missing');
  if (bytes.length >= least) return bytes;
  throw changedFile(run, path, `has only ${bytes.length} bytes from byte ${range.offset} on`);
}
