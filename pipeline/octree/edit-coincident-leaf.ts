/**
 * Edits a leaf with more coincident systems than the chunk limit. Its cuts into chunks depend on all ids; chunks with
 * the same rows as before are kept. The systems of one new chunk are in memory, and those of chunks read for it.
 */
import { cutRun } from '#format/cut-run.ts';
import { mergeFacets, type NodeFacets } from '#format/facets/node-facet.ts';
import { compareText, hashText } from '#format/utf8.ts';
import { countsOf } from './build-cell.ts';
import { writeChunk } from './leaf-files.ts';
import type { NodeReader } from './node-reader.ts';
import type { CountedSystem, SetContext } from './set-context.ts';
import { bySpan, type StoredChunk, type StoredLeaf, type StoredSpan, storedLeaves } from './stored-node.ts';
import { addCounts } from './subtree.ts';

/** Systems that leave the leaf, and systems that enter it. */
interface LeafEdit {
  readonly removed: readonly CountedSystem[];
  readonly added: readonly CountedSystem[];
}

/** Writes the edited leaf, which must have more systems than the chunk limit. */
export async function editCoincidentLeaf(
  leaf: StoredLeaf,
  { removed, added }: LeafEdit,
  reader: NodeReader,
  context: SetContext,
): Promise<StoredLeaf> {
  const [removedBy, addedBy] = [bySpan(leaf.spans, removed), bySpan(leaf.spans, added)];
  const spans = leaf.spans.map(
    (span, i) => new EditedSpan(span, { removed: removedBy[i]!, added: addedBy[i]! }, reader),
  );
  // Only one number per system is in memory.
  const hashes: number[] = [];
  const borders = [0];
  for (const span of spans) {
    for (const id of await span.ids()) hashes.push(hashText(id));
    borders.push(hashes.length);
  }
  const weights = new Uint8Array(hashes.length).fill(1);
  const starts = cutRun(weights, context.options.chunkLimit, row => hashes[row]!);
  const chunks: StoredChunk[] = [];
  const facets: NodeFacets[] = [];
  let next = 0;
  for (const [i, start] of starts.entries()) {
    const end = starts[i + 1] ?? hashes.length;
    while (borders[next + 1]! <= start) next++;
    const span = spans[next]!;
    const isSame = span.isUnchanged && borders[next] === start && borders[next + 1] === end;
    // The first chunk of a leaf has no first id.
    if (isSame && (i === 0) === (next === 0)) {
      chunks.push(span.chunk);
      facets.push(await reader.chunkFacets(span.chunk));
      continue;
    }
    const systems: CountedSystem[] = [];
    for (let at = next; borders[at]! < end; at++) {
      const own = await spans[at]!.systems();
      const first = borders[at]!;
      for (const system of own.slice(Math.max(0, start - first), end - first)) systems.push(system);
    }
    const chunk = writeChunk([systems], i === 0 ? '' : systems[0]!.id, context);
    chunks.push(chunk);
    facets.push(...chunk.leaves);
  }
  const [less, more] = [countsOf(removed), countsOf(added)];
  const counts = addCounts(leaf.counts, {
    systems: more.systems - less.systems,
    planets: more.planets - less.planets,
    moons: more.moons - less.moons,
    stations: more.stations - less.stations,
  });
  return storedLeaves([{ bounds: leaf.bounds, counts, facets: mergeFacets(facets) }], chunks)[0]!;
}

/** A chunk of the leaf before, and the edits between its first id and that of the next one. */
class EditedSpan {
  readonly chunk: StoredChunk;
  readonly isUnchanged: boolean;
  readonly #span: StoredSpan;
  readonly #removed: ReadonlySet<string>;
  readonly #added: readonly CountedSystem[];
  readonly #reader: NodeReader;

  constructor(span: StoredSpan, { removed, added }: LeafEdit, reader: NodeReader) {
    this.chunk = span.chunk;
    this.isUnchanged = removed.length === 0 && added.length === 0;
    this.#span = span;
    this.#removed = new Set(removed.map(({ id }) => id));
    this.#added = added;
    this.#reader = reader;
  }

  /** The ids after the edits, in order. */
  async ids(): Promise<string[]> {
    const ids = await this.#reader.idsIn(this.#span);
    if (this.isUnchanged) return ids;
    const left = ids.filter(id => !this.#removed.has(id));
    if (ids.length - left.length < this.#removed.size) this.#reader.missing([...this.#removed]);
    return [...left, ...this.#added.map(({ id }) => id)].sort(compareText);
  }

  /** The systems after the edits, in order of id. */
  async systems(): Promise<CountedSystem[]> {
    const systems = await this.#reader.systemsIn(this.#span);
    if (this.isUnchanged) return systems;
    const left = systems.filter(({ id }) => !this.#removed.has(id));
    return [...left, ...this.#added].sort((a, b) => compareText(a.id, b.id));
  }
}
