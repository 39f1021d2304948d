/** How the engine makes pages from entries of key runs (`system-rows`), for each table. */
import type { LeafColumn, LeafLayout } from '#pipeline/engine/leaf-packer.ts';

/** Columns of numbers one after another in entries. */
function numbers(offset: number, ...names: readonly string[]): LeafColumn[] {
  return names.map((name, i) => ({ name, kind: 'numbers', offset: offset + 8 * i }));
}

const MARK = 0;
const AFTER_MARK = 8;
const REGION: LeafColumn = { name: 'region', kind: 'regions' };
/** Systems without summary fields. */
const FOUND: readonly LeafColumn[] = [...numbers(AFTER_MARK, 'x', 'y', 'z'), REGION];
const SYSTEM: readonly LeafColumn[] = [...FOUND, { name: 'fields', kind: 'fields' }];

export const NAMES_LAYOUT: LeafLayout = { keys: [true, true], columns: SYSTEM };
export const FOLDED_LAYOUT: LeafLayout = {
  keys: [false, true],
  columns: [{ name: 'search', kind: 'flags' }],
};
export const IDS_LAYOUT: LeafLayout = { keys: [true], columns: numbers(0, 'x', 'y', 'z') };
export const MEMBERS_LAYOUT: LeafLayout = {
  keys: [true, true, true, true],
  columns: SYSTEM,
  weighed: 2,
  isListed: true,
};
export const SHARDS_LAYOUT: LeafLayout = {
  ...{ keys: [false, false, true, true], columns: SYSTEM },
  ...{ hashed: 2, weighed: 2, isListed: true },
};
export const FACETS_LAYOUT: LeafLayout = { keys: [true, false, true], columns: numbers(0, 'systems') };
export const FACET_GRAMS_LAYOUT: LeafLayout = { keys: [true, true, true], columns: [] };
export const RESULTS_LAYOUT: LeafLayout = {
  keys: [false, true, true],
  columns: [...FOUND, { name: 'values', kind: 'values' }],
};
/** The number of systems is the last one of an entry. */
export const VALUES_LAYOUT: LeafLayout = {
  keys: [false, true, true, true],
  columns: [...numbers(MARK, 'field'), ...numbers(-8, 'systems'), ...FOUND],
};
export const WORDS_LAYOUT: LeafLayout = { keys: [true, true, true], columns: FOUND };
export const GRAMS_LAYOUT: LeafLayout = { keys: [true, false], columns: [{ name: 'steps', kind: 'steps' }] };
