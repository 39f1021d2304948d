/**
 * The preload file: the upper pages of all trees of a set in one file, for a client that asks more than one query.
 * FORMAT.md, section 23.
 */
import { packHashes, unpackHashes } from './file-ref.ts';
import type { Packable } from './pack.ts';
import { countField } from './unpack.ts';

/** Contents of pages by their hashes. */
export type PageContents = ReadonlyMap<string, Uint8Array>;

/** Returns the content of a preload file, for `pack`. */
export function packPreload(pages: PageContents): Packable {
  return { rows: pages.size, hashes: packHashes([...pages.keys()]), pages: [...pages.values()] };
}

/**
 * Decodes a preload file. Whether a page has the hash that is stated is checked when it is used.
 * @throws Error if the file is not valid
 */
export function unpackPreload(file: Record<string, unknown>): Map<string, Uint8Array> {
  const count = countField(file, 'rows');
  const hashes = unpackHashes(file['hashes'], count);
  const pages = file['pages'];
  if (
    !Array.isArray(pages) ||
    pages.length !== count ||
    !pages.every((page): page is Uint8Array => page instanceof Uint8Array)
  ) {
    throw new Error(`a preload file lacks its ${count} pages`);
  }
  const contents = new Map(hashes.map((hash, i) => [hash, pages[i]!]));
  if (contents.size < count) throw new Error('a preload file has a page twice');
  return contents;
}

/** Decodes the member `contents` of an index, which must be valid. */
export function unpackContents(contents: Readonly<Record<string, string>> = {}): Map<string, Uint8Array> {
  return new Map(
    Object.entries(contents).map(([hash, text]) => [
      hash,
      Uint8Array.from(atob(text), character => character.charCodeAt(0)),
    ]),
  );
}
