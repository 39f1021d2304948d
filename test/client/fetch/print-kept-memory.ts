/**
 * Prints a line for each set: for each kind of its files, the bytes of heap that the decoded files take and those they
 * are said to take. Run with `node --expose-gc --no-flush-bytecode`, the folders of the sets as arguments.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { TableReader } from '#client/btree/reader.ts';
import { readChunk, readDetails, readPage } from '#client/fetch/decode.ts';
import { Files } from '#client/fetch/files.ts';
import { folderSource, nodeCodec, type SetIndex, type TableRoots } from '#client/node/index.ts';
import { RARE } from '#format/btree/facet-schemas.ts';
import { LISTINGS, MEMBERS } from '#format/btree/listing-schemas.ts';
import { IDS, NAMES } from '#format/btree/name-schemas.ts';
import { FACET_GRAMS, GRAMS, RESULTS, VALUES, WORDS } from '#format/btree/search-schemas.ts';
import {
  facetValues,
  foldedNames,
  foldTable,
  makeFold,
  type TableSchema,
  type TreeNode,
} from '#format/index.ts';

const LAYOUTS: Record<keyof TableRoots, TableSchema<never>> = {
  names: NAMES,
  folded: foldedNames(makeFold(foldTable())),
  ids: IDS,
  listings: LISTINGS,
  members: MEMBERS,
  ordered: MEMBERS,
  facets: facetValues(makeFold(foldTable())),
  rare: RARE,
  common: RARE,
  facetGrams: FACET_GRAMS,
  words: WORDS,
  values: VALUES,
  grams: GRAMS,
  results: RESULTS,
} as never;

/** Reads all pages of the octree, and from each leaf what `read` reads. */
async function walk(
  files: Files,
  index: SetIndex,
  read: (leaf: TreeNode & { kind: 'leaf' }) => Promise<void>,
): Promise<void> {
  const ref = { kind: 'tree', ...index.tree! } as const;
  const open: TreeNode[] = [await readPage(files, { ref, bounds: index.bounds!, counts: index.counts }, {})];
  for (let node = open.pop(); node; node = open.pop()) {
    if (node.kind === 'branch') open.push(await readPage(files, node, {}));
    else if (node.kind === 'inner') open.push(...node.children);
    else await read(node);
  }
}

/** Reads all files of one kind; `pages` has read those of the octree. */
type Read = (files: Files, pages: Files) => Promise<void>;

/** How to read each kind of file of a set. */
function readsOf(index: SetIndex): Record<string, Read> {
  const reads: Record<string, Read> = {
    tree: files => walk(files, index, async () => {}),
    chunks: (files, pages) =>
      walk(pages, index, async ({ spans }) => {
        for (const { chunk } of spans) await readChunk(files, chunk.ref, chunk.rows, {});
      }),
    details: (files, pages) =>
      walk(pages, index, async ({ spans }) => {
        for (const { chunk } of spans)
          for (const { ref, rows } of chunk.details) await readDetails(files, ref, rows, {});
      }),
  };
  for (const [name, root] of Object.entries(index.tables)) {
    if (!root) continue;
    reads[name] = async files => {
      const table = { root, schema: LAYOUTS[name as keyof TableRoots] };
      for await (const _ of new TableReader(files, table, {}).scan(0));
    };
  }
  return reads;
}

/** Bytes in use once all that can be collected is: what was awaited is let go a turn later. */
async function inUse(): Promise<number> {
  for (let turn = 0; turn < 3; turn++) {
    await nextTurn();
    globalThis.gc!();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Readers that keep the same: what else comes and goes in memory is little beside it. */
const COPIES = 4;

/** The heap that the cached files of some reading take, and the cost that is counted for them. */
async function measure(
  open: (cacheBytes: number) => Files,
  read: (files: Files) => Promise<void>,
): Promise<{ heap: number; cost: number }> {
  // Code and shapes of objects take their memory once.
  await read(open(0));
  const before = await inUse();
  const copies = Array.from({ length: COPIES }, () => open(Number.MAX_SAFE_INTEGER));
  for (const files of copies) await read(files);
  const heap = ((await inUse()) - before) / COPIES;
  return { heap, cost: copies[0]!.cachedBytes };
}

for (const directory of process.argv.slice(2)) {
  const index: SetIndex = JSON.parse(readFileSync(join(directory, 'index.json'), 'utf8'));
  const open = (cacheBytes: number) => new Files(folderSource(directory), { codec: nodeCodec, cacheBytes });
  const pages = open(Number.MAX_SAFE_INTEGER);
  await walk(pages, index, async () => {});
  const kept: Record<string, { heap: number; cost: number }> = {};
  for (const [kind, read] of Object.entries(readsOf(index)))
    kept[kind] = await measure(open, files => read(files, pages));
  console.log(JSON.stringify(kept));
}
