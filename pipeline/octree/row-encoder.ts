/** Encodes the rows of a chunk and of its detail files: by objects in JavaScript, or by the engine from JSON. */
import { weightOf } from '#format/columns/values.ts';
import { packChunk } from '#format/octree/chunk.ts';
import { packDetails } from '#format/octree/details.ts';
import { splitFields } from '#format/octree/record-fields.ts';
import type { Packable } from '#format/pack.ts';
import type { System } from '#format/system.ts';
import { packChunkOf, packDetailsOf } from '#pipeline/engine/engine.ts';

/** The JSON of a record whose fields are those of its system, in the same order. */
export interface RecordJson {
  readonly bytes: Uint8Array;
  /** Weight of its details. */
  readonly weight: number;
}

export interface EncodableSystem extends System {
  /** From which the engine encodes the system, without reading its fields. */
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

/** Encodes records in JSON by the engine. It writes the files of `encodeObjects`, which takes what the engine refuses. */
export const encodeJson: RowEncoder = (systems, summary) => {
  const records = systems.flatMap(({ json, derived }) => (json ? { ...json, derived } : []));
  if (records.length < systems.length || summary.size > 0) return encodeObjects(systems, summary);
  let objects: EncodedRows | undefined;
  const reference = () => {
    objects ??= encodeObjects(systems, summary);
    return objects;
  };
  return {
    weights: records.map(({ weight }) => weight),
    chunk: () => packChunkOf(systems) ?? reference().chunk(),
    details: (start, end) => packDetailsOf(records.slice(start, end)) ?? reference().details(start, end),
  };
};
