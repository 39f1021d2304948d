import type { TableRoots } from './index-json.ts';
import { foldedNames, IDS, MEMBERS, NAMES, REGIONS } from './layouts.ts';
import { PARTS, VALUES, WORDS } from './search-layouts.ts';
import type { TableSchema } from './table.ts';

export type TableName = keyof TableRoots;

/**
 * How the pages of each table are read. Folded keys are not stored, so those of `folded` come out unfolded: who
 * needs them uses `foldedNames` with the set's fold.
 */
export const TABLE_SCHEMAS = {
  names: NAMES,
  folded: foldedNames(String),
  ids: IDS,
  regions: REGIONS,
  members: MEMBERS,
  words: WORDS,
  values: VALUES,
  parts: PARTS,
} as const satisfies Readonly<Record<TableName, TableSchema<unknown>>>;
