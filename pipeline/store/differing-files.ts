/**
 * Compares two sets file by file, from their roots down: what lies below a page that both sets have is not read, so the
 * cost is in proportion to the difference.
 *
 * All trees are opened rank by rank: an octree from large cells to small ones, a table from level to level. So an equal
 * page is met at the same time in both sets, also where one tree is higher, and left out with all below it.
 */
import type { Files } from '#client/fetch/files.ts';
import { roundTrip } from '#client/fetch/parallel.ts';
import type { QueryOptions } from '#client/query/types.ts';
import { type FileRef, pathOf } from '#format/file-ref.ts';
import type { SetIndex } from '#format/index-json.ts';
import { concurrently } from './concurrently.ts';
import { type Below, type PageReader, pageReader, rootsOf, type SetPage } from './reachable.ts';

/** A set whose files are compared. */
export interface ComparedFiles {
  readonly index: SetIndex;
  readonly files: Files;
}

/** Files that only one of two sets has, without `index.json`. */
export interface DifferingFiles {
  readonly removed: readonly FileRef[];
  readonly added: readonly FileRef[];
}

/**
 * Returns the files that differ. A file that the other set has too, but only below a page that is equal in both, counts
 * as differing: this can happen to files of equal content in several places, such as facet files.
 * @throws NotFoundError, CorruptError, NetworkError
 */
export async function differingFiles(
  before: ComparedFiles,
  after: ComparedFiles,
  options: QueryOptions = {},
): Promise<DifferingFiles> {
  const sides = [new Side(before, options), new Side(after, options)] as const;
  for (;;) {
    Side.dropEqual(...sides);
    const pages = nextPages(sides);
    if (pages.length === 0) break;
    await roundTrip(options, () => concurrently(pages, ([side, page]) => side.open(page)));
  }
  const [removed, added] = [sides[0].filesWithout(sides[1]), sides[1].filesWithout(sides[0])];
  return { removed, added };
}

/** Unread pages of both sets that have the highest rank of their tree. */
function nextPages(sides: readonly [Side, Side]): (readonly [Side, SetPage])[] {
  const pages = sides.flatMap(side => Array.from(side.pages.values(), page => [side, page] as const));
  const ranks = new Map<string, number>();
  for (const [, { tree, rank }] of pages)
    ranks.set(tree, Math.max(rank, ranks.get(tree) ?? Number.NEGATIVE_INFINITY));
  return pages.filter(([, { tree, rank }]) => rank === ranks.get(tree));
}

/** The part of a set that may differ from the other set. */
class Side {
  /** Unread pages, by key. */
  readonly pages = new Map<string, SetPage>();
  readonly #files = new Map<string, FileRef>();
  /** Keys of the pages that were read, or that are equal in both sets. */
  readonly #seen = new Set<string>();
  readonly #read: PageReader;

  constructor({ index, files }: ComparedFiles, { signal, usage }: QueryOptions) {
    this.#read = pageReader(files, signal, usage);
    this.#add(rootsOf(index));
  }

  /** Removes the pages that both sides have. */
  static dropEqual(one: Side, other: Side): void {
    for (const key of one.pages.keys()) if (other.pages.delete(key)) one.pages.delete(key);
  }

  async open(page: SetPage): Promise<void> {
    this.pages.delete(page.key);
    this.#add(await page.open(this.#read));
  }

  filesWithout(other: Side): FileRef[] {
    return [...this.#files].filter(([path]) => !other.#files.has(path)).map(([, ref]) => ref);
  }

  #add({ files, pages }: Below): void {
    for (const { ref } of files) this.#files.set(pathOf(ref), ref);
    for (const page of pages) {
      if (this.#seen.has(page.key)) continue;
      this.#seen.add(page.key);
      this.pages.set(page.key, page);
    }
  }
}
