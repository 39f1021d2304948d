/** Reads the records of buckets without dropped records. */
import type { CountedSystem } from '#pipeline/octree/set-context.ts';
import { normaliseAgain } from '#pipeline/source/normalise-record.ts';
import { type RecordExtent, readRecordRun, type SpilledRecord } from '#pipeline/spill/record-runs.ts';
import type { Store } from '#pipeline/store/store.ts';

interface Stored {
  readonly extents: readonly RecordExtent[];
  readonly dropped: readonly RecordExtent[];
}

/** The records, in batches of about `batchBytes` bytes. */
export async function* keptRecords(
  run: Store,
  { extents, dropped }: Stored,
  batchBytes: number,
): AsyncGenerator<SpilledRecord[], void, undefined> {
  const drops = await droppedPositions(run, dropped, batchBytes);
  for (const extent of extents) {
    const out = drops.get(extent.split);
    for await (const records of readRecordRun(run, extent, batchBytes))
      yield out ? records.filter(({ position }) => !out.has(position)) : records;
  }
}

/** Positions of dropped records by split; a dropped record has the split as its key. */
async function droppedPositions(
  run: Store,
  dropped: readonly RecordExtent[],
  batchBytes: number,
): Promise<Map<number, Set<number>>> {
  const drops = new Map<number, Set<number>>();
  for (const extent of dropped) {
    for await (const records of readRecordRun(run, extent, batchBytes)) {
      for (const { key, position } of records) {
        const split = Number(key);
        const positions = drops.get(split) ?? new Set();
        drops.set(split, positions.add(position));
      }
    }
  }
  return drops;
}

/** The system of a record, which `map` has accepted. */
export function systemOf(record: SpilledRecord): Omit<CountedSystem, 'facets'> {
  const { bytes, key, region, position } = record;
  const location = { file: 'a run of records', input: 0, offset: position, line: 0, column: 0 };
  const outcome = normaliseAgain({
    bytes,
    location,
    ...(key !== undefined && { key }),
    ...(region !== undefined && { region }),
  });
  if (outcome.kind !== 'system')
    throw new Error(`record ${position} was accepted once and is not now: ${outcome.kind}`);
  return Object.assign(outcome.system, { counts: outcome.counts });
}
