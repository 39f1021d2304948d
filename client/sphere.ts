/** Reads what spheres hold. */
import { tooMany } from './check.ts';
import { readChunk, readPage } from './content.ts';
import type { Files } from './files.ts';
import type { FileRef } from './format/ref.ts';
import { systemRow } from './format/row.ts';
import type { TreeNode } from './format/tree.ts';
import type { QueryOptions, SphereRow } from './queries.ts';
import { type Hit, limitRadius, type Read, type Sphere, SphereSearch } from './sphere-search.ts';
import { together, trip } from './trip.ts';

/** What a query would read. */
export interface SpherePlan {
  readonly pages: readonly FileRef[];
  /** Nearest first, with the systems that may count of each. */
  readonly chunks: readonly { readonly ref: FileRef; readonly nearest: number; readonly systems: number }[];
}

export interface SphereBounds {
  /** Files read at once. */
  readonly readAhead: number;
  /** Rows that are too many. */
  readonly maxResults?: number;
}

/**
 * The systems in a sphere, nearest first, as they become certain.
 * @param root the root node of the octree
 * @throws TooManyResultsError, NotFoundError, CorruptError, NetworkError, and the signal's reason
 */
export async function* readSphere(
  files: Files,
  root: TreeNode,
  sphere: Sphere,
  options: QueryOptions,
  { readAhead, maxResults = Number.POSITIVE_INFINITY }: SphereBounds,
): AsyncGenerator<SphereRow[], void, undefined> {
  const search = new SphereSearch(sphere);
  search.addNode(root);
  let given = 0;
  for (;;) {
    const reads = search.next(readAhead);
    await readAll(files, search, reads, options);
    const areMany = Math.max(given, Math.min(search.certain, sphere.limit)) > maxResults;
    const hits = areMany ? [] : [...search.take()];
    given += hits.length;
    if (areMany || given > maxResults) throw tooMany(maxResults, 'systems in the sphere');
    yield hits.map(rowOfHit);
    if (reads.length === 0) return;
  }
}

/**
 * The files beside the root page that may hold an answer; reads pages of the tree, no chunk.
 * @param root the root node of the octree
 * @throws NotFoundError, CorruptError, NetworkError, and the signal's reason
 */
export async function planSphere(
  files: Files,
  root: TreeNode,
  sphere: Sphere,
  options: QueryOptions,
): Promise<SpherePlan> {
  const search = new SphereSearch({ ...sphere, limit: Number.POSITIVE_INFINITY });
  search.addNode(root);
  const pages: FileRef[] = [];
  let open: Read[] = [];
  for (;;) {
    open.push(...search.next(Number.POSITIVE_INFINITY));
    const radius = limitRadius(open, sphere);
    open = open.filter(read => read.nearest <= radius);
    const wave = open.filter(read => read.kind === 'page');
    if (wave.length === 0) break;
    open = open.filter(read => read.kind === 'chunk');
    await readAll(files, search, wave, options);
    pages.push(...wave.map(read => read.ref));
  }
  open.sort((a, b) => a.nearest - b.nearest);
  return { pages, chunks: open.map(({ ref, nearest, systems }) => ({ ref, nearest, systems })) };
}

function readAll(
  files: Files,
  search: SphereSearch,
  reads: readonly Read[],
  options: QueryOptions,
): Promise<unknown> {
  const parts = reads.map(read => async (of: QueryOptions) => {
    if (read.kind === 'page') search.addNode(await readPage(files, read.ref, of), read);
    else search.addChunk(await readChunk(files, read.ref, read.file.rows, of), read);
  });
  return trip(options, () => together(options, parts));
}

function rowOfHit({ chunk, row, distance }: Hit): SphereRow {
  return { ...systemRow(chunk, row), distance };
}
