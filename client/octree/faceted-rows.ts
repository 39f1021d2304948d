/** Rows of files with their facet values. */
import { readChunk } from '#client/fetch/decode.ts';
import { readFacetFile, readValueSample } from '#client/fetch/decode-facets.ts';
import type { Files } from '#client/fetch/files.ts';
import type { QueryOptions } from '#client/query/types.ts';
import { bitBytes, setBit } from '#format/facets/bits.ts';
import type { FacetColumn, FacetFile } from '#format/facets/facet-file.ts';
import { compareValues } from '#format/facets/facet-value.ts';
import type { FileRef } from '#format/file-ref.ts';
import type { Chunk } from '#format/octree/chunk.ts';
import type { ChunkFile, PreviewFile } from '#format/octree/tree-node.ts';
import type { FurtherRows } from '#format/octree/value-sample.ts';

/** Rows with their facet values. */
export interface FacetedRows {
  readonly chunk: Chunk;
  /** Undefined if no row has a value. */
  readonly facets: FacetFile | undefined;
}

/** The files beside a file of rows. */
export interface FacetFiles {
  readonly facets: FileRef | undefined;
  /** Further rows; undefined if there are none, or they are not wanted. */
  readonly valueSample: FileRef | undefined;
}

/** Reads the rows of a chunk or a preview; those of the value sample follow. */
export async function readFacetedRows(
  files: Files,
  file: ChunkFile | PreviewFile,
  { facets: ref, valueSample }: FacetFiles,
  options: QueryOptions,
): Promise<FacetedRows> {
  const [chunk, facets, further] = await Promise.all([
    readChunk(files, file.ref, file.rows, options),
    ref && readFacetFile(files, ref, file.rows, options),
    valueSample && readValueSample(files, valueSample, options),
  ]);
  return further ? joinRows({ chunk, facets }, further) : { chunk, facets };
}

function joinRows(first: FacetedRows, further: FurtherRows): FacetedRows {
  const rows = first.chunk.rows + further.chunk.rows;
  const [own, other] = [first.facets?.columns, further.facets.columns];
  const columns = new Map<string, FacetColumn>();
  for (const field of new Set([...(own?.keys() ?? []), ...other.keys()]))
    columns.set(field, joinColumns(own?.get(field), other.get(field), first.chunk.rows, rows));
  return { chunk: joinChunks(first.chunk, further.chunk), facets: { rows, columns } };
}

function joinChunks(a: Chunk, b: Chunk): Chunk {
  const rows = a.rows + b.rows;
  const numbers = (column: 'x' | 'y' | 'z') => {
    const joined = new Float64Array(rows);
    joined.set(a[column]);
    joined.set(b[column], a.rows);
    return joined;
  };
  const fieldsOf = ({ fields, rows }: Chunk) => fields ?? Array.from({ length: rows }, () => ({}));
  return {
    ...{ rows, x: numbers('x'), y: numbers('y'), z: numbers('z'), derived: undefined },
    id: a.id.concat(b.id),
    name: a.name.concat(b.name),
    region: a.region.concat(b.region),
    fields: a.fields || b.fields ? fieldsOf(a).concat(fieldsOf(b)) : undefined,
  };
}

/** The column of some rows and of rows that follow; undefined for rows without values. */
function joinColumns(
  a: FacetColumn | undefined,
  b: FacetColumn | undefined,
  start: number,
  rows: number,
): FacetColumn {
  const values = [...new Set([...(a?.values ?? []), ...(b?.values ?? [])])].sort(compareValues);
  const indices = new Map(values.map((value, i) => [value, i]));
  const placesIn = (column?: FacetColumn) => {
    const places = new Map(column?.values.map((value, i) => [value, i]));
    return values.map(value => places.get(value) ?? -1);
  };
  const [inA, inB] = [placesIn(a), placesIn(b)];
  const has = (value: number, row: number) => {
    const [column, place, at] = row < start ? [a, inA[value]!, row] : [b, inB[value]!, row - start];
    return place >= 0 && column!.has(place, at);
  };
  return {
    values,
    has,
    rowsOf: value => {
      const bits = new Uint8Array(bitBytes(rows));
      if (inA[value]! >= 0) bits.set(a!.rowsOf(inA[value]!));
      for (let row = start; row < rows; row++) if (has(value, row)) setBit(bits, row);
      return bits;
    },
    valuesOf: row => {
      const [column, at] = row < start ? [a, row] : [b, row - start];
      return column?.valuesOf(at).map(value => indices.get(column.values[value]!)!) ?? [];
    },
  };
}
