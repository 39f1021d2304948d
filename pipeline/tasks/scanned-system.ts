import type { FacetRow } from '#format/facets/facet-extractor.ts';
import type { JsonObject } from '#format/json.ts';
import { Survey } from '#pipeline/engine/record-scanner.ts';
import type { RecordJson } from '#pipeline/octree/row-encoder.ts';
import type { CountedSystem } from '#pipeline/octree/set-context.ts';
import { parse } from '#pipeline/source/json/parse-record.ts';

const NO_VALUES: FacetRow = [];

/** The system of a scanned record, in one object: a build has many in memory. */
export class ScannedSystem extends Survey implements CountedSystem {
  facets = NO_VALUES;

  get json(): RecordJson {
    return this;
  }

  /** The fields of the record, which is parsed to read them. */
  get fields(): JsonObject {
    if (parsed?.system !== this) parsed = { system: this, fields: this.#parse() };
    return parsed.fields;
  }

  #parse(): JsonObject {
    const location = { file: 'a run of records', input: 0, offset: this.start, line: 0, column: 0 };
    return parse(this.bytes, location).value as JsonObject;
  }
}

/**
 * The last system whose record was parsed: fields are read several times in a row. Garbage collection of objects that
 * live no longer is nearly free.
 */
let parsed: { readonly system: ScannedSystem; readonly fields: JsonObject } | undefined;
