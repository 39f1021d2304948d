/** Describes a set from its index, the pages of its tree and the inner pages of its tables. */
import { readMeta } from '#client/fetch/decode.ts';
import { Files } from '#client/fetch/files.ts';
import { readIndex } from '#client/fetch/read-index.ts';
import { type JsonValue, nodeCodec } from '#client/node/index.ts';
import type { FacetField } from '#format/facets/facet-field.ts';
import type { Listing } from '#format/facets/listing.ts';
import type { SearchSetOptions, SetIndex } from '#format/index-json.ts';
import type { TreeNode } from '#format/octree/tree-node.ts';
import { clipped, printableText } from '#pipeline/cli/print/printable.ts';
import { counted, integer, size, table } from '#pipeline/cli/print/units.ts';
import { wrappedRows } from '#pipeline/cli/print/wrap.ts';
import { type SetAccess, sourceOf } from '#pipeline/cli/set-location.ts';
import { pageReader, reachable } from '#pipeline/store/reachable.ts';
import type { Store } from '#pipeline/store/store.ts';
import { addTablePage, describeTables, type TablesStatistics, unicodeOf } from './inspect-tables.ts';

/** Number of systems in the leaves, or in the chunks. */
interface Fill {
  count: number;
  least: number;
  most: number;
  mean: number;
  /** How many are filled to 0-10 % of the chunk limit, 10-20 %, and so on. */
  tenths: number[];
}

export interface SetStatistics extends TablesStatistics {
  readonly location: string;
  readonly index: SetIndex;
  readonly meta: readonly JsonValue[];
  readonly tree: {
    pages: number;
    inner: number;
    leaves: number;
    /** Edges from the top to the deepest node. */
    depth: number;
  };
  readonly leaves: Fill;
  readonly chunks: Fill;
  /** Nodes with a preview, and the rows of all previews, without the overview. */
  readonly previews: { nodes: number; rows: number };
  /** Files that tree, tables and index refer to, with their uncompressed bytes. */
  readonly named: Record<string, { files: number; length: number }>;
  /** Files in the folder or bucket with their stored bytes, including earlier generations; null for a URL. */
  readonly stored: Record<string, { files: number; bytes: number }> | null;
}

/** Reads index, `_meta`, tree and inner pages of tables of a set. */
export async function statisticsOf(
  location: string,
  access: SetAccess,
  signal: AbortSignal,
): Promise<SetStatistics> {
  const source = sourceOf(location, access);
  const files = new Files(source, { codec: nodeCodec, cacheBytes: 0 });
  const { index } = await readIndex(source, nodeCodec.sha256, { signal });
  const { meta } = index;
  const statistics: SetStatistics = {
    location: source.location,
    index,
    meta: meta ? await readMeta(files, { kind: 'meta', ...meta }, { signal }) : [],
    tree: { pages: 0, inner: 0, leaves: 0, depth: 0 },
    leaves: emptyFill(),
    chunks: emptyFill(),
    previews: { nodes: 0, rows: 0 },
    unicode: await unicodeOf(files, index, signal),
    tables: {},
    named: {},
    stored: 'list' in source ? await storedIn(source, signal) : null,
  };
  const { named, tables } = statistics;
  /** Depth of the top node of each page that is not read yet, by hash; parents come first. */
  const depths = new Map<string, number>();
  for await (const file of reachable(index, pageReader(files, signal))) {
    const { kind, length } = file.ref;
    named[kind] ??= { files: 0, length: 0 };
    named[kind].files++;
    named[kind].length += length;
    if (file.role === 'table') addTablePage(tables, file);
    if (file.role !== 'tree' || !file.node) continue;
    statistics.tree.pages++;
    addNode(statistics, file.node, depths.get(file.ref.hash) ?? 0, depths);
  }
  return statistics;
}

/** Counts a node and its descendants in its page; records the depth of pages below. */
function addNode(
  statistics: SetStatistics,
  node: TreeNode,
  depth: number,
  depths: Map<string, number>,
): void {
  const { tree, leaves, chunks, previews, index } = statistics;
  tree.depth = Math.max(tree.depth, depth);
  if (node.kind === 'branch') {
    depths.set(node.ref.hash, depth);
  } else if (node.kind === 'inner') {
    tree.inner++;
    if (node.preview) {
      previews.nodes++;
      previews.rows += node.preview.rows;
    }
    for (const child of node.children) addNode(statistics, child, depth + 1, depths);
  } else {
    tree.leaves++;
    addTo(leaves, node.counts.systems, index.options.chunkLimit);
    for (const { chunk, start } of node.spans) {
      if (start === 0) addTo(chunks, chunk.rows, index.options.chunkLimit);
    }
  }
}

function emptyFill(): Fill {
  return { count: 0, least: 0, most: 0, mean: 0, tenths: new Array(10).fill(0) };
}

function addTo(fill: Fill, systems: number, limit: number): void {
  fill.least = fill.count === 0 ? systems : Math.min(fill.least, systems);
  fill.most = Math.max(fill.most, systems);
  fill.mean += (systems - fill.mean) / ++fill.count;
  fill.tenths[Math.min(9, Math.floor((10 * systems) / limit))]!++;
}

async function storedIn(
  store: Store,
  signal: AbortSignal,
): Promise<Record<string, { files: number; bytes: number }>> {
  const stored: Record<string, { files: number; bytes: number }> = {};
  for await (const { path, size } of store.list('', { signal })) {
    const kind = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : path;
    stored[kind] ??= { files: 0, bytes: 0 };
    stored[kind].files++;
    stored[kind].bytes += size;
  }
  return stored;
}

/** The description of a set; long lists are broken at so many columns. */
export function describeSet(statistics: SetStatistics, columns = Number.POSITIVE_INFINITY): string {
  const { location, index, meta, tree, leaves, chunks, previews, unicode, tables, named, stored } =
    statistics;
  const { counts, bounds, exponent, options, overview } = index;
  const { size: rows, field, order } = options.preview;
  const systems = integer(previews.rows);
  const facts: string[][] = [
    ['  generation', index.generation],
    ['  format', `version ${index.version}`],
    ['  systems', integer(counts.systems)],
    ['  planets', integer(counts.planets)],
    ['  moons', integer(counts.moons)],
    ['  stations', integer(counts.stations)],
    ...(bounds
      ? ['x', 'y', 'z'].map((axis, i) => [`  ${axis}`, `${bounds.min[i]} to ${bounds.max[i]}`])
      : [['  bounds', 'none: the set is empty']]),
    ...(exponent === null ? [] : [['  root cell', `-2^${exponent} to 2^${exponent} on each axis`]]),
    ['  chunk limit', counted(options.chunkLimit, 'system')],
    ['  detail weight', integer(options.detailWeight)],
    ['  summary', options.summary.length > 0 ? options.summary.join(', ') : 'no further fields'],
    [
      '  previews',
      `${counted(rows, 'system')} each, ${field === null ? 'chosen at random' : `${order} ${field} first`}`,
    ],
    ['  search', describeSearch(options.search, options.facets)],
    ['  listings', describeListings(options.listings)],
    ['  case', unicode === null ? 'no case folding' : `folded as in Unicode ${unicode}`],
    ['  facets', describeFacets(options.facets)],
    [
      '  roots',
      [
        index.tree && `tree ${index.tree.hash}`,
        overview && `overview ${overview.hash}`,
        index.meta && `meta ${index.meta.hash}`,
        index.preload && `preload ${index.preload.hash}`,
      ]
        .filter(Boolean)
        .join(', ') || 'none',
    ],
    ...meta.map(value => ['  _meta', clipped(JSON.stringify(value), 160)]),
  ];
  const lines = [
    location,
    '',
    ...wrappedRows(facts, columns),
    '',
    `Tree: ${counted(tree.inner, 'inner node')}, ${counted(tree.leaves, 'leaf', 'leaves')}, ${counted(tree.pages, 'page')}, ${tree.depth} deep`,
    ...table([describeFill('leaves', leaves), describeFill('chunks', chunks)]),
    `Previews: ${counted(previews.nodes, 'node')} with ${systems} rows in total, overview of ${counted(overview?.rows ?? 0, 'row')}`,
    '',
    ...describeTables(tables, index),
    '',
    'Files of the set, uncompressed',
    ...fileTable(Object.entries(named).map(([kind, sum]) => [kind, sum.files, sum.length])),
  ];
  if (stored) {
    lines.push('', 'Files in the folder, as stored');
    lines.push(...fileTable(Object.entries(stored).map(([kind, sum]) => [kind, sum.files, sum.bytes])));
  }
  return printableText(lines);
}

/** @param listings undefined for a set without tables */
function describeListings(listings: readonly Listing[] | undefined): string {
  const texts = listings?.map(({ field, order }) => (order === 'value' ? field : `${field}:${order}`));
  return texts?.join(', ') ?? 'none';
}

/** @param facets undefined for a set without facets */
function describeFacets(facets: readonly FacetField[] | undefined): string {
  const names = (facets ?? []).map(({ field, paths }) =>
    paths.length === 1 && paths[0] === field ? field : `${field} (${paths.join(', ')})`,
  );
  return names.join(', ') || 'none';
}

/** @param search undefined for a set without tables */
function describeSearch(search: SearchSetOptions | undefined, facets: readonly FacetField[] = []): string {
  if (!search || search.mode === 'none') return 'none';
  const { mode, fields } = search;
  const where = mode === 'infix' ? 'anywhere' : 'where a word begins';
  return `${mode}: ${where} in ${fields.join(', ')}${facets.length > 0 ? ', and in values of facets' : ''}`;
}

const BARS = ' ▁▂▃▄▅▆▇█';

function describeFill(name: string, { count, least, most, mean, tenths }: Fill): string[] {
  if (count === 0) return [`  ${name}`, 'none'];
  const highest = Math.max(...tenths);
  const bars = tenths.map(count => BARS[Math.ceil((8 * count) / highest)]).join('');
  return [
    `  ${name}`,
    `${integer(least)} to ${integer(most)} systems, ${mean.toFixed(1)} on average`,
    `0 % |${bars}| 100 % full`,
  ];
}

function fileTable(rows: [kind: string, files: number, bytes: number][]): string[] {
  const sorted = rows.sort(([a], [b]) => (a < b ? -1 : 1));
  const sum = (column: 1 | 2) => rows.reduce((total, row) => total + row[column], 0);
  return table(
    [...sorted, ['total', sum(1), sum(2)] as const].map(([kind, files, bytes]) => [
      `  ${kind}`,
      integer(files),
      size(bytes),
    ]),
    [1, 2],
  );
}
