/**
 * Samples of subtrees, for coarse views.
 *
 * A sample has the first rows in a fixed order of all systems: by a field (an option of the set), then by the hash of
 * the id. Thus the sample of a node follows from the samples of its children, a system in a coarse sample is also in
 * the finer one, and samples do not depend on how the set was built.
 */
import { compareText } from '#format/utf8.ts';

/** Which systems previews and the overview show. */
export interface PreviewOptions {
  /** Maximum number of rows of a node's preview. */
  readonly size: number;
  /** Numeric field that orders the systems; systems without a number come last. Null: in the order of a hash. */
  readonly field: string | null;
  /** Whether the systems with the lowest or the highest numbers come first. */
  readonly order: 'lowest' | 'highest';
}

/** Maximum number of rows of the overview, the sample of the set. */
export const OVERVIEW_ROWS = 4096;

/** Number of rows of each listed value that a sample and its value sample have together, if there are so many. */
export const ROWS_OF_VALUE = 4;

/** A preview has at most one row per this many systems, so that all previews are a small part of the set. */
const SYSTEMS_PER_ROW = 32;

/**
 * Returns the number of rows of the preview of a node with `systems` systems; 0 if it has no preview, and its leaves are
 * read instead. All previews of a set have the same size, because a smaller one of a child could lack a row of its
 * parent's.
 */
export function previewRows(systems: number, { size }: PreviewOptions): number {
  return systems < size * SYSTEMS_PER_ROW ? 0 : size;
}

/** Returns the number of rows of the overview of a set with `systems` systems; a small set has all of them. */
export function overviewRows(systems: number, { size }: PreviewOptions): number {
  return Math.min(systems, OVERVIEW_ROWS, Math.max(size, Math.floor(systems / SYSTEMS_PER_ROW)));
}

/** Decides the position of a system in the order of previews. */
export interface SampleKey {
  /** Number of the ranking field, negated if the highest come first; Infinity if there is no number. */
  readonly rank: number;
  /** `hashText(id)` */
  readonly hash: number;
  readonly id: string;
}

/** Compares two systems by the order of previews: by rank, then by hash, then by id. For `sort`. */
export function compareSamples(a: SampleKey, b: SampleKey): number {
  if (a.rank !== b.rank) return a.rank < b.rank ? -1 : 1;
  return a.hash - b.hash || compareText(a.id, b.id);
}

/** Returns the rank of a value of the ranking field, for `SampleKey`. */
export function rankOf(value: unknown, { order }: PreviewOptions): number {
  if (typeof value !== 'number') return Number.POSITIVE_INFINITY;
  return order === 'lowest' ? value : -value;
}
