/** Changes previews and the overview: by their stored rows where these decide, else from the samples of the nodes below. */
import type { FacetRow } from '#format/facets/facet-extractor.ts';
import { compareSamples } from '#format/octree/sample.ts';
import { firstSamples, sampleParts } from './first-samples.ts';
import type { NodeReader } from './node-reader.ts';
import { type Sample, type SampleFiles, samplesOf, writePreview } from './previews.ts';
import type { CountedSystem, SetContext } from './set-context.ts';
import type { StoredNode } from './stored-node.ts';

/** An edit of the systems that a sample is taken of. */
export interface SampleEdit {
  readonly removed: readonly CountedSystem[];
  readonly added: readonly CountedSystem[];
  /** Whether the sample had all systems. */
  readonly isComplete?: boolean;
}

export class SampleEditor {
  readonly #reader: NodeReader;
  readonly #context: SetContext;

  constructor(reader: NodeReader, context: SetContext) {
    this.#reader = reader;
    this.#context = context;
  }

  /**
   * The sample of a node after an edit; undefined for 0 rows.
   * @param sample the one before, if there was one
   * @param nodes the new nodes that have its systems
   */
  async edited(
    sample: SampleFiles | undefined,
    edit: SampleEdit,
    rows: number,
    nodes: readonly StoredNode[],
  ): Promise<SampleFiles | undefined> {
    if (rows === 0 || !sample) return this.first(rows, nodes);
    const stored = await this.#reader.preview(sample);
    const last = stored.at(-1)!;
    const gone = new Set(edit.removed.map(({ id }) => id));
    // A system that comes after the last row may come after others that the sample does not have.
    const added = samplesOf(edit.added, this.#context).filter(
      own => edit.isComplete || compareSamples(own, last) < 0,
    );
    const isKept = (row: { readonly id: string }) => !gone.has(row.id);
    if (added.length === 0 && stored.length === rows && stored.every(isKept)) return sample;
    const left = stored.filter(isKept).length + added.length;
    if (left < rows) return this.first(rows, nodes);
    const facets: FacetRow[] = await this.#reader.previewFacets(sample);
    const known: Sample[] = stored.map((row, i) => ({ ...row, facets: facets[i]! })).filter(isKept);
    return writePreview([...known, ...added].sort(compareSamples), rows, this.#context);
  }

  /** The first rows of some nodes in the order of samples; undefined for 0 rows. */
  async first(rows: number, nodes: readonly StoredNode[]): Promise<SampleFiles | undefined> {
    if (rows === 0) return undefined;
    const parts = await sampleParts(nodes, this.#reader);
    return writePreview(await firstSamples(parts, rows), rows, this.#context);
  }
}
