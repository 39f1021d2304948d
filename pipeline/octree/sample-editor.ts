/**
 * Changes samples: previews and the overview with their value samples. Their stored rows decide where they can, else the
 * samples of the nodes below.
 */
import type { FacetValue } from '#format/facets/facet-value.ts';
import type { NodeFacets } from '#format/facets/node-facet.ts';
import { jsonText } from '#format/json-text.ts';
import { compareSamples, ROWS_OF_VALUE } from '#format/octree/sample.ts';
import type { Turns } from '#pipeline/store/turns.ts';
import { firstSamples } from './first-samples.ts';
import { candidateOf, type NodeReader, type SampleCandidate } from './node-reader.ts';
import { type Sample, type SampleFiles, sampleOf, writePreview } from './previews.ts';
import type { CountedSystem, SetContext } from './set-context.ts';
import type { StoredNode } from './stored-node.ts';

/** An edit of the systems that a sample is taken of. */
export interface SampleEdit {
  readonly removed: readonly CountedSystem[];
  readonly added: readonly CountedSystem[];
  /** The facets of these systems before the edit. */
  readonly facets: NodeFacets;
  /** Whether the sample had all systems. */
  readonly isComplete?: boolean;
}

/** The nodes that have the systems of a sample, and the facets of them all. */
export interface Sampled {
  readonly nodes: readonly StoredNode[];
  readonly facets: NodeFacets;
}

/** The first rows of a value in a sample. */
interface FirstOfValue {
  rows: number;
  /** Number of these rows that an edit leaves, and of rows that it adds before the last of them. */
  left: number;
  last: Sample;
}

/** For each field its values. */
type FirstsOfValues = readonly ReadonlyMap<FacetValue, FirstOfValue>[];

/** For each field the values whose first rows are not known. */
type WantedValues = readonly ReadonlySet<FacetValue>[];

export class SampleEditor {
  readonly #reader: NodeReader;
  readonly #context: SetContext;
  readonly #turns: Turns;
  /** The samples of the systems of an edit whose rows in samples, or their facets, differ. */
  #samples: ReadonlyMap<CountedSystem, Sample> = new Map();

  constructor(reader: NodeReader, context: SetContext, turns: Turns) {
    this.#reader = reader;
    this.#context = context;
    this.#turns = turns;
  }

  /** Compares the systems of an edit, once for all nodes that have them. */
  async compare({ removed, added }: Pick<SampleEdit, 'removed' | 'added'>): Promise<void> {
    const samples = new Map<CountedSystem, Sample>();
    const before = new Map(removed.map(system => [system.id, system]));
    for (const system of added) {
      const old = before.get(system.id);
      const sample = sampleOf(system, this.#context);
      if (old && textOf(sampleOf(old, this.#context)) === textOf(sample)) before.delete(system.id);
      else samples.set(system, sample);
      if (this.#turns.areDue) await this.#turns.take();
    }
    for (const system of before.values()) samples.set(system, sampleOf(system, this.#context));
    this.#samples = samples;
  }

  #differing(systems: readonly CountedSystem[]): Sample[] {
    return systems.flatMap(system => this.#samples.get(system) ?? []);
  }

  /**
   * The sample of a node after an edit; undefined for 0 rows.
   * @param sample the one before, if there was one
   */
  async edited(
    sample: SampleFiles | undefined,
    edit: SampleEdit,
    rows: number,
    sampled: Sampled,
  ): Promise<SampleFiles | undefined> {
    if (rows === 0 || !sample) return this.first(rows, sampled);
    const removed = this.#differing(edit.removed);
    const added = this.#differing(edit.added);
    if (removed.length === 0 && added.length === 0 && sample.preview.rows === rows) return sample;
    const stored = await withFacets(await this.#reader.preview(sample));
    const before = [...stored, ...(await this.#reader.valueSample(sample))];
    const gone = new Set(removed.map(({ id }) => id));
    const isLeft = ({ id }: Sample) => !gone.has(id);
    // A system that comes after the last row may come after others that the sample does not have. The last row may be
    // the system itself.
    const isKnown = (own: Sample, last: Sample) => edit.isComplete === true || compareSamples(own, last) <= 0;
    const lastStored = stored.at(-1)!;
    const first = [...stored.filter(isLeft), ...added.filter(own => isKnown(own, lastStored))];
    const known = [...before.filter(isLeft), ...added];
    const firsts = firstsOfValues(before, isLeft, sampled.facets.length);
    countKnown(firsts, added, isKnown);
    const isMissing = (field: number, value: FacetValue) => {
      if (edit.isComplete) return false;
      if (edit.facets[field]?.any) return true;
      const first = firsts[field]!.get(value);
      return first?.rows === ROWS_OF_VALUE && first.left < ROWS_OF_VALUE;
    };
    const wanted = sampled.facets.map(
      (facet, field) => new Set((facet?.values ?? []).filter(value => isMissing(field, value))),
    );
    return this.#write(known, first.length < rows, wanted, rows, sampled);
  }

  /** The first rows of some nodes in the order of samples, with their value sample; undefined for 0 rows. */
  async first(rows: number, sampled: Sampled): Promise<SampleFiles | undefined> {
    if (rows === 0) return undefined;
    const wanted = sampled.facets.map(facet => new Set(facet?.values));
    return this.#write([], true, wanted, rows, sampled);
  }

  /**
   * Writes a sample.
   * @param known rows, whose facets need not be read from the nodes
   * @param isFirstMissing whether they may lack some of the first rows
   * @param wanted values whose first rows they may lack
   */
  async #write(
    known: readonly Sample[],
    isFirstMissing: boolean,
    wanted: WantedValues,
    rows: number,
    { nodes, facets }: Sampled,
  ): Promise<SampleFiles | undefined> {
    const all = new Map<string, SampleCandidate>();
    const add = (samples: readonly SampleCandidate[]) => {
      for (const sample of samples) if (!all.has(sample.id)) all.set(sample.id, sample);
    };
    add(known.map(candidateOf));
    if (isFirstMissing) add(await firstSamples(nodes, this.#reader, rows));
    if (wanted.some(({ size }) => size > 0)) add((await this.#withValues(nodes, wanted)).map(candidateOf));
    const samples = await withFacets([...all.values()]);
    return writePreview(samples.sort(compareSamples), rows, facets, this.#context);
  }

  /** The first rows of each of some values, which all nodes list, in some nodes. */
  async #withValues(nodes: readonly StoredNode[], wanted: WantedValues): Promise<Sample[]> {
    let found: Sample[] = [];
    for (const node of nodes) {
      const facets = await this.#reader.facets(node);
      if (!wanted.some((values, field) => facets[field]?.values.some(value => values.has(value)))) continue;
      if (node.kind === 'leaf') {
        for await (const samples of this.#reader.samples(node))
          found = firstOfValues([...found, ...(await withFacets(samples))], wanted);
      } else if (node.sample) {
        found.push(...(await withFacets(await this.#reader.preview(node.sample))));
        found.push(...(await this.#reader.valueSample(node.sample)));
      } else {
        const top = node.kind === 'branch' ? await this.#reader.open(node) : node;
        found.push(...(await this.#withValues(top.kind === 'inner' ? top.children : [top], wanted)));
      }
    }
    return firstOfValues(found, wanted);
  }
}

/** @param samples before the edit, in their order */
function firstsOfValues(
  samples: readonly Sample[],
  isLeft: (sample: Sample) => boolean,
  fields: number,
): FirstsOfValues {
  const firsts = Array.from({ length: fields }, () => new Map<FacetValue, FirstOfValue>());
  for (const sample of samples) {
    const left = isLeft(sample) ? 1 : 0;
    for (const [field, own] of firsts.entries()) {
      for (const value of sample.facets[field]!) {
        const first = own.get(value);
        if (!first) own.set(value, { rows: 1, left, last: sample });
        else if (first.rows < ROWS_OF_VALUE) {
          first.rows++;
          first.left += left;
          first.last = sample;
        }
      }
    }
  }
  return firsts;
}

/** Counts added samples: an edit may add many to values that many of them have, so each is looked at once. */
function countKnown(
  firsts: FirstsOfValues,
  added: readonly Sample[],
  isKnown: (own: Sample, last: Sample) => boolean,
): void {
  for (const sample of added) {
    for (const [field, own] of firsts.entries()) {
      for (const value of sample.facets[field]!) {
        const first = own.get(value);
        if (first && isKnown(sample, first.last)) first.left++;
      }
    }
  }
}

/** The first rows of each of some values. */
function firstOfValues(rows: Sample[], wanted: WantedValues): Sample[] {
  const counts = wanted.map(values => new Map(Array.from(values, value => [value, 0])));
  return rows.sort(compareSamples).filter(({ facets }) => {
    let isFirst = false;
    for (const [field, own] of counts.entries()) {
      for (const value of facets[field]!) {
        const count = own.get(value) ?? ROWS_OF_VALUE;
        if (count === ROWS_OF_VALUE) continue;
        own.set(value, count + 1);
        isFirst = true;
      }
    }
    return isFirst;
  });
}

/** All of a sample as a string, to compare samples. */
function textOf({ rank, system, summary, facets }: Sample): string {
  const { id, name, region, x, y, z, derived } = system;
  return jsonText([rank, id, name, region, x, y, z, derived, summary, facets.map(values => [...values])]);
}

async function withFacets(candidates: readonly SampleCandidate[]): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const sample of candidates) samples.push({ ...sample, facets: await sample.facets() });
  return samples;
}
