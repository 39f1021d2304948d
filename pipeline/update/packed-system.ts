/** Systems of edits in little memory: an update has both generations of all that change. */

import { weightOf } from '#format/columns/values.ts';
import type { FacetExtractor, FacetRow } from '#format/facets/facet-extractor.ts';
import type { JsonObject } from '#format/json.ts';
import { jsonText } from '#format/json-text.ts';
import { splitFields } from '#format/octree/record-fields.ts';
import { parseJson } from '#format/record/parse-json.ts';
import {
  type Bodies,
  bodiesOf,
  DERIVED_ID,
  DERIVED_NAME,
  DERIVED_REGION,
  type System,
} from '#format/system.ts';
import type { RecordJson } from '#pipeline/octree/row-encoder.ts';
import type { CountedSystem } from '#pipeline/octree/set-context.ts';

/** Bytes of records that are allocated together, outside of the heap. */
const SLAB_BYTES = 1 << 20;

/** Converts systems to packed ones. */
export class SystemPacker {
  readonly #facetsOf: FacetExtractor;
  readonly #summary: ReadonlySet<string>;
  #slab: Buffer = Buffer.alloc(0);
  #used = 0;

  /** @param summary fields that chunks hold beside the core columns */
  constructor(facetsOf: FacetExtractor, summary: ReadonlySet<string>) {
    this.#facetsOf = facetsOf;
    this.#summary = summary;
  }

  pack(system: System & Partial<CountedSystem>): PackedSystem {
    if (system instanceof PackedSystem) return system;
    const { summary, details } = splitFields(system, this.#summary);
    const members = [coreOf(system), summary, details].map(fields => jsonText(fields).slice(1, -1));
    const text = `{${members.filter(own => own !== '').join()}}`;
    const record = { ...this.#store(text), weight: weightOf(details) };
    const { counts = bodiesOf(system.fields), facets = this.#facetsOf(system) } = system;
    return new PackedSystem(system, counts, facets, record, !text.includes('\\'));
  }

  #store(text: string): Omit<RecordJson, 'weight'> {
    const bytes = Buffer.byteLength(text);
    if (this.#used + bytes > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(Math.max(bytes, SLAB_BYTES));
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += this.#slab.write(text, start);
    return { source: this.#slab, start, end: this.#used };
  }
}

/** A system whose record is JSON: what a set stores of it, with its fields in the order in which they are stored. */
export class PackedSystem implements CountedSystem, RecordJson {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly derived: number;
  readonly counts: Bodies;
  readonly facets: FacetRow;
  readonly source: Buffer;
  readonly start: number;
  readonly end: number;
  readonly weight: number;
  readonly #isPlain: boolean;

  /** @param isPlain whether the JSON has no escapes: the engine reads no keys with them */
  constructor(
    system: System,
    counts: Bodies,
    facets: FacetRow,
    { source, start, end, weight }: RecordJson,
    isPlain: boolean,
  ) {
    this.id = copyOf(system.id);
    this.name = copyOf(system.name);
    this.region = copyOf(system.region);
    this.x = system.x;
    this.y = system.y;
    this.z = system.z;
    this.derived = system.derived;
    this.counts = counts;
    this.facets = facets;
    this.source = source;
    this.start = start;
    this.end = end;
    this.weight = weight;
    this.#isPlain = isPlain;
  }

  get json(): RecordJson | undefined {
    return this.#isPlain ? this : undefined;
  }

  /** The fields of the record, which is parsed to read them. */
  get fields(): JsonObject {
    if (parsed?.system !== this) parsed = { system: this, fields: this.#parse() };
    return parsed.fields;
  }

  #parse(): JsonObject {
    return parseJson(this.source.toString('utf8', this.start, this.end)) as JsonObject;
  }

  /** The same system, with some fields of its record only. */
  with(fields: JsonObject): CountedSystem {
    const { id, name, region, x, y, z, derived, counts, facets } = this;
    return { id, name, region, x, y, z, derived, counts, facets, fields };
  }

  /** Whether a set stores the same of another system. */
  isSame(other: PackedSystem): boolean {
    const { id, name, region, derived, source, start, end } = other;
    return (
      this.id === id &&
      this.name === name &&
      this.region === region &&
      this.derived === derived &&
      this.source.compare(source, start, end, this.start, this.end) === 0
    );
  }
}

/** The last system whose record was parsed: fields are read several times in a row. */
let parsed: { readonly system: PackedSystem; readonly fields: JsonObject } | undefined;

/** The fields of a record that are core columns of its chunk. */
function coreOf({ id, name, region, x, y, z, derived }: System): JsonObject {
  return {
    ...((derived & DERIVED_ID) === 0 && { id }),
    ...((derived & DERIVED_NAME) === 0 && { name }),
    ...{ x, y, z },
    ...((derived & DERIVED_REGION) === 0 && { region }),
  };
}

/** A string in memory of its own: one of a file may keep its neighbours in memory. Strings of systems are well-formed. */
function copyOf(text: string): string {
  return Buffer.from(text).toString();
}
