/** Sorts records by id when they do not fit into memory: entries of key runs, each with its record as it is stored. */
import { entrySort } from '#pipeline/spill/engine-sort.ts';
import { keyEndAt } from '#pipeline/spill/entries.ts';
import { keySpace } from '#pipeline/spill/key-bytes.ts';
import { KeySort } from '#pipeline/spill/key-sort.ts';
import type { CellsPart } from './cells-plan.ts';
import { keptRecords, storedSystem } from './kept-records.ts';
import type { TaskContext } from './task.ts';

/** The records of a part, in order of id. */
export async function sortRecords(
  { run, plan, signal }: TaskContext,
  part: CellsPart,
  name: string,
): Promise<KeySort> {
  const sort = new KeySort(run, `keys/${name}`, plan.taskBytes, entrySort(plan.engine));
  for await (const { memory, starts } of keptRecords(run, part, plan.taskBytes)) {
    for (const start of starts) {
      const { id } = storedSystem(memory, start);
      const size = memory.sizeAt(start);
      sort.entries
        .begin(keySpace(id) + size)
        .keyText(id)
        .endKey();
      sort.entries.raw(memory.bytes, start, start + size).end();
      await sort.flush();
    }
    signal?.throwIfAborted();
  }
  return sort;
}

/** Offset of the record of an entry. */
export const recordAt = (arena: Buffer, start: number): number => keyEndAt(arena, start);
