/** Reads the systems of a chunk from its files. */

import type { FacetExtractor } from '#format/facets/facet-extractor.ts';
import { pathOf } from '#format/file-ref.ts';
import { isCoordinate } from '#format/geometry/cell.ts';
import type { JsonObject } from '#format/json.ts';
import { type Chunk, unpackChunk } from '#format/octree/chunk.ts';
import { unpackDetails } from '#format/octree/details.ts';
import { isCoreColumn, joinRecord } from '#format/octree/record-fields.ts';
import type { ChunkFile, RowsFile } from '#format/octree/tree-node.ts';
import { bodiesOf } from '#format/system.ts';
import { systemRow } from '#format/system-row.ts';
import type { PageReader } from '#pipeline/store/reachable.ts';
import type { CountedSystem } from './set-context.ts';

/** Returns undefined for an invalid file, or throws. */
export interface LoadReader {
  readonly decode: PageReader;
  /** Records a fault of a decoded file, or throws. */
  note(file: string, problem: string): void;
}

/**
 * The systems of a chunk in order of its rows; undefined if a file is invalid.
 * @param summary fields that chunks hold beside the core columns
 */
export async function loadChunk(
  { ref, rows, details }: ChunkFile,
  reader: LoadReader,
  summary: ReadonlySet<string>,
  facetsOf: FacetExtractor,
): Promise<CountedSystem[] | undefined> {
  const file = pathOf(ref);
  const chunk = await reader.decode(ref, unpackChunk);
  const fields = await loadDetails(details, reader);
  if (!chunk || !fields) return undefined;
  const refuse = (problem: string) => {
    reader.note(file, problem);
    return undefined;
  };
  if (chunk.rows !== rows) return refuse(`${chunk.rows} rows, expected ${rows} as in the tree`);
  if (details.length > 0 && fields.length !== rows)
    return refuse(`${rows} rows, but its details have ${fields.length}`);
  for (const axis of ['x', 'y', 'z'] as const) {
    const row = chunk[axis].findIndex(value => !isCoordinate(value));
    if (row >= 0) return refuse(`${axis} is ${chunk[axis][row]} in row ${row}, expected a coordinate`);
  }
  for (let row = 0; row < rows; row++) {
    const misplaced = misplacedField(chunk, row, fields[row] ?? {}, summary);
    if (misplaced) return refuse(`${misplaced} (row ${row})`);
  }
  return Array.from({ length: rows }, (_, row) => {
    const record = joinRecord(chunk, row, fields[row] ?? {});
    return {
      ...systemRow(chunk, row),
      derived: chunk.derived?.[row] ?? 0,
      fields: record,
      counts: bodiesOf(record),
      facets: facetsOf({ region: chunk.region[row]!, fields: record }),
    };
  });
}

/** The first problem with the fields of a row: each must be a core column, a summary field, or in the details. */
function misplacedField(
  chunk: Chunk,
  row: number,
  details: JsonObject,
  summary: ReadonlySet<string>,
): string | undefined {
  const derived = chunk.derived?.[row] ?? 0;
  for (const key of Object.keys(chunk.fields?.[row] ?? {}))
    if (!summary.has(key) || isCoreColumn(key, derived))
      return `has the field "${key}", which is not a summary field`;
  for (const key of Object.keys(details))
    if (summary.has(key) || isCoreColumn(key, derived))
      return `has the field "${key}" in its details, it belongs in the chunk`;
  return undefined;
}

async function loadDetails(
  files: readonly RowsFile[],
  { decode }: LoadReader,
): Promise<JsonObject[] | undefined> {
  const fields: JsonObject[] = [];
  let isComplete = true;
  for (const { ref } of files) {
    const own = await decode(ref, unpackDetails);
    if (own) for (const details of own) fields.push(details);
    else isComplete = false;
  }
  return isComplete ? fields : undefined;
}
