/** Sorts records by id when they do not fit into memory: entries of key runs, each with its record. */
import type { System } from '#format/system.ts';
import { entrySort } from '#pipeline/spill/engine-sort.ts';
import { type Entries, endAt, keyEndAt } from '#pipeline/spill/entries.ts';
import { keySpace } from '#pipeline/spill/key-bytes.ts';
import { KeySort } from '#pipeline/spill/key-sort.ts';
import type { SpilledRecord } from '#pipeline/spill/spilled-record.ts';
import type { CellsPart } from './cells-plan.ts';
import { keptRecords } from './kept-records.ts';
import type { TaskContext } from './task.ts';

/** Position, x, y, z; lengths of key and region, or NONE. */
const NUMBERS = 6;
const NONE = -1;

/** The records of a part, in order of id. */
export async function sortRecords(
  { run, plan, signal }: TaskContext,
  part: CellsPart,
  name: string,
  systemOf: (record: SpilledRecord) => System,
): Promise<KeySort> {
  const sort = new KeySort(run, `keys/${name}`, plan.taskBytes, entrySort(plan.engine));
  for await (const records of keptRecords(run, part, plan.taskBytes)) {
    for (const record of records) {
      add(sort.entries, systemOf(record).id, record);
      await sort.flush();
    }
    signal?.throwIfAborted();
  }
  return sort;
}

function add(entries: Entries, id: string, { position, x, y, z, key, region, bytes }: SpilledRecord): void {
  const texts = [key, region].map(text => (text === undefined ? undefined : Buffer.from(text)));
  const space = texts.reduce(
    (sum, text) => sum + (text?.length ?? 0),
    keySpace(id) + 8 * NUMBERS + bytes.length,
  );
  entries.begin(space).keyText(id).endKey();
  for (const number of [position, x, y, z, ...texts.map(text => text?.length ?? NONE)])
    entries.number(number);
  for (const part of [...texts, bytes]) if (part) entries.raw(part);
  entries.end();
}

/** The record of an entry. */
export function recordAt(arena: Buffer, start: number): SpilledRecord {
  const numbersAt = keyEndAt(arena, start);
  const number = (i: number) => arena.readDoubleLE(numbersAt + 8 * i);
  let at = numbersAt + 8 * NUMBERS;
  const text = (length: number) => {
    if (length === NONE) return undefined;
    at += length;
    return arena.toString('utf8', at - length, at);
  };
  const key = text(number(4));
  const region = text(number(5));
  const bytes = arena.subarray(at, endAt(arena, start));
  return { ...{ position: number(0), x: number(1), y: number(2), z: number(3) }, key, region, bytes };
}
