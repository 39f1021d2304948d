/** Sorts entries by the engine; JavaScript takes those that are too many for it. */
import type { Engine } from '#pipeline/engine/engine-module.ts';
import { sortArena } from '#pipeline/engine/entry-sorter.ts';
import { endAt } from './entries.ts';
import { type EntrySort, sortOffsets } from './sort-entries.ts';

/** The sort of a build. */
export function entrySort(engine: Engine): EntrySort {
  return engine === 'js' ? sortOffsets : sortByEngine;
}

const sortByEngine: EntrySort = (arena, starts) => {
  if (sortArena(arena, starts) === undefined) return sortOffsets(arena, starts);
  const order: number[] = new Array(starts.length);
  for (let i = 0, at = 0; i < order.length; i++, at = endAt(arena, at)) order[i] = at;
  return { arena, order };
};
