/** Encodes the rows of a chunk and of its detail files: by objects in JavaScript, or by the engine from JSON. */
import { weightOf } from '#format/columns/values.ts';
import type { JsonObject } from '#format/json.ts';
import { jsonText } from '#format/json-text.ts';
import { packChunk } from '#format/octree/chunk.ts';
import { packDetails } from '#format/octree/details.ts';
import { splitFields } from '#format/octree/record-fields.ts';
import type { Packable } from '#format/pack.ts';
import type { System } from '#format/system.ts';
import { packChunkOf, packDetailsOf } from '#pipeline/engine/engine.ts';

/** The JSON of a record whose fields are those of its system, in the same order. */
export class RecordJson {
  readonly source: Buffer;
  /** Where it begins and ends in the source. */
  readonly start: number;
  readonly end: number;
  /** Weight of its details. */
  readonly weight: number;

  constructor(source: Buffer, start: number, end: number, weight: number) {
    this.source = source;
    this.start = start;
    this.end = end;
    this.weight = weight;
  }

  get bytes(): Uint8Array {
    return this.source.subarray(this.start, this.end);
  }
}

export interface EncodableSystem extends System {
  /** The engine encodes the system from it, without reading its fields. Fields of other systems are written as JSON. */
  readonly json?: RecordJson | undefined;
}

/** The rows of a chunk; contents of files are as `FileSink.put` takes them. */
export interface EncodedRows {
  /** Weight of the details of each row. */
  readonly weights: readonly number[];
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
    weights: fields.map(({ details }) => weightOf(details)),
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
  /** Of systems whose fields must be written as JSON. */
  const splits = systems.map(system =>
    system.json && summary.size === 0 ? undefined : splitFields(system, summary),
  );
  const records = systems.map(({ json, derived }, i) => ({
    json: jsonOf(splits[i]?.details) ?? json!,
    derived,
  }));
  let objects: EncodedRows | undefined;
  const reference = () => {
    objects ??= encodeObjects(systems, summary);
    return objects;
  };
  return {
    weights: records.map(({ json }) => json.weight),
    chunk() {
      if (summary.size === 0) return packChunkOf(systems) ?? reference().chunk();
      return packChunk(
        systems,
        splits.map(split => split!.summary),
      );
    },
    details: (start, end) => packDetailsOf(records.slice(start, end)) ?? reference().details(start, end),
  };
};

function jsonOf(details: JsonObject | undefined): RecordJson | undefined {
  if (!details) return undefined;
  const bytes = Buffer.from(jsonText(details));
  return new RecordJson(bytes, 0, bytes.length, weightOf(details));
}
