/** Sorts entries by the engine; JavaScript takes those that are too many for it. */
import type { Engine } from '#pipeline/engine/engine-module.ts';
import { sortArena } from '#pipeline/engine/entry-sorter.ts';
import { type EntrySort, sortInScript } from './sort-entries.ts';

/** The sort of a build. */
export function entrySort(engine: Engine): EntrySort {
  return engine === 'js' ? sortInScript : sortByEngine;
}

const sortByEngine: EntrySort = (arena, starts) => {
  const end = sortArena(arena, starts);
  return end === undefined ? sortInScript(arena, starts) : { arena, order: starts, end };
};
