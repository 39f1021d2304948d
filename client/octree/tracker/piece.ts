/** Pieces: the rows of one file as columns, which a map uploads once. */

import { ArgumentError } from '#client/errors.ts';
import { matchingRows } from '#client/octree/matching-rows.ts';
import { firstIndex } from '#client/query/order.ts';
import type { Where } from '#client/query/types.ts';
import { compileWhere, type FacetCondition } from '#client/query/where.ts';
import { bitAt, bitBytes, setBit } from '#format/facets/bits.ts';
import type { FacetFile } from '#format/facets/facet-file.ts';
import type { FacetValue } from '#format/facets/facet-value.ts';
import { boundsOfColumns } from '#format/geometry/bounds.ts';
import type { Bounds } from '#format/geometry/cell.ts';
import type { JsonObject } from '#format/json.ts';
import type { Chunk } from '#format/octree/chunk.ts';
import type { TreeNode } from '#format/octree/tree-node.ts';
import { rowsInBox, sortInTreeOrder } from './tree-order.ts';

/** The values of a facet in a piece. Row i has `values[indices[k]]` for k from `starts[i]` to `starts[i + 1] - 1`. */
export interface PieceFacet {
  readonly values: readonly FacetValue[];
  /** One element more than there are rows. */
  readonly starts: Uint32Array;
  readonly indices: Uint32Array;
}

/**
 * Rows of one file, in columns: element i of each column belongs to the same system. A piece never changes, so a map
 * uploads it once. With a filter it has only the rows that match.
 */
export interface Piece {
  /** Unique among the pieces of a tracker, and the same whenever the file is shown again. */
  readonly key: string;
  /** `exact`: all systems of some leaves; `sample`: some of the systems of a node. */
  readonly kind: 'exact' | 'sample';
  /** Number of rows. */
  readonly length: number;
  /** Lowest and highest coordinates of the rows; undefined if there are none. */
  readonly bounds: Bounds | undefined;
  readonly id: readonly string[];
  readonly name: readonly string[];
  readonly region: readonly string[];
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly z: Float64Array;
  /** Fields of the records that the set was built with as `summary`; absent if the file has none. */
  readonly fields?: readonly JsonObject[];
  /** Estimated memory in bytes. */
  readonly bytes: number;
  /** Returns the values of a facet; undefined if no row has one, or the tracker has not the option `facets`. */
  facet(field: string): PieceFacet | undefined;
  /**
   * Returns the rows that satisfy the conditions, as bits: bit `i & 7` of byte `i >> 3` belongs to row i.
   * @throws ArgumentError for invalid conditions, or if the tracker has not the option `facets`
   */
  match(where: Where | readonly Where[]): Uint8Array;
}

/** The contents of files from which a piece is made. */
export interface PieceParts {
  readonly key: string;
  readonly kind: Piece['kind'];
  readonly chunk: Chunk;
  /** Rows that match the filter, as bits; all if undefined. */
  readonly matches: Uint8Array | undefined;
  /** Facet values of the rows of the file; undefined without the option, or if no row has one. */
  readonly facets: FacetFile | undefined;
  /** Declared facets; undefined without the option. */
  readonly fields: readonly string[] | undefined;
}

/** Approximate memory of a row: references, numbers, and its strings. */
const ROW_BYTES = 200;
const PIECE_BYTES = 2_048;

/** Approximate memory of a piece of so many rows, before it is read. */
export function estimatedBytes(rows: number): number {
  return PIECE_BYTES + ROW_BYTES * rows;
}

/** A piece, with the rows of its file. */
export class FilePiece implements Piece {
  readonly key: string;
  readonly kind: Piece['kind'];
  readonly length: number;
  readonly bounds: Bounds | undefined;
  readonly id: readonly string[];
  readonly name: readonly string[];
  readonly region: readonly string[];
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly z: Float64Array;
  readonly fields?: readonly JsonObject[];
  readonly bytes: number;
  /** Rows of the file, in the order of the piece; undefined if they are all rows in their order. */
  readonly #rows: Uint32Array | undefined;
  readonly #ranges = new WeakMap<TreeNode, readonly [start: number, end: number]>();
  readonly #file: Pick<PieceParts, 'facets' | 'fields'> & { readonly rows: number };

  constructor({ key, kind, chunk, matches, facets, fields }: PieceParts) {
    this.key = key;
    this.kind = kind;
    const rows = rowsOfPiece(chunk, kind, matches);
    const pick = <T>(column: readonly T[]): readonly T[] =>
      rows ? Array.from(rows, row => column[row]!) : column;
    const numbers = (column: Float64Array) => (rows ? Float64Array.from(rows, row => column[row]!) : column);
    this.length = rows?.length ?? chunk.rows;
    this.id = pick(chunk.id);
    this.name = pick(chunk.name);
    this.region = pick(chunk.region);
    this.x = numbers(chunk.x);
    this.y = numbers(chunk.y);
    this.z = numbers(chunk.z);
    if (chunk.fields) this.fields = pick(chunk.fields);
    this.bounds = this.length > 0 ? boundsOfColumns(this, 0, this.length) : undefined;
    this.bytes = estimatedBytes(chunk.rows);
    this.#rows = rows;
    this.#file = { facets, fields, rows: chunk.rows };
  }

  /** The rows of a node, which lie among rows `start` to `end` of a sample. */
  rowsBelow(node: TreeNode, start: number, end: number): readonly [start: number, end: number] {
    let range = this.#ranges.get(node);
    if (!range) {
      range = rowsInBox(this, node.bounds, start, end);
      this.#ranges.set(node, range);
    }
    return range;
  }

  /** The rows of the piece among rows `start` to `end` of its file, whose order it has. */
  rangeOf(start: number, end: number): readonly [start: number, end: number] {
    const rows = this.#rows;
    const at = (first: number) => firstIndex(rows!, row => row >= first);
    return rows ? [at(start), at(end)] : [start, end];
  }

  facet(field: string): PieceFacet | undefined {
    const column = this.#file.facets?.columns.get(field);
    if (!column) return undefined;
    const { values } = column;
    const starts = new Uint32Array(this.length + 1);
    const indices: number[] = [];
    for (let i = 0; i < this.length; i++) {
      indices.push(...column.valuesOf(this.#fileRow(i)));
      starts[i + 1] = indices.length;
    }
    return { values, starts, indices: Uint32Array.from(indices) };
  }

  match(where: Where | readonly Where[]): Uint8Array {
    const { facets, fields, rows } = this.#file;
    if (!fields) throw new ArgumentError('the pieces have no facets: give the tracker the option facets');
    const conditions: FacetCondition[] = compileWhere(where, fields, undefined);
    const matches = matchingRows(conditions, facets, rows);
    const own = new Uint8Array(bitBytes(this.length));
    for (let i = 0; i < this.length; i++) if (bitAt(matches, this.#fileRow(i))) setBit(own, i);
    return own;
  }

  #fileRow(i: number): number {
    return this.#rows?.[i] ?? i;
  }
}

/** The rows that a piece has; undefined for all in their order. Samples are sorted in the order of the octree. */
function rowsOfPiece(
  chunk: Chunk,
  kind: Piece['kind'],
  matches: Uint8Array | undefined,
): Uint32Array | undefined {
  if (kind === 'exact' && !matches) return undefined;
  const rows = Uint32Array.from({ length: chunk.rows }, (_, row) => row).filter(
    row => !matches || bitAt(matches, row),
  );
  if (kind === 'sample') sortInTreeOrder(rows, chunk);
  return rows;
}
