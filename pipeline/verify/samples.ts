/** Checks the samples of a valid set: previews and the overview hold systems of their subtrees, as their chunks do. */

import type { FacetRow } from '#format/facets/facet-extractor.ts';
import type { FacetFile } from '#format/facets/facet-file.ts';
import type { FacetRef } from '#format/facets/facet-page.ts';
import { pathOf } from '#format/file-ref.ts';
import { type Bounds, boundsHold } from '#format/geometry/cell.ts';
import type { JsonValue } from '#format/json.ts';
import { jsonText } from '#format/json-text.ts';
import { type Chunk, unpackChunk } from '#format/octree/chunk.ts';
import { splitFields } from '#format/octree/record-fields.ts';
import type { PreviewFile } from '#format/octree/tree-node.ts';
import { unpackValueSample } from '#format/octree/value-sample.ts';
import { type SystemRow, systemRow } from '#format/system-row.ts';
import type { CountedSystem } from '#pipeline/octree/set-context.ts';
import type { CheckedReader } from './checked-reader.ts';
import { byName } from './compare-rows.ts';
import type { FacetCheck, StatedFacets } from './facet-check.ts';

/** The rows of a sample that were not found in its subtree so far: their text by id. */
export interface OpenSample {
  readonly file: string;
  readonly rows: readonly SystemRow[];
  readonly missing: Map<string, string>;
}

export class SampleCheck {
  readonly #reader: CheckedReader;
  readonly #summary: ReadonlySet<string>;
  readonly #facets: FacetCheck;
  readonly #open = new Set<OpenSample>();

  constructor(reader: CheckedReader, summary: ReadonlySet<string>, facets: FacetCheck) {
    this.#reader = reader;
    this.#summary = summary;
    this.#facets = facets;
  }

  /**
   * Reads a sample, before the systems of its subtree are added; undefined if a file of it is invalid.
   * @param facets the facet file of its rows
   */
  async begin({ ref, rows }: PreviewFile, facets: StatedFacets): Promise<OpenSample | undefined> {
    const chunk = await this.#reader.decode(ref, unpackChunk);
    if (!chunk) return undefined;
    const file = pathOf(ref);
    if (chunk.rows !== rows) this.#reader.note(file, `has ${chunk.rows} rows, the page above states ${rows}`);
    if (facets === 'lost') return undefined;
    const values = facets && (await this.#facets.read(facets, chunk.rows));
    if (facets && !values) return undefined;
    return this.#opened(file, chunk, values);
  }

  /**
   * Reads a value sample, as `begin` reads a sample.
   * @param sample the rows of the preview or overview, which it may not have
   */
  async beginValues(ref: FacetRef, sample: OpenSample | undefined): Promise<OpenSample | undefined> {
    const found = ref && (await this.#reader.decode(ref, unpackValueSample));
    if (!found) return undefined;
    const file = pathOf(ref);
    this.#facets.checkNames(file, found.facets.columns);
    const own = this.#opened(file, found.chunk, found.facets);
    const shown = sample?.rows.find(({ id }) => own.missing.has(id));
    if (shown) this.#reader.note(file, `has "${shown.id}", which the preview beside it has`);
    return own;
  }

  #opened(file: string, chunk: Chunk, values: FacetFile | undefined): OpenSample {
    const own = Array.from({ length: chunk.rows }, (_, row) => systemRow(chunk, row));
    const missing = new Map(
      own.map((row, i) => [row.id, textOf(row, chunk.derived?.[i] ?? 0, this.#facets.valuesOf(values, i))]),
    );
    if (missing.size < own.length) this.#reader.note(file, 'has a system twice');
    const sample = { file, rows: own, missing };
    this.#open.add(sample);
    return sample;
  }

  /** A system of every subtree whose sample is open. */
  add(system: CountedSystem): void {
    for (const { missing } of this.#open) {
      const text = missing.get(system.id);
      if (text !== undefined && text === this.#textOf(system)) missing.delete(system.id);
    }
  }

  /**
   * Ends a sample.
   * @param complete whether all systems below it were added
   */
  end(sample: OpenSample, complete: boolean): void {
    this.#open.delete(sample);
    if (!complete) return;
    const [id] = sample.missing.keys();
    if (id === undefined) return;
    const rows = sample.missing.size;
    this.#reader.note(
      sample.file,
      `has ${rows} rows, or facet values of them, that no system below it has, the first of the id "${id}"`,
    );
  }

  /** Checks that the sample of each child has the rows of its parent's sample that lie in its box. */
  checkNested(parent: OpenSample, child: OpenSample, box: Bounds): void {
    const ids = new Set(child.rows.map(({ id }) => id));
    const lost = parent.rows.find(row => boundsHold(box, row.x, row.y, row.z) && !ids.has(row.id));
    if (lost)
      this.#reader.note(child.file, `lacks "${lost.id}", which the preview of the node above shows there`);
  }

  #textOf(system: CountedSystem): string {
    const { derived, facets } = system;
    return textOf({ ...system, fields: splitFields(system, this.#summary).summary }, derived, facets);
  }
}

/** Equal for equal rows; the order of summary fields does not count. */
function textOf(
  { id, name, region, x, y, z, fields = {} }: SystemRow,
  derived: number,
  facets: FacetRow,
): string {
  return jsonText([id, name, region, x, y, z, derived, byName(fields), facets as JsonValue[]]);
}
