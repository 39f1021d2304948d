/**
 * Describes one file of a set. Its kind is detected from the content, not from the name; only a preview has the form
 * of a chunk.
 */

import { hash } from 'node:crypto';
import { basename, dirname, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { unpackColumn } from '#format/columns/values.ts';
import { hexOf } from '#format/file-ref.ts';
import { type Chunk, unpackChunk } from '#format/octree/chunk.ts';
import { unpackDetails } from '#format/octree/details.ts';
import { type TreeNode, treeOfPage } from '#format/octree/tree-node.ts';
import { unpackTreePage } from '#format/octree/tree-page.ts';
import { unpackPreload } from '#format/preload.ts';
import { systemRow } from '#format/system-row.ts';
import { countField, unpack } from '#format/unpack.ts';
import { printableText } from '#pipeline/cli/print/printable.ts';
import { counted, integer, size, table } from '#pipeline/cli/print/units.ts';
import { type Dump, firstLines, line } from './dump.ts';
import { dumpFacetFile, dumpFacetPage } from './dump-facets.ts';
import { dumpFold, dumpTablePage } from './dump-table.ts';
import { type ColumnLine, describeColumn, describeTable, numberLines, stringLines } from './file-columns.ts';

export interface InspectedFile {
  /** Complete content, for `--json`. */
  readonly plain: {
    readonly file: string;
    readonly kind: string | null;
    readonly stored: number;
    readonly length: number;
    readonly hash: string;
    readonly value: unknown;
  };
  readonly columns: readonly ColumnLine[];
  /** First rows or nodes, for people. */
  readonly first: readonly string[];
  /** Fault of the file, or undefined. */
  readonly fault: string | undefined;
}

const FIRST_NODES = 40;

/**
 * Describes any file of the format; invalid content is a `fault`, not an error.
 * @param path its path or URL
 * @param stored its bytes
 */
export function inspectFile(path: string, stored: Uint8Array): InspectedFile {
  const faults: string[] = [];
  let content: Uint8Array = stored;
  let dump: Dump | undefined;
  try {
    if (stored[0] === 0x1f && stored[1] === 0x8b) content = gunzipSync(stored);
    dump = dumpOf(unpack(content));
  } catch (error) {
    faults.push(`it cannot be read: ${(error as Error).message}`);
  }
  const name = hexOf(hash('sha256', content, 'buffer'));
  if (basename(path) !== `${name}.mpk`) faults.push(`its name differs from the hash of its content, ${name}`);
  return {
    plain: {
      file: path,
      kind: dump?.kind === 'chunk' && isPreview(path) ? 'preview' : (dump?.kind ?? null),
      stored: stored.length,
      length: content.length,
      hash: name,
      value: dump?.value ?? null,
    },
    columns: dump?.columns ?? [],
    first: dump?.first ?? [],
    fault: faults.length > 0 ? faults.join('; ') : undefined,
  };
}

function isPreview(path: string): boolean {
  return basename(dirname(resolve(path))) === 'previews';
}

/** @throws Error if the content is not a file of the format */
function dumpOf(file: Record<string, unknown>): Dump {
  if ('level' in file) return dumpTablePage(file);
  if ('unicode' in file) return dumpFold(file);
  if ('columns' in file) return 'nodes' in file ? dumpFacetPage(file) : dumpFacetFile(file);
  if ('nodes' in file) return dumpPage(treeOfPage(unpackTreePage(file)));
  if ('pages' in file) return dumpPreload(file);
  if ('id' in file) return dumpChunk(file, unpackChunk(file));
  if ('values' in file) {
    const rows = countField(file, 'rows');
    const value = unpackColumn(file['values'], rows);
    return {
      kind: 'meta',
      value,
      columns: describeColumn('values', file['values'], rows),
      first: value.map(line),
    };
  }
  const value = unpackDetails(file);
  const columns = describeTable('', file['fields'], value.length);
  return { kind: 'details', value, columns, first: firstLines(value) };
}

function dumpPreload(file: Record<string, unknown>): Dump {
  const pages = [...unpackPreload(file)].map(([hash, content]) => ({ hash, length: content.length }));
  return {
    kind: 'preload',
    value: pages,
    columns: [{ name: 'pages', rows: pages.length, encoding: '' }],
    first: firstLines(pages),
  };
}

function dumpChunk(file: Record<string, unknown>, chunk: Chunk): Dump {
  const value = Array.from({ length: chunk.rows }, (_, row) => ({
    ...systemRow(chunk, row),
    derived: chunk.derived?.[row] ?? 0,
  }));
  const columns = ['id', 'name', 'region'].flatMap(name => stringLines(name, file[name], chunk.rows));
  for (const name of ['x', 'y', 'z', 'derived'])
    if (file[name] !== undefined) columns.push(...numberLines(name, file[name], chunk.rows));
  if (file['fields'] !== undefined) columns.push(...describeTable('fields.', file['fields'], chunk.rows));
  return { kind: 'chunk', value, columns, first: firstLines(value) };
}

function dumpPage(top: TreeNode): Dump {
  const lines: string[] = [];
  const kinds = { inner: 0, leaf: 0, branch: 0 };
  const add = (node: TreeNode, depth: number) => {
    kinds[node.kind]++;
    if (lines.length < FIRST_NODES) lines.push(`${'  '.repeat(depth)}${nodeLine(node)}`);
    else if (lines.length === FIRST_NODES) lines.push('...');
    if (node.kind === 'inner') for (const child of node.children) add(child, depth + 1);
  };
  add(top, 0);
  const columns = Object.entries(kinds).map(([name, rows]) => ({ name, rows, encoding: '' }));
  return { kind: 'tree page', value: top, columns, first: lines };
}

function nodeLine(node: TreeNode): string {
  const { min, max } = node.bounds;
  const box = `[${min.map(short).join(', ')}] to [${max.map(short).join(', ')}]`;
  const preview = node.kind !== 'leaf' && node.preview ? `  preview ${node.preview.ref.hash}` : '';
  const summary = `${node.kind}  ${counted(node.counts.systems, 'system')}  ${box}${preview}`;
  if (node.kind === 'inner') return summary;
  if (node.kind === 'branch') return `${summary}  page ${node.ref.hash}`;
  const spans = node.spans.map(
    ({ chunk, start, end }) => `rows ${start}-${end - 1} of ${chunk.ref.hash.slice(0, 12)}…`,
  );
  return `${summary}  ${spans.join(', ')}`;
}

/** A coordinate to six digits, for display only. */
function short(coordinate: number): string {
  return String(Number(coordinate.toPrecision(6)));
}

/** The description of a file. */
export function describeFile({ plain, columns, first, fault }: InspectedFile): string {
  const { file, kind, stored, length } = plain;
  const lines = [
    file,
    '',
    ...table([
      ['  kind', kind ?? 'unknown'],
      ['  stored', `${size(stored)} (${integer(stored)} bytes)`],
      [
        '  content',
        `${size(length)} (${integer(length)} bytes), ${(length / Math.max(1, stored)).toFixed(1)} times the stored size`,
      ],
      ['  hash', plain.hash],
      ['  state', fault ?? 'valid: the name is the hash of the content'],
    ]),
  ];
  if (columns.length > 0) {
    const cells = columns.map(({ name, rows, encoding }) => [`  ${name}`, integer(rows), encoding]);
    lines.push('', ...table([['  column', 'rows', 'encoding'], ...cells], [1]));
  }
  if (first.length > 0) lines.push('', ...first.map(text => `  ${text}`));
  return printableText(lines);
}
