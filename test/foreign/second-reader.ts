/**
 * A second way to read a set: the column decoders of the format over another MessagePack implementation, and none of
 * the client's reading, caching or searching. It reads the whole set, and a sphere looks at every row.
 */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { decode } from '@msgpack/msgpack';
import type { SphereQuery } from '#client/index.ts';
import {
  type Chunk,
  distance,
  type FileRef,
  type JsonObject,
  type JsonValue,
  joinRecord,
  pathOf,
  type RowSpan,
  type SetIndex,
  type TreeNode,
  treeOfPage,
  unpackChunk,
  unpackColumn,
  unpackDetails,
  unpackTreePage,
} from '#format/index.ts';

/** A row of a chunk or a sample. */
export interface SampleRow {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly fields: JsonObject;
}

export interface ReadRow extends SampleRow {
  readonly record: JsonObject;
}

export interface ReadSet {
  readonly index: SetIndex;
  readonly rows: readonly ReadRow[];
  /** Of each node that has one, parents first. */
  readonly previews: readonly (readonly SampleRow[])[];
  readonly overview: readonly SampleRow[];
  readonly meta: readonly JsonValue[];
}

/** Reads all of a set in a folder. */
export function readSet(directory: string): ReadSet {
  const index = JSON.parse(readFileSync(join(directory, 'index.json'), 'utf8')) as SetIndex;
  const rows: ReadRow[] = [];
  const previews: SampleRow[][] = [];
  const read = (ref: FileRef) => contentOf(directory, ref);
  const visit = (node: TreeNode): void => {
    if (node.kind === 'branch') visit(treeOfPage(unpackTreePage(read(node.ref))));
    else if (node.kind === 'inner') {
      if (node.preview) previews.push(sampleOf(node.preview.ref, read));
      node.children.forEach(visit);
    } else for (const span of node.spans) rows.push(...rowsOf(span, read));
  };
  if (index.tree) visit(treeOfPage(unpackTreePage(read({ kind: 'tree', ...index.tree }))));
  const meta = index.meta && read({ kind: 'meta', ...index.meta });
  const overview = index.overview ? sampleOf({ kind: 'previews', ...index.overview }, read) : [];
  return {
    index,
    rows,
    previews,
    overview,
    meta: meta ? unpackColumn(meta['values'], meta['rows'] as number) : [],
  };
}

/** A sphere by looking at every row. */
export function scanSphere(
  rows: readonly ReadRow[],
  { center, radius = Infinity, minRadius = 0, limit }: SphereQuery,
) {
  const [cx, cy, cz] = center;
  return rows
    .map(({ record, ...row }) => ({ ...row, distance: distance(row.x - cx, row.y - cy, row.z - cz) }))
    .filter(row => minRadius <= row.distance && row.distance <= radius)
    .sort((a, b) => a.distance - b.distance || Buffer.compare(Buffer.from(a.id), Buffer.from(b.id)))
    .slice(0, limit);
}

type Fields = Record<string, unknown>;

function contentOf(directory: string, ref: FileRef): Fields {
  const content = gunzipSync(readFileSync(join(directory, pathOf(ref))));
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 40);
  if (content.length !== ref.length || hash !== ref.hash) throw new Error(`${pathOf(ref)} is another file`);
  return decode(content) as Fields;
}

function rowsOf({ chunk, start, end }: RowSpan, read: (ref: FileRef) => Fields): ReadRow[] {
  const columns = unpackChunk(read(chunk.ref));
  const details = chunk.details.flatMap(file => unpackDetails(read(file.ref)));
  return Array.from({ length: end - start }, (_, i) => {
    const row = start + i;
    return { ...rowOf(columns, row), record: joinRecord(columns, row, details[row] ?? {}) };
  });
}

function sampleOf(ref: FileRef, read: (ref: FileRef) => Fields): SampleRow[] {
  const columns = unpackChunk(read(ref));
  return Array.from({ length: columns.rows }, (_, row) => rowOf(columns, row));
}

function rowOf({ id, name, region, x, y, z, fields }: Chunk, row: number): SampleRow {
  return {
    id: id[row]!,
    name: name[row]!,
    region: region[row]!,
    x: x[row]!,
    y: y[row]!,
    z: z[row]!,
    fields: fields?.[row] ?? {},
  };
}
