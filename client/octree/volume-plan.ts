/** The files that a search of a volume may read. */
import type { Files } from '#client/fetch/files.ts';
import type { QueryOptions } from '#client/query/types.ts';
import type { FileRef } from '#format/file-ref.ts';
import type { TreeNode } from '#format/octree/tree-node.ts';
import { BestFirst } from './best-first.ts';
import type { FacetFilter } from './facet-filter.ts';
import type { Read } from './frontier.ts';
import { readAll, type VolumeQuery } from './volume-search.ts';

/** The files that a query may read. */
export interface VolumePlan {
  /** Tree pages. */
  readonly pages: readonly FileRef[];
  /**
   * Chunks, nearest first. `nearest` is the distance from the centre to the chunk's systems, `systems` how many of its
   * systems may be in the result.
   */
  readonly chunks: readonly { readonly ref: FileRef; readonly nearest: number; readonly systems: number }[];
  /** Facet pages and facet files; none without a filter. */
  readonly facets: readonly FileRef[];
}

/**
 * The files beside the root page that may hold an answer; reads pages of the tree, no chunk.
 * @param root the root node of the octree
 * @throws NotFoundError, CorruptError, NetworkError, and the signal's reason
 */
export async function planVolume(
  files: Files,
  root: TreeNode,
  { volume, limit, filter }: VolumeQuery,
  options: QueryOptions,
): Promise<VolumePlan> {
  const search = new BestFirst(volume, limit, filter);
  search.addNode(root);
  const pages: FileRef[] = [];
  const facets: FileRef[] = [];
  for (let reads = search.nextPages(); reads.length > 0; reads = search.nextPages()) {
    await readAll(files, search, reads, options, filter);
    pages.push(...reads.map(read => read.ref));
    facets.push(...facetsOf(reads, filter));
  }
  const chunks = new Map<Read, { ref: FileRef; nearest: number; systems: number }>();
  for (const { read, nearest, systems } of search.possible()) {
    const chunk = chunks.get(read);
    if (chunk) chunk.systems += systems;
    else chunks.set(read, { ref: read.ref, nearest, systems });
  }
  const ofChunks = facetsOf([...chunks.keys()], filter);
  return { pages, chunks: [...chunks.values()], facets: [...facets, ...ofChunks] };
}

/** The facet pages and facet files that a search reads beside other files. */
function facetsOf(reads: readonly Read[], filter: FacetFilter | undefined): FileRef[] {
  return reads.flatMap(read => filter?.facetsOf(read.kind === 'page' ? read.node : read.file) ?? []);
}
