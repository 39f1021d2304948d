/**
 * Changes previews and the overview: by their stored rows where these decide, else from the samples of the nodes below.
 */
import { compareSamples } from '#format/octree/sample.ts';
import { firstSamples, sampleParts } from './first-samples.ts';
import { candidateOf, type NodeReader, type SampleCandidate } from './node-reader.ts';
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
    const left = stored.filter(({ id }) => !gone.has(id));
    // A system that comes after the last row may come after others that the sample does not have. The last row may be
    // the system itself.
    const added = samplesOf(edit.added, this.#context).filter(
      own => edit.isComplete || compareSamples(own, last) <= 0,
    );
    if (added.length === 0 && left.length === stored.length && stored.length === rows) return sample;
    const known = [...left, ...added.map(candidateOf)].sort(compareSamples);
    if (known.length < rows) return this.first(rows, nodes, known);
    return this.#write(known, rows);
  }

  /**
   * The first rows of some nodes in the order of samples; undefined for 0 rows.
   * @param known systems whose facets need not be read from the nodes
   */
  async first(
    rows: number,
    nodes: readonly StoredNode[],
    known: readonly SampleCandidate[] = [],
  ): Promise<SampleFiles | undefined> {
    if (rows === 0) return undefined;
    const own = new Map(known.map(sample => [sample.id, sample]));
    const found = await firstSamples(await sampleParts(nodes, this.#reader), rows);
    return this.#write(
      found.map(sample => own.get(sample.id) ?? sample),
      rows,
    );
  }

  async #write(samples: readonly SampleCandidate[], rows: number): Promise<SampleFiles | undefined> {
    const first: Sample[] = [];
    for (const sample of samples.slice(0, rows)) first.push({ ...sample, facets: await sample.facets() });
    return writePreview(first, rows, this.#context);
  }
}
