/**
 * Value samples: rows that a preview lacks, so that a filter on a rare value finds some in it from afar. FORMAT.md, 20.5.
 */
import type { FacetRow } from '#format/facets/facet-extractor.ts';
import { type FacetFile, packFacetFile, unpackFacetFile } from '#format/facets/facet-file.ts';
import type { PackedMap } from '#format/pack.ts';
import { type Chunk, unpackChunk } from './chunk.ts';

/** Rows of systems, and their facet values. */
export interface FurtherRows {
  readonly chunk: Chunk;
  readonly facets: FacetFile;
}

/**
 * Returns the content of a value sample.
 * @param sample the content of a preview of its rows
 * @param fields names of the facets
 * @param rows the values of its rows; each has one or more
 */
export function packValueSample(
  sample: PackedMap,
  fields: readonly string[],
  rows: readonly FacetRow[],
): PackedMap {
  const facets = packFacetFile(fields, rows)!;
  return { ...sample, facets: [facets['fields']!, facets['columns']!] };
}

/**
 * Decodes a value sample.
 * @throws Error if it is not valid
 */
export function unpackValueSample(file: Record<string, unknown>): FurtherRows {
  const { rows, facets } = file;
  const [fields, columns] = Array.isArray(facets) ? (facets as unknown[]) : [];
  return { chunk: unpackChunk(file), facets: unpackFacetFile({ rows, fields, columns }) };
}
