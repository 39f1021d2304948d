/** Encodes the rows of a chunk and of its detail files: by objects in JavaScript, or by the engine from JSON. */
import { weightOf } from '#format/columns/values.ts';
import type { JsonObject } from '#format/json.ts';
import { jsonText } from '#format/json-text.ts';
import { packChunk } from '#format/octree/chunk.ts';
import { packDetails } from '#format/octree/details.ts';
import { splitFields } from '#format/octree/record-fields.ts';
import type { Packable } from '#format/pack.ts';
import type { System } from '#format/system.ts';
import { packChunkOf, packDetailsOf, type RecordPlace } from '#pipeline/engine/engine.ts';

/** The JSON of a record whose fields are those of its system, in the same order. */
export interface RecordJson extends RecordPlace {
  /** Weight of its details. */
  readonly weight: number;
}

export interface EncodableSystem extends System {
  /** The engine encodes the system from it, without reading its fields. Fields of other systems are written as JSON. */
  readonly json?: RecordJson | undefined;
}

/** The rows of a chunk; contents of files are as `FileSink.put` takes them. */
export interface EncodedRows {
  /** Weight of the details of each row. */
  readonly weights: Float64Array;
  chunk(): Packable;
  /** The details of the rows from `start` to `end`. */
  details(start: number, end: number): Packable;
}

/** @param summary the fields of the option `summary` */
export type RowEncoder = (systems: readonly EncodableSystem[], summary: ReadonlySet<string>) => EncodedRows;

/** The reference: encodes objects. */
export const encodeObjects: RowEncoder = (systems, summary) => {
  const fields = systems.map(system => splitFields(system, summary));
  return {
    weights: Float64Array.from(fields, ({ details }) => weightOf(details)),
    chunk: () =>
      packChunk(
        systems,
        fields.map(split => split.summary),
      ),
    details: (start, end) => packDetails(fields.slice(start, end).map(({ details }) => details)),
  };
};

/**
 * Encodes records in JSON by the engine. It writes the files of `encodeObjects`, which takes what the engine refuses.
 * Chunks with summary fields are encoded in JavaScript.
 */
export const encodeJson: RowEncoder = (systems, summary) => {
  const splits = summary.size > 0 ? systems.map(system => splitFields(system, summary)) : undefined;
  const records = systems.map((system, i) => {
    if (!splits && hasJson(system)) return system;
    const { details } = splits?.[i] ?? splitFields(system, summary);
    return { json: jsonOf(details), derived: system.derived };
  });
  let objects: EncodedRows | undefined;
  const reference = () => {
    objects ??= encodeObjects(systems, summary);
    return objects;
  };
  return {
    weights: weightsOf(records),
    chunk() {
      if (!splits) return packChunkOf(systems) ?? reference().chunk();
      return packChunk(
        systems,
        splits.map(split => split.summary),
      );
    },
    details: (start, end) => packDetailsOf(records, start, end) ?? reference().details(start, end),
  };
};

function hasJson(system: EncodableSystem): system is EncodableSystem & { readonly json: RecordJson } {
  return system.json !== undefined;
}

function jsonOf(details: JsonObject): RecordJson {
  const bytes = Buffer.from(jsonText(details));
  return { source: bytes, start: 0, end: bytes.length, weight: weightOf(details) };
}

function weightsOf(records: readonly { readonly json: RecordJson }[]): Float64Array {
  const weights = new Float64Array(records.length);
  for (let i = 0; i < weights.length; i++) weights[i] = records[i]!.json.weight;
  return weights;
}
