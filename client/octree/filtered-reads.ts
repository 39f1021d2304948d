/** Reads files of the octree with the facets beside them, if there is a filter. */
import { readChunk, readPage } from '#client/fetch/decode.ts';
import type { Files } from '#client/fetch/files.ts';
import type { QueryOptions } from '#client/query/types.ts';
import type { BranchNode, ChunkFile, PreviewFile, TreeNode } from '#format/octree/tree-node.ts';
import type { FacetFilter, FilteredRows } from './facet-filter.ts';

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

/** Reads the rows of a chunk or a preview; a filter also reads further rows of a preview, and which of all match. */
export async function readRows(
  files: Files,
  file: ChunkFile | PreviewFile,
  options: QueryOptions,
  filter: FacetFilter | undefined,
): Promise<FilteredRows> {
  return filter?.readRows(file, options) ?? { chunk: await readChunk(files, file.ref, file.rows, options) };
}
