/** Recognises files that belong to chunk sets; these are not catalogues. */
import { open, realpath } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { FILE_KINDS } from '#format/file-ref.ts';
import { FORMAT_NAME } from '#format/index-json.ts';

const INDEX = 'index.json';
/** Bytes at the beginning of index.json that contain its `format`. */
const HEAD_BYTES = 8192;
const PARTS = new Set<string>([INDEX, 'generations', 'history', ...FILE_KINDS]);

/** Finds the chunk set that a file belongs to; checks each folder once. */
export class SetFinder {
  readonly #isSet = new Map<string, Promise<boolean>>();

  /** The folder of the chunk set that a file belongs to (by its real path); undefined for any other file. */
  async setOf(path: string): Promise<string | undefined> {
    const file = await realpath(path);
    for (let folder = dirname(file); ; folder = dirname(folder)) {
      const part = relative(folder, file).split(sep)[0]!;
      if ((PARTS.has(part) || part.startsWith('.building-')) && (await this.#ask(folder))) return folder;
      if (folder === dirname(folder)) return undefined;
    }
  }

  #ask(folder: string): Promise<boolean> {
    const known = this.#isSet.get(folder) ?? isChunkSet(folder);
    this.#isSet.set(folder, known);
    return known;
  }
}

/** Whether a folder contains the index of a chunk set. */
export async function isChunkSet(folder: string): Promise<boolean> {
  try {
    const file = await open(join(folder, INDEX), 'r');
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
      return buffer.toString('latin1', 0, bytesRead).includes(`"format":"${FORMAT_NAME}"`);
    } finally {
      await file.close();
    }
  } catch {
    return false;
  }
}
