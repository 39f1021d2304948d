/** Reads the systems of a volume, nearest first. */

import type { Files } from '#client/fetch/files.ts';
import { parallel, roundTrip } from '#client/fetch/parallel.ts';
import type { QueryOptions } from '#client/query/types.ts';
import { tooMany } from '#client/query/validate.ts';
import type { Volume } from '#client/query/volume.ts';
import type { TreeNode } from '#format/octree/tree-node.ts';
import type { SystemRow } from '#format/system-row.ts';
import { BestFirst } from './best-first.ts';
import type { FacetFilter } from './facet-filter.ts';
import { readRows, readTreePage } from './filtered-reads.ts';
import type { PageRead, Read } from './frontier.ts';
import type { Hits } from './hits.ts';

/** A query for the first systems of a volume. */
export interface VolumeQuery {
  readonly volume: Volume;
  /** Maximum number of systems; Infinity for all. */
  readonly limit: number;
  /** Names the rows in messages. */
  readonly what: string;
  readonly filter?: FacetFilter | undefined;
  /** All systems that match the filter, if they are known. */
  readonly matching?: readonly SystemRow[] | undefined;
}

/** If rows are taken one by one: the number of rows for which files are read first. */
const FIRST_ROWS = 1_000;
/** Then for this multiple of the rows taken; tree pages are read ahead by the same factor. */
const GROWTH = 16;

/**
 * Yields the systems of a volume, nearest first, as they become certain.
 * @param root the root node of the octree
 * @param maxResults maximum number of rows if all are wanted at once; undefined if they are taken one by one
 * @throws TooManyResultsError, NotFoundError, CorruptError, NetworkError, and the signal's reason
 */
export async function* readVolume(
  files: Files,
  root: TreeNode,
  { volume, limit, what, filter, matching }: VolumeQuery,
  options: QueryOptions,
  maxResults?: number,
): AsyncGenerator<Hits, void, undefined> {
  const most = maxResults ?? Number.POSITIVE_INFINITY;
  if (matching) {
    const { hitsAmong } = await import('./rare-rows.ts');
    const hits = hitsAmong(matching, volume, limit);
    if (hits.length > most) throw tooMany(most, what);
    yield hits;
    return;
  }
  const search = new BestFirst(volume, limit, filter);
  search.addNode(root);
  let taken = 0;
  for (;;) {
    const ahead = maxResults !== undefined ? limit : Math.max(FIRST_ROWS, GROWTH * taken);
    await readPagesAtHand(files, search, options, filter);
    const reads = search.next(ahead, GROWTH * ahead);
    await readAll(files, search, reads, options, filter);
    if (Math.min(search.certain, limit) > most) throw tooMany(most, what);
    const hits = search.take();
    taken += hits.length;
    if (taken > most) throw tooMany(most, what);
    if (hits.length > 0) yield hits;
    if (reads.length === 0) return;
  }
}

/** Adds the pages that need no request, with those below them: what they lead to is read in the next round trip. */
async function readPagesAtHand(
  files: Files,
  search: BestFirst,
  options: QueryOptions,
  filter: FacetFilter | undefined,
): Promise<void> {
  const isAtHand = ({ ref, node }: PageRead) => {
    const facets = filter?.facetsOf(node);
    return files.has(ref) && (facets === undefined || files.has(facets));
  };
  for (;;) {
    const reads = search.pagesAtHand(isAtHand);
    if (reads.length === 0) return;
    await readAll(files, search, reads, options, filter);
  }
}

/** Reads the files that a search wants, with their facets if there is a filter; one round trip. */
export function readAll(
  files: Files,
  search: BestFirst,
  reads: readonly Read[],
  options: QueryOptions,
  filter: FacetFilter | undefined,
): Promise<unknown> {
  const parts = reads.map(read => async (options: QueryOptions) => {
    if (read.kind === 'page') {
      search.addNode(await readTreePage(files, read.node, options, filter), read);
    } else {
      const { chunk, matches } = await readRows(files, read.file, options, filter);
      search.addChunk(chunk, read, matches);
    }
  });
  return roundTrip(options, () => parallel(options, parts));
}
