/** Files and sets as they are stored, written without the pipeline; and what a read of them rejects with. */
import { hash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Decoded } from '#client/fetch/file-reader.ts';
import type { FileKind, FileRef, RootRef, SetIndex } from '#client/index.ts';
import { indexText, type Packable, pack, pathOf, withGeneration } from '#format/index.ts';
import { temporaryFolder } from './temporary.ts';

/** A content-addressed file as a set stores it. */
export interface StoredFile {
  readonly ref: FileRef;
  readonly path: string;
  /** As stored: gzip. */
  readonly bytes: Uint8Array;
  readonly content: Uint8Array;
}

/** The reference of a file, computed by Node's own means and not by the code under test. */
export function refTo(content: Uint8Array, kind: FileKind): FileRef {
  return { kind, hash: hash('sha256', content).slice(0, 40), length: content.length };
}

/** Names and compresses a content by Node's own means, not by the code under test. */
export function storedFile(content: Uint8Array | string, kind: FileKind = 'chunks'): StoredFile {
  const plain = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const ref = refTo(plain, kind);
  const bytes = new Uint8Array(gzipSync(plain));
  // The format fixes these bytes, which builds of zlib do not: no flags, no operating system.
  bytes.set([0, 255], 8);
  return { ref, path: `${kind}/${ref.hash}.mpk`, bytes, content: plain };
}

/** The index of a set as text, with the generation that belongs to the text without it. */
export function stampIndex(text: string): string {
  return withGeneration(text, hash('sha256', text));
}

/** A set in memory that is written file by file; each file has the name and the header that it must have. */
export class StoredSet {
  /** All files by path, as stored. */
  readonly files: Map<string, Uint8Array>;

  /** Begins with the files of another set, if any. */
  constructor(files: ReadonlyMap<string, Uint8Array> = new Map()) {
    this.files = new Map(files);
  }

  get index(): SetIndex {
    return JSON.parse(new TextDecoder().decode(this.files.get('index.json')));
  }

  put(kind: FileKind, content: Packable): FileRef {
    return this.putBytes(kind, pack(content));
  }

  putBytes(kind: FileKind, content: Uint8Array): FileRef {
    const { ref, path, bytes } = storedFile(content, kind);
    this.files.set(path, bytes);
    return ref;
  }

  /** The content of a file. */
  contentOf(ref: FileRef): Uint8Array {
    return gunzipSync(this.files.get(pathOf(ref))!);
  }

  /** Writes the index; its text is altered before it gets its generation. */
  putIndex(index: Omit<SetIndex, 'generation'>, alter = (text: string) => text): this {
    const { generation: _, ...members } = index as SetIndex;
    this.files.set('index.json', new TextEncoder().encode(stampIndex(alter(indexText(members)))));
    return this;
  }
}

/** A reference without the kind, as the index has it. */
export const rootOf = ({ hash, length }: FileRef): RootRef => ({ hash, length });

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

/** The error that a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    value => {
      throw new Error(`an error was expected, not ${value}`);
    },
    reason => reason,
  );
}
