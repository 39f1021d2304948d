/** The tables of names and ids: their rows and encodings. */

import { unpackStrings } from '#format/columns/strings.ts';
import type { Fold } from '#format/fold/fold.ts';
import type { SystemRow } from '#format/system-row.ts';
import type { TableSchema } from './page.ts';
import {
  fieldsWeight,
  NUMBER_WEIGHT,
  packFields,
  packPositions,
  packRegions,
  regionWeight,
  systemsOf,
  unpackPositions,
} from './system-columns.ts';

/** A row of the table `folded`: a name of one or more systems. */
export interface NameEntry {
  readonly name: string;
  /** True for a row by the search fold of the name, which differs from its exact fold. */
  readonly bySearch: boolean;
}

/** A row of the table `ids`. */
export interface IdEntry {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** All systems by (name, id). */
export const NAMES: TableSchema<SystemRow> = {
  kind: 'names',
  keys: 2,
  leafWeight: 57_344,
  keyOf: ({ name, id }) => [name, id],
  pack: rows => ({ ...packPositions(rows), ...packRegions(rows), ...packFields(rows) }),
  unpack: ([name, id], file, count) =>
    systemsOf({ name: name!, id: id!, region: unpackStrings(file['region'], count) }, file, count),
  weight: row => 3 * NUMBER_WEIGHT + regionWeight(row) + fieldsWeight(row),
};

/** A fold that changes nothing, for pages whose keys are not needed. */
export const UNFOLDED: Fold = Object.assign((text: string) => text, { search: (text: string) => text });

/**
 * Returns the schema of the table `folded`: all different names, ordered by their folds, which pages do not contain. A
 * name whose search fold differs has a second row by that.
 */
export function foldedNames(fold: Fold = UNFOLDED): TableSchema<NameEntry> {
  return {
    kind: 'names',
    keys: 2,
    leafWeight: 40_960,
    keyOf: ({ name, bySearch }) => [bySearch ? fold.search(name) : fold(name), name],
    stored: { keys: 1, keyOf: ({ name }) => [name] },
    pack: rows =>
      rows.some(({ bySearch }) => bySearch)
        ? { search: Uint8Array.from(rows, ({ bySearch }) => (bySearch ? 1 : 0)) }
        : {},
    unpack: ([names], file, count) => {
      const { search } = file;
      if (search !== undefined && !(search instanceof Uint8Array && search.length === count))
        throw new Error(`a page of folded names lacks its ${count} flags "search"`);
      return names!.map((name, i) => ({ name, bySearch: search?.[i] === 1 }));
    },
    weight: () => 0,
  };
}

/** All systems by id. */
export const IDS: TableSchema<IdEntry> = {
  kind: 'ids',
  keys: 1,
  keyOf: ({ id }) => [id],
  pack: packPositions,
  unpack: ([id], file, count) => {
    const [x, y, z] = unpackPositions(file, count) as [Float64Array, Float64Array, Float64Array];
    return Array.from({ length: count }, (_, i) => ({ id: id![i]!, x: x[i]!, y: y[i]!, z: z[i]! }));
  },
  weight: () => 3 * NUMBER_WEIGHT,
};
