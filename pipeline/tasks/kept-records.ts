/** Reads the records of buckets without dropped records. */
import type { JsonObject } from '#format/json.ts';
import type { Bodies } from '#format/system.ts';
import { type Survey, surveyOf } from '#pipeline/engine/record-scanner.ts';
import { RecordJson } from '#pipeline/octree/row-encoder.ts';
import type { CountedSystem } from '#pipeline/octree/set-context.ts';
import { parse } from '#pipeline/source/json/parse-record.ts';
import { normaliseAgain } from '#pipeline/source/normalise-record.ts';
import type { SourceLocation } from '#pipeline/source/source-types.ts';
import { eachExtent, type RecordExtents } from '#pipeline/spill/record-extents.ts';
import { readRecordRun } from '#pipeline/spill/record-runs.ts';
import { type SpilledRecord, StoredRecord } from '#pipeline/spill/spilled-record.ts';
import type { Store } from '#pipeline/store/store.ts';

interface Stored {
  readonly extents: RecordExtents;
  readonly dropped: RecordExtents;
}

/** The records, in batches of about `batchBytes` bytes. */
export async function* keptRecords(
  run: Store,
  { extents, dropped }: Stored,
  batchBytes: number,
): AsyncGenerator<SpilledRecord[], void, undefined> {
  const drops = await droppedPositions(run, dropped, batchBytes);
  for (const extent of eachExtent(extents)) {
    const out = drops.get(extent.split);
    for await (const records of readRecordRun(run, extent, batchBytes))
      yield out ? records.filter(({ position }) => !out.has(position)) : records;
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

/** The system of a record, which `map` has accepted; it is parsed only if the scan has not found enough. */
export function spilledSystem(record: SpilledRecord): Omit<CountedSystem, 'facets'> {
  const { findings } = record;
  if (!findings) return systemOf(record);
  const [source, start, end] =
    record instanceof StoredRecord
      ? [record.memory.bytes, record.start, record.end]
      : [record.bytes, 0, record.bytes.length];
  const survey = surveyOf(findings, source, start);
  if (!survey) return systemOf(record);
  return new SurveyedSystem(record, survey, new RecordJson(source, start, end, survey.weight));
}

/** A system whose record is parsed when its fields are read. */
class SurveyedSystem implements Omit<CountedSystem, 'facets'> {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly derived: number;
  readonly counts: Bodies;
  readonly json: RecordJson;
  readonly #record: SpilledRecord;

  constructor(record: SpilledRecord, { id, name, region, derived, counts }: Survey, json: RecordJson) {
    this.id = id;
    // FORMAT.md, section 19. `map` takes a scanned record with keys around it only if it has its own name and region.
    this.name = name ?? id;
    this.region = region ?? 'Unknown';
    this.x = record.x;
    this.y = record.y;
    this.z = record.z;
    this.derived = derived;
    this.counts = counts;
    this.json = json;
    this.#record = record;
  }

  get fields(): JsonObject {
    return parsedFields(this.#record);
  }
}

/**
 * The last record that was parsed: fields are read several times in a row. Garbage collection of objects that live
 * no longer is nearly free.
 */
let parsed: { readonly record: SpilledRecord; readonly fields: JsonObject } | undefined;

/** The fields of a plain record, which are those of its JSON. */
function parsedFields(record: SpilledRecord): JsonObject {
  if (parsed?.record !== record)
    parsed = { record, fields: parse(record.bytes, locationOf(record)).value as JsonObject };
  return parsed.fields;
}

/** The system of a record, which `map` has accepted. */
export function systemOf(record: SpilledRecord): Omit<CountedSystem, 'facets'> {
  const { bytes, key, region, position } = record;
  const outcome = normaliseAgain({
    bytes,
    location: locationOf(record),
    ...(key !== undefined && { key }),
    ...(region !== undefined && { region }),
  });
  if (outcome.kind !== 'system')
    throw new Error(`record ${position} was accepted once and is not now: ${outcome.kind}`);
  return Object.assign(outcome.system, { counts: outcome.counts });
}

function locationOf({ position }: SpilledRecord): SourceLocation {
  return { file: 'a run of records', input: 0, offset: position, line: 0, column: 0 };
}
