/** Reads the records of buckets without dropped records, and makes their systems. */
import type { FacetRow } from '#format/facets/facet-extractor.ts';
import { isSurveyed } from '#pipeline/engine/record-scanner.ts';
import type { CountedSystem } from '#pipeline/octree/set-context.ts';
import { normaliseAgain } from '#pipeline/source/normalise-record.ts';
import { eachExtent, type RecordExtents } from '#pipeline/spill/record-extents.ts';
import { readRecordRun } from '#pipeline/spill/record-runs.ts';
import {
  RecordBatch,
  type RecordMemory,
  type SpilledRecord,
  StoredRecord,
} from '#pipeline/spill/spilled-record.ts';
import type { Store } from '#pipeline/store/store.ts';
import { ScannedSystem } from './scanned-system.ts';

interface Stored {
  readonly extents: RecordExtents;
  readonly dropped: RecordExtents;
}

/** A system of a record. It has no facet values until they are set. */
export type KeptSystem = Omit<CountedSystem, 'facets'> & { facets: FacetRow };

/** The records, in batches; `batchBytes` and `allocate` as in `readRecordRun`. */
export async function* keptRecords(
  run: Store,
  { extents, dropped }: Stored,
  batchBytes: number,
  allocate?: (bytes: number) => Buffer,
): AsyncGenerator<RecordBatch, void, undefined> {
  const drops = await droppedPositions(run, dropped, batchBytes);
  for (const extent of eachExtent(extents)) {
    const out = drops.get(extent.split);
    for await (const batch of readRecordRun(run, extent, batchBytes, allocate)) {
      const { memory, starts } = batch;
      yield out
        ? new RecordBatch(
            memory,
            starts.filter(at => !out.has(memory.positionAt(at))),
          )
        : batch;
    }
  }
}

/** Positions of dropped records by split; a dropped record has the split as its key. */
async function droppedPositions(
  run: Store,
  dropped: RecordExtents,
  batchBytes: number,
): Promise<Map<number, Set<number>>> {
  const drops = new Map<number, Set<number>>();
  for (const extent of eachExtent(dropped)) {
    for await (const batch of readRecordRun(run, extent, batchBytes)) {
      for (const { key, position } of batch.records()) {
        const split = Number(key);
        const positions = drops.get(split) ?? new Set();
        drops.set(split, positions.add(position));
      }
    }
  }
  return drops;
}

/**
 * The system of a record in memory of a run, from which it goes on reading. The record is parsed only if the scan has
 * not found enough.
 */
export function storedSystem(memory: RecordMemory, at: number): KeptSystem {
  const { bytes, view } = memory;
  const row = memory.findingsAt(at);
  if (!isSurveyed(view, row)) return systemOf(new StoredRecord(memory, at));
  return new ScannedSystem(view, row, bytes, memory.jsonAt(at), at + memory.sizeAt(at));
}

/** The system of a record, which `map` has accepted. */
export function systemOf({ bytes, key, region, position }: SpilledRecord): KeptSystem {
  const outcome = normaliseAgain({
    bytes,
    location: { file: 'a run of records', input: 0, offset: position, line: 0, column: 0 },
    ...(key !== undefined && { key }),
    ...(region !== undefined && { region }),
  });
  if (outcome.kind !== 'system')
    throw new Error(`record ${position} was accepted once and is not now: ${outcome.kind}`);
  return Object.assign(outcome.system, { counts: outcome.counts, facets: [] });
}
