/** Reads files of the octree with the facets beside them, if there is a filter. */
import { readChunk, readPage } from '#client/fetch/decode.ts';
import type { Files } from '#client/fetch/files.ts';
import type { QueryOptions } from '#client/query/types.ts';
import type { Chunk } from '#format/octree/chunk.ts';
import type { BranchNode, ChunkFile, PreviewFile, TreeNode } from '#format/octree/tree-node.ts';
import type { FacetFilter } from './facet-filter.ts';

/** Reads the tree page of a branch, and adds it to the filter. */
export async function readTreePage(
  files: Files,
  branch: BranchNode,
  options: QueryOptions,
  filter: FacetFilter | undefined,
): Promise<TreeNode> {
  const [top, page] = await Promise.all([
    readPage(files, branch, options),
    filter?.readPage(branch, options),
  ]);
  filter?.addPage(top, page);
  return top;
}

/** Reads a chunk or a preview, and which of its rows match the filter, as bits. */
export async function readRows(
  files: Files,
  file: ChunkFile | PreviewFile,
  options: QueryOptions,
  filter: FacetFilter | undefined,
): Promise<{ readonly chunk: Chunk; readonly matches: Uint8Array | undefined }> {
  const [chunk, matches] = await Promise.all([
    readChunk(files, file.ref, file.rows, options),
    filter?.readMatches(file, options),
  ]);
  return { chunk, matches };
}
