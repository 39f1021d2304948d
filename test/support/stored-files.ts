/** Files of a set as they are stored, written without the pipeline; and what a read of them rejects with. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import type { Decoded } from '#client/fetch/file-reader.ts';
import type { FileKind, FileRef, Usage } from '#client/index.ts';
import { temporaryFolder } from './temporary.ts';

/** A content-addressed file as a set stores it. */
export interface StoredFile {
  readonly ref: FileRef;
  readonly path: string;
  /** As stored: gzip. */
  readonly bytes: Uint8Array;
  readonly content: Uint8Array;
}

/** Names and compresses a content with Node's own means, not with the code under test. */
export function storedFile(content: Uint8Array | string, kind: FileKind = 'chunks'): StoredFile {
  const plain = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const hash = createHash('sha256').update(plain).digest('hex').slice(0, 40);
  const ref = { kind, hash, length: plain.length };
  const bytes = new Uint8Array(gzipSync(plain));
  // What the format fixes, and builds of zlib do not: no flags, no operating system.
  bytes.set([0, 255], 8);
  return { ref, path: `${kind}/${hash}.mpk`, bytes, content: plain };
}

/** Writes files into a new temporary folder, and gives its name and a way to remove it. */
export async function writeFolder(
  files: Record<string, Uint8Array>,
): Promise<{ directory: string; remove(): void }> {
  const { path: directory, remove } = temporaryFolder();
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), bytes);
  }
  return { directory, remove };
}

/** Thirty small files of one kind, of different lengths. */
export const STORED = Array.from({ length: 30 }, (_, i) => storedFile(`content ${i} `.repeat(50 + i)));

/** Decodes as text; costs the content's length. */
export function decodeText(content: Uint8Array): Decoded<string> {
  return { value: new TextDecoder().decode(content), cost: content.length };
}

export const textOf = (file: StoredFile): string => decodeText(file.content).value;

export const noUsage = (): Usage => ({ requests: 0, bytes: 0, cacheHits: 0, roundTrips: 0 });

/** What a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    value => expect.fail(`an error was expected, not ${value}`),
    reason => reason,
  );
}
