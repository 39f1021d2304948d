/** Chunk sets: built from records by the pipeline, and read back file by file without the client. */

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { expect } from 'vitest';
import {
  type FileRef,
  type JsonObject,
  type JsonValue,
  openTileset,
  type SetIndex,
  type SystemRecord,
} from '#client/node/index.ts';
import {
  type Chunk,
  pathOf,
  type TreeNode,
  treeOfPage,
  unpack,
  unpackChunk,
  unpackDetails,
  unpackTreePage,
} from '#format/index.ts';
import {
  type BuildOptions,
  type BuildSummary,
  build,
  folderStore,
  memoryStore,
  type PlanOptions,
} from '#pipeline/index.ts';
import { writeSet } from '#pipeline/run/local.ts';
import { checkBuildOptions } from '#pipeline/tasks/build-options.ts';
import { planInputs } from '#pipeline/tasks/plan.ts';
import { exactText } from './arbitrary.ts';
import { inFolder } from './temporary.ts';

/** Records as NDJSON, -0 and all. */
export function ndjson(records: readonly JsonObject[]): string {
  return records.map(record => `${exactText(record)}\n`).join('') || '[]';
}

export interface Built {
  readonly directory: string;
  readonly summary: BuildSummary;
  readonly files: SetFiles;
}

/** Options of a build whose tables of searched texts, sizes and safety do not matter: it takes half the time. */
export const PLAIN = { search: { mode: 'none' }, gzipLevel: 1, flush: false } as const;

/** Builds a set from texts, each an input file of its own, at `set` in the folder; nothing is flushed. */
export async function buildTexts(
  folder: string,
  texts: readonly string[],
  options: PlanOptions = {},
  name = 'set',
): Promise<Built> {
  const directory = join(folder, name);
  const summary = await build(writeInputs(folder, name, texts), directory, { flush: false, ...options });
  return { directory, summary, files: readSet(directory) };
}

/** Builds a set from records, gives it to `use`, and removes it. */
export async function withSet<T>(
  records: readonly JsonObject[],
  options: PlanOptions,
  use: (built: Built) => Promise<T> | T,
): Promise<T> {
  return inFolder(async folder => use(await buildTexts(folder, [ndjson(records)], options)));
}

/** Builds a set with tasks far smaller than any option allows. */
export async function buildByHand(
  folder: string,
  texts: readonly string[],
  options: PlanOptions,
  byHand: { readonly taskBytes: number },
  name = 'by-hand',
): Promise<SetFiles> {
  const directory = join(folder, name);
  mkdirSync(directory);
  const { inputs } = await planInputs(writeInputs(folder, name, texts));
  const params = { inputs, options: { ...checkBuildOptions(options), ...byHand } };
  const { text } = await writeSet(params, {
    ...{ run: memoryStore(), set: folderStore(directory), areShared: false },
  });
  writeFileSync(join(directory, 'index.json'), text);
  return readSet(directory);
}

/** Writes texts as files and gives their paths, in order. */
export function writeInputs(folder: string, name: string, texts: readonly string[]): string[] {
  return texts.map((text, i) => {
    const path = join(folder, `${name}-${i}.json`);
    writeFileSync(path, text);
    return path;
  });
}

/** The files of a set by path: `index.json` as it is, the others as stored. */
export interface SetFiles {
  readonly index: SetIndex;
  readonly stored: ReadonlyMap<string, Uint8Array>;
  /** Uncompressed, by path. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

/** Reads all of a set with Node's own means; every file must be named by the hash of its content. */
export function readSet(directory: string): SetFiles {
  const stored = new Map<string, Uint8Array>();
  const contents = new Map<string, Uint8Array>();
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name).slice(directory.length + 1);
    // No file of a set: staging of a killed build, or a lock.
    if (path.startsWith('.')) continue;
    const bytes = new Uint8Array(readFileSync(join(directory, path)));
    const content = path === 'index.json' ? bytes : new Uint8Array(gunzipSync(bytes));
    stored.set(path, bytes);
    contents.set(path, content);
    if (path !== 'index.json') {
      const hash = createHash('sha256').update(content).digest('hex').slice(0, 40);
      expect(path).toMatch(new RegExp(`^[a-z]+/${hash}\\.mpk$`));
    }
  }
  const index = JSON.parse(new TextDecoder().decode(contents.get('index.json')));
  return { index, stored, contents };
}

/** Equal for two sets only if they are the same, file for file. */
export function fingerprint({ index, contents }: SetFiles): string[] {
  // A file's name is the hash of its content: `readSet` has made sure of it.
  return [JSON.stringify(index), ...[...contents.keys()].sort()];
}

/** The content of a file, which must have the length that its parent says; decoded once. */
function contentOf<T>(files: SetFiles, ref: FileRef, decode: (file: Record<string, unknown>) => T): T {
  const content = files.contents.get(pathOf(ref));
  if (content?.length !== ref.length)
    expect.fail(`${pathOf(ref)}: ${content?.length} bytes, not ${ref.length}`);
  if (!decoded.has(content)) decoded.set(content, decode(unpack(content)));
  return decoded.get(content) as T;
}

const decoded = new WeakMap<Uint8Array, unknown>();

/** A node of the octree with branches followed, so that a leaf is a leaf and all else is inner. */
export interface WalkedNode {
  readonly node: TreeNode;
  /** The page's top where the node is one, as its parent page has it. */
  readonly branch: (TreeNode & { kind: 'branch' }) | undefined;
  readonly children: WalkedNode[];
}

/** The whole octree of a set; undefined where it is empty. */
export function walkTree(files: SetFiles): WalkedNode | undefined {
  const { tree } = files.index;
  const page = (ref: FileRef) => contentOf(files, ref, content => treeOfPage(unpackTreePage(content)));
  const walk = (node: TreeNode, branch?: TreeNode & { kind: 'branch' }): WalkedNode => {
    if (node.kind === 'branch') return walk(page(node.ref), node);
    return { node, branch, children: node.kind === 'inner' ? node.children.map(child => walk(child)) : [] };
  };
  return tree ? walk(page({ kind: 'tree', ...tree })) : undefined;
}

/** All nodes of a tree, parents before children. */
export function nodesOf(root: WalkedNode | undefined): WalkedNode[] {
  return root ? [root, ...root.children.flatMap(nodesOf)] : [];
}

/** A row of a leaf: its chunk, its place in it, and what the detail file has of it. */
export interface WalkedRow {
  readonly chunk: Chunk;
  readonly path: string;
  readonly row: number;
  readonly details: JsonObject | undefined;
}

/** The rows of a leaf, in order. */
export function rowsOf(files: SetFiles, { node }: WalkedNode): WalkedRow[] {
  if (node.kind !== 'leaf') return [];
  return node.spans.flatMap(({ chunk: file, start, end }) => {
    const chunk = contentOf(files, file.ref, unpackChunk);
    expect(chunk.rows).toBe(file.rows);
    const details = file.details.flatMap(part => {
      const rows = contentOf(files, part.ref, unpackDetails);
      expect(rows).toHaveLength(part.rows);
      return rows;
    });
    if (file.details.length > 0) expect(details).toHaveLength(file.rows);
    return Array.from({ length: end - start }, (_, i) => ({
      chunk,
      path: pathOf(file.ref),
      row: start + i,
      details: details[start + i],
    }));
  });
}

/** A record's text for comparing sets of records: the order of its own keys does not count. */
export function recordText(record: JsonValue | undefined): string {
  return exactText(record, true);
}

const goldenFile = (name: string) => fileURLToPath(new URL(`../golden/${name}`, import.meta.url));

/** The committed set of test/golden, its catalogue and its options. */
export const GOLDEN = {
  catalogue: goldenFile('catalogue.json'),
  set: goldenFile('set'),
  options: JSON.parse(readFileSync(goldenFile('options.json'), 'utf8')) as BuildOptions,
};

/** The systems of the catalogue, one by one or in the list of a region, and its `_meta`. */
export function goldenCatalogue(): { meta: JsonObject; systems: JsonObject[] } {
  const { _meta: meta, ...systems } = JSON.parse(readFileSync(GOLDEN.catalogue, 'utf8'));
  return { meta, systems: Object.values(systems as JsonObject).flat() as JsonObject[] };
}

/** All systems of a set as the client reads them, sorted by id. */
export async function systemsIn(directory: string): Promise<SystemRecord[]> {
  const systems: SystemRecord[] = [];
  for await (const batch of (await openTileset(directory)).records()) systems.push(...batch);
  return systems.sort((a, b) => (a.id < b.id ? -1 : 1));
}
