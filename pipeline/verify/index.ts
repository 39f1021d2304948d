/**
 * Checks that a set is valid, or that it is canonical (FORMAT.md, section 1).
 *
 * Files are checked byte by byte. What they hold is checked by building it again, from the leaves up, with the
 * functions of the build and a sink that only names contents. In a canonical set chunk, details, preview and page of
 * each node must get the names that the set gives them. In a valid set nodes, samples and tables must agree with the
 * systems; how they are divided into files is the writer's choice.
 */

import { readIndex } from '#client/fetch/read-index.ts';
import { nodeCodec, type SetIndex, type Source } from '#client/node/index.ts';
import { unpackColumn } from '#format/columns/values.ts';
import { canonicalFacets, type FacetField } from '#format/facets/facet-field.ts';
import { type FileRef, pathOf } from '#format/file-ref.ts';
import { worldCube } from '#format/geometry/cell.ts';
import { indexText, MAX_INDEX_BYTES, withGeneration } from '#format/index-json.ts';
import { overviewRows } from '#format/octree/sample.ts';
import { countField } from '#format/unpack.ts';
import { compareText } from '#format/utf8.ts';
import { writePreview } from '#pipeline/octree/previews.ts';
import type { SetContext } from '#pipeline/octree/set-context.ts';
import { writePage } from '#pipeline/octree/subtree.ts';
import { checkNames, type OptionNames, wrongArgument } from '#pipeline/store/check-options.ts';
import { withCleanUp } from '#pipeline/store/clean-up.ts';
import { isMapFile } from '#pipeline/store/map-beside-set.ts';
import { nameContent } from '#pipeline/store/set-writer.ts';
import type { Store } from '#pipeline/store/store.ts';
import { packMetas } from '#pipeline/tasks/write-index.ts';
import { CheckedReader, type Problem } from './checked-reader.ts';
import { COUNTS, NodeChecker, type Rebuilt } from './verify-node.ts';
import { verifyPreload } from './verify-preload.ts';
import { TableCheck } from './verify-tables.ts';

export type { Problem } from './checked-reader.ts';

/** Result of `verifySet`. */
export interface VerifyReport {
  readonly generation: string;
  /** Number of systems that were checked. */
  readonly systems: number;
  /** Number of files that the index leads to, including `index.json`. */
  readonly files: number;
  /** Their bytes, as stored. */
  readonly bytes: number;
  /** All faults; empty if the set is valid. */
  readonly problems: readonly Problem[];
  /**
   * Files that the index does not lead to: of other generations, or leftovers. Null if they are unknown: the source
   * cannot be listed, or a damaged page hides which files belong to the set.
   */
  readonly orphans: readonly string[] | null;
}

/** Options of `verifySet`. */
export interface VerifyOptions {
  /** Whether the set must also be byte for byte what `build` makes of its systems and options; false by default. */
  readonly canonical?: boolean | undefined;
  /** Folder for temporary files; the system's temporary folder by default. */
  readonly temp?: string | undefined;
  /** Systems checked so far, and their total. */
  onProgress?(systems: number, total: number): void;
}

const VERIFY_OPTIONS: OptionNames<VerifyOptions> = { canonical: 1, temp: 1, onProgress: 1 };

/**
 * Checks every file, row, node and preview of a set by rebuilding it. Faults are reported, not thrown.
 * @param source a store; or a source, which cannot be listed
 * @throws NotFoundError, VersionError, NetworkError; CorruptError if `index.json` itself is damaged; UsageError for an
 *   invalid argument
 */
export async function verifySet(
  source: Source | Store,
  options: VerifyOptions = {},
  signal?: AbortSignal,
): Promise<VerifyReport> {
  checkNames(options, VERIFY_OPTIONS);
  if (typeof source?.get !== 'function')
    throw wrongArgument('the set', source, 'a store or a source, such as folderStore(path)');
  const { index, text, bytes } = await readIndex(source, nodeCodec.sha256, { signal });
  const { canonical = false } = options;
  const reader = new CheckedReader(source, canonical, signal);
  const problems = reader.problems;
  // `text` has no byte order mark, `bytes` counts it.
  if (bytes !== Buffer.byteLength(text)) reader.note('index.json', 'a byte order mark, expected none');
  if (bytes > MAX_INDEX_BYTES)
    reader.note('index.json', `${bytes} bytes, expected at most ${MAX_INDEX_BYTES}`);
  if (canonical && withGeneration(indexText(withoutMember(index)), index.generation) !== text) {
    reader.note('index.json', 'not canonical JSON');
  }
  const setOptions = { ...index.options, facets: checkedFacets(index, reader) };
  const tables = await TableCheck.open({ ...index, options: setOptions }, source, reader, options.temp);
  const checker = new NodeChecker(setOptions, reader, tables, systems =>
    options.onProgress?.(systems, index.counts.systems),
  );
  await withCleanUp(
    async () => {
      const top = index.tree && (await checker.tree(index));
      if (top || !index.tree) {
        checkRoots(index, top, checker.context, reader);
        await tables.check();
      } else {
        await tables.walk();
      }
    },
    () => tables.close(),
  );
  if (index.meta) await checkMeta(reader, { kind: 'meta', ...index.meta });
  if (index.overview) await reader.check({ kind: 'previews', ...index.overview });
  if (index.facets?.overview) await reader.check({ kind: 'facets', ...index.facets.overview });
  if (index.facets?.valueSample) await reader.check({ kind: 'previews', ...index.facets.valueSample });
  await verifyPreload(index, text, reader);
  return {
    generation: index.generation,
    systems: checker.systems,
    files: reader.known.size + 1,
    bytes: reader.bytes + bytes,
    problems,
    orphans: 'list' in source && !reader.hasLostPage ? await orphansIn(source, reader.known, signal) : null,
  };
}

/** Files beside a published set. */
const BESIDE = /^(index\.json$|generations\/|history\/)/;

/** Paths of the files of a store that a set does not use, sorted. */
async function orphansIn(
  store: Store,
  used: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const orphans: string[] = [];
  for await (const { path } of store.list('', { signal })) {
    if (!BESIDE.test(path) && !isMapFile(path) && !used.has(path)) orphans.push(path);
  }
  return orphans.sort(compareText);
}

/** The declared facets of a set; none if they are invalid, or if the set has no facets. */
function checkedFacets({ options }: SetIndex, reader: CheckedReader): readonly FacetField[] {
  const { facets } = options as Partial<SetIndex['options']>;
  if (!facets) {
    if (reader.canonical)
      reader.note('index.json', 'no member options.facets, expected that of a canonical set');
    return [];
  }
  try {
    const canonical = canonicalFacets(facets);
    const [found, expected] = [facets, canonical].map(own =>
      JSON.stringify(own.map(facet => [facet.field, facet.paths])),
    );
    if (found !== expected) reader.note('index.json', `options.facets is ${found}, expected ${expected}`);
    return canonical;
  } catch (error) {
    reader.note('index.json', `options.facets is invalid: ${(error as Error).message}`);
    return [];
  }
}

/** Compares the index with the top of the tree; `top` is null for an empty set. */
function checkRoots(
  index: SetIndex,
  top: Rebuilt | undefined | null,
  context: SetContext,
  reader: CheckedReader,
): void {
  const same = (field: string, found: unknown, expected: unknown) => {
    const [actual, rebuilt] = [JSON.stringify(found), JSON.stringify(expected)];
    if (actual === rebuilt) return;
    reader.note('index.json', `${field} is ${actual}, expected ${rebuilt}`);
  };
  const { counts, bounds, exponent, overview, tree, facets, options } = index;
  for (const body of COUNTS) same(body, counts[body], top?.counts[body] ?? 0);
  same('bounds', bounds && [bounds.min, bounds.max], top ? [top.bounds.min, top.bounds.max] : null);
  same('exponent', exponent, top ? worldCube(top.bounds).exponent - 1 : null);
  if (!reader.canonical) return;
  const rows = overviewRows(top?.counts.systems ?? 0, options.preview);
  const sample = writePreview(top?.tree?.samples ?? [], rows, top?.facets ?? [], context);
  const page = top?.tree && writePage(top.tree, context);
  same(
    'overview',
    overview && [overview.hash, overview.rows],
    sample ? [sample.preview.ref.hash, sample.preview.rows] : null,
  );
  same('tree', tree?.hash ?? null, page?.ref.hash ?? null);
  same('facets.root', facets?.root?.hash ?? null, page?.facets?.hash ?? null);
  same('facets.overview', facets?.overview?.hash ?? null, sample?.facets?.hash ?? null);
  same('facets.valueSample', facets?.valueSample?.hash ?? null, sample?.valueSample?.hash ?? null);
}

async function checkMeta(reader: CheckedReader, ref: FileRef): Promise<void> {
  const map = await reader.read(ref);
  if (!map) return;
  try {
    const values = unpackColumn(map['values'], countField(map, 'rows'));
    if (!reader.canonical || nameContent.put('meta', packMetas(values)).hash === ref.hash) return;
    reader.note(pathOf(ref), 'not the canonical encoding of its values');
  } catch (error) {
    reader.note(pathOf(ref), (error as Error).message);
  }
}

function withoutMember({ generation: _generation, ...index }: SetIndex): Omit<SetIndex, 'generation'> {
  return index;
}
