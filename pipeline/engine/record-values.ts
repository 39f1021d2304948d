/** Finds facet values in the bytes of records, without parsing these. */
import {
  type FacetExtractor,
  type FacetRow,
  type FacetSource,
  facetExtractor,
  isRegion,
  MAX_SYSTEM_VALUES,
} from '#format/facets/facet-extractor.ts';
import { type FacetField, facetPath } from '#format/facets/facet-field.ts';
import type { FacetValue } from '#format/facets/facet-value.ts';
import { DERIVED_REGION } from '#format/system.ts';
import type { RecordPlace } from './engine.ts';
import { type EngineExports, newEngine, SENTINEL } from './engine-module.ts';

/** A system that may have the JSON of its record: valid, without escapes in keys, its fields those of the system. */
export interface ValueSource extends FacetSource {
  readonly json?: RecordPlace | undefined;
  readonly derived: number;
}

/** Records up to this length are read by the engine. */
const MAX_RECORD = 256 * 1024;
/** Forms of values, as in assembly/value-table.ts. */
const PLAIN = 0;
const ESCAPED = 1;
const SCALAR = 2;

const NONE: readonly FacetValue[] = [];

/**
 * Like `facetExtractor`, but the values of a system are in no order. Systems with JSON are read by the engine; those that
 * it refuses, and all others, by `facetExtractor`.
 */
export function engineExtractor(
  fields: readonly FacetField[],
  onLeftOut?: (field: number, count: number) => void,
): (system: ValueSource) => FacetRow {
  if (fields.every(({ paths }) => paths.length === 0)) {
    const row = fields.map(() => NONE);
    return () => row;
  }
  const reference: FacetExtractor = facetExtractor(fields, onLeftOut);
  let values: RecordValues | undefined;
  return system => {
    const { json } = system;
    if (!json) return reference(system);
    values ??= recordValues(fields);
    return values.of(system, json) ?? reference(system);
  };
}

/** Readers of values that a thread keeps for its next tasks: facets and listings have one each. */
const MOST_KEPT = 2;
const kept = new Map<string, RecordValues>();

/** A reader has megabytes of memory: with one for each task, small builds spend a third of their time on collecting it. */
function recordValues(fields: readonly FacetField[]): RecordValues {
  const key = JSON.stringify(fields);
  const values = kept.get(key) ?? new RecordValues(fields);
  // The one that was used last comes last.
  kept.delete(key);
  kept.set(key, values);
  for (const oldest of kept.keys()) if (kept.size > MOST_KEPT) kept.delete(oldest);
  return values;
}

class RecordValues {
  readonly #engine: EngineExports;
  readonly #fields: number;
  /** Fields that have the region of a system among their paths. */
  readonly #regions: readonly number[];
  readonly #memory: Buffer;
  /** Where records are written in the memory. */
  readonly #record: number;
  readonly #counts: Uint32Array;
  readonly #lists: readonly Uint32Array[];
  /** For each number of the engine the distinct values that it stands for. */
  #values: (readonly FacetValue[])[] = [];
  /** For each number whether it stands for one value, which no other number stands for. */
  #single: boolean[] = [];

  constructor(fields: readonly FacetField[]) {
    const engine = newEngine();
    const { memory } = engine;
    engine.reset();
    this.#engine = engine;
    this.#fields = fields.length;
    this.#regions = addPaths(fields, engine);
    this.#record = engine.allocate(MAX_RECORD + SENTINEL);
    engine.beginValues();
    engine.beginResults();
    // Memory does not grow from here on.
    this.#memory = Buffer.from(memory.buffer);
    this.#counts = new Uint32Array(memory.buffer, engine.countsAt(), fields.length);
    this.#lists = fields.map(
      (_, field) => new Uint32Array(memory.buffer, engine.listAt(field), MAX_SYSTEM_VALUES),
    );
  }

  /** The values of a system; undefined if the engine refuses it. */
  of({ region, derived }: ValueSource, json: RecordPlace): FacetRow | undefined {
    if (json.end - json.start > MAX_RECORD || !this.#find(json)) return undefined;
    const row = new Array<readonly FacetValue[]>(this.#fields);
    for (let field = 0; field < this.#fields; field++) row[field] = this.#valuesOf(field);
    // The region of a record that has none.
    if ((derived & DERIVED_REGION) !== 0)
      for (const field of this.#regions) row[field] = [...new Set([...row[field]!, region])];
    for (let field = 0; field < row.length; field++)
      if (row[field]!.length > MAX_SYSTEM_VALUES) return undefined;
    return row;
  }

  #find(json: RecordPlace): boolean {
    const start = this.#record;
    const end = start + json.source.copy(this.#memory, start, json.start, json.end);
    this.#memory.fill(0, end, end + SENTINEL);
    const { findValues, isTableFull, valueCount } = this.#engine;
    if (!findValues(start, end)) {
      if (!isTableFull()) return false;
      this.#forget();
      if (!findValues(start, end)) return false;
    }
    const count = valueCount();
    try {
      for (let number = this.#values.length; number < count; number++) this.#read(number);
    } catch (error) {
      // A later record must not meet the value that cannot be read.
      this.#forget();
      throw error;
    }
    return true;
  }

  #forget(): void {
    this.#engine.clearValues();
    this.#values = [];
    this.#single = [];
  }

  #valuesOf(field: number): readonly FacetValue[] {
    const count = this.#counts[field]!;
    const numbers = this.#lists[field]!;
    if (count === 0) return NONE;
    if (count === 1) return this.#values[numbers[0]!]!;
    const values = new Array<FacetValue>(count);
    for (let i = 0; i < count; i++) {
      const number = numbers[i]!;
      if (!this.#single[number]) return this.#mixed(numbers.subarray(0, count));
      values[i] = this.#values[number]![0]!;
    }
    return values;
  }

  /** The distinct values of some numbers; two numbers may stand for the same value. */
  #mixed(numbers: Uint32Array): FacetValue[] {
    return [...new Set([...numbers].flatMap(number => this.#values[number]!))];
  }

  /** Adds the values of the next number. */
  #read(number: number): void {
    const { valueAt, valueLength, valueForm } = this.#engine;
    const at = valueAt(number);
    const text = Buffer.from(this.#memory.buffer, at, valueLength(number)).toString();
    const form = valueForm(number);
    if (form === PLAIN) this.#values.push([text]);
    else if (form === SCALAR) this.#values.push([scalar(text)]);
    else {
      const string = JSON.parse(`"${text}"`) as string;
      const parts = form === ESCAPED ? string.split(', ') : [string];
      this.#values.push([...new Set(parts.filter(part => part !== ''))]);
    }
    this.#single.push(form === PLAIN || (form === SCALAR && text === String(this.#values[number]![0])));
  }
}

/** A number or a boolean. */
function scalar(text: string): FacetValue {
  const value = JSON.parse(text) as number | boolean;
  return typeof value === 'number' ? value + 0 : value;
}

/** Writes paths to the memory of an engine. Returns the fields that have the region of a system among their paths. */
function addPaths(
  fields: readonly FacetField[],
  { memory, allocate, beginPaths, addKey, endPath, endWritten }: EngineExports,
): number[] {
  const root = beginPaths(fields.length);
  const regions: number[] = [];
  const childOf = (node: number, key: string) => {
    const bytes = Buffer.from(key);
    const at = allocate(bytes.length + SENTINEL);
    new Uint8Array(memory.buffer).set(bytes, at);
    return addKey(node, at, bytes.length);
  };
  fields.forEach(({ paths }, field) => {
    for (const path of paths.map(facetPath)) {
      const { text, steps }: { text: string; steps: readonly string[] } = path;
      const ofRegion = isRegion(path);
      if (ofRegion) regions.push(field);
      else if (text !== steps[0]) endWritten(childOf(root, text));
      // A record that the engine reads has no key with half a surrogate pair.
      if (steps.every(step => step.isWellFormed())) endPath(steps.reduce(childOf, root), field, ofRegion);
    }
  });
  return regions;
}
