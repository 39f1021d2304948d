/** Chunk files: the columns a map needs, for the systems of one leaf or of several sibling leaves. */

import { packNumbers, unpackIntegers, unpackNumbers } from '#format/columns/numbers.ts';
import { packStrings, unpackStrings } from '#format/columns/strings.ts';
import { packTable, unpackTable } from '#format/columns/values.ts';
import type { JsonObject } from '#format/json.ts';
import { SLOT, take } from '#format/memory-cost.ts';
import type { PackedMap } from '#format/pack.ts';
import { DERIVED_ID, DERIVED_NAME, DERIVED_REGION, type System } from '#format/system.ts';
import { countField } from '#format/unpack.ts';

const ALL_DERIVED = DERIVED_ID | DERIVED_NAME | DERIVED_REGION;

/** The rows of a chunk: leaves in Morton order, the rows of a leaf by id. All columns have `rows` values. */
export interface Chunk {
  readonly rows: number;
  readonly id: string[];
  readonly name: string[];
  readonly region: string[];
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly z: Float64Array;
  /** DERIVED_* bits of each row; undefined if all are 0. */
  readonly derived: Float64Array | undefined;
  /** Summary fields of each row; undefined if the set has none. */
  readonly fields: JsonObject[] | undefined;
}

/** References to strings and fields, and numbers, per row. */
const SLOTS_A_ROW = 8;
/** Approximate memory of the columns themselves. */
const COLUMNS_COST = 1024;

/** Returns the content of a chunk file, for `pack`; `summary` has the summary fields of each system. */
export function packChunk(systems: readonly System[], summary: JsonObject[]): PackedMap {
  const hasSummary = summary.some(fields => Object.keys(fields).length > 0);
  const derived = systems.some(system => system.derived !== 0);
  return {
    rows: systems.length,
    id: packStrings(systems.map(system => system.id)),
    name: packStrings(systems.map(system => system.name)),
    region: packStrings(systems.map(system => system.region)),
    x: packNumbers(systems.map(system => system.x)),
    y: packNumbers(systems.map(system => system.y)),
    z: packNumbers(systems.map(system => system.z)),
    ...(derived && { derived: packNumbers(systems.map(system => system.derived)) }),
    ...(hasSummary && { fields: packTable(summary) }),
  };
}

/**
 * Decodes the content of a chunk, a preview or the overview.
 * @throws Error if it is not valid
 */
export function unpackChunk(file: Record<string, unknown>): Chunk {
  const rows = countField(file, 'rows');
  take(COLUMNS_COST + SLOTS_A_ROW * SLOT * rows);
  return {
    rows,
    id: unpackStrings(file['id'], rows),
    name: unpackStrings(file['name'], rows),
    region: unpackStrings(file['region'], rows),
    x: unpackNumbers(file['x'], rows),
    y: unpackNumbers(file['y'], rows),
    z: unpackNumbers(file['z'], rows),
    derived:
      file['derived'] === undefined ? undefined : unpackIntegers(file['derived'], rows, 0, ALL_DERIVED),
    fields: file['fields'] === undefined ? undefined : unpackTable(file['fields'], rows),
  };
}
