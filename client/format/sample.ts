/**
 * Which systems stand for many: samples of a subtree that coarse views show.
 *
 * A sample is the rows that come first in one fixed order of all systems: by a field of the set's choice, if it has
 * one, then by the hash of the id. So the sample of a node is found from those of its children, whatever is drawn
 * from a coarse one is drawn from the finer one as well, and no sample depends on how the set was built.
 */
import { compareText } from './text.ts';

/** Which systems previews and the overview show. */
export interface PreviewOptions {
  /** Maximum number of rows of a node's preview. */
  readonly size: number;
  /** Numeric field that orders the systems; systems without a number come last. Null: in the order of a hash. */
  readonly field: string | null;
  /** Whether the systems with the lowest or the highest numbers come first. */
  readonly order: 'lowest' | 'highest';
}

/** Most rows of the overview, the sample of a whole set. */
export const OVERVIEW_ROWS = 4096;

/** A preview has at most one row for so many systems, so that all of them together stay a small part of the set. */
const SYSTEMS_PER_ROW = 32;

/**
 * Rows of the preview of a node with so many systems; 0 for no preview, where its leaves are read instead. All have
 * the same size: were a child's smaller, it could lack what its parent's shows.
 */
export function previewRows(systems: number, { size }: PreviewOptions): number {
  return systems < size * SYSTEMS_PER_ROW ? 0 : size;
}

/** Rows of the overview of a set of so many systems: all of a small one. */
export function overviewRows(systems: number, { size }: PreviewOptions): number {
  return Math.min(systems, OVERVIEW_ROWS, Math.max(size, Math.floor(systems / SYSTEMS_PER_ROW)));
}

/** What decides a system's place in the order of samples. */
export interface SampleKey {
  /** Number of the ranking field, its sign changed where the highest come first; Infinity for none. */
  readonly rank: number;
  /** `hashText(id)` */
  readonly hash: number;
  readonly id: string;
}

/** The place in the order of samples, for sorting. */
export function compareSamples(a: SampleKey, b: SampleKey): number {
  if (a.rank !== b.rank) return a.rank < b.rank ? -1 : 1;
  return a.hash - b.hash || compareText(a.id, b.id);
}

/** The rank that a value of the ranking field gives. */
export function rankOf(value: unknown, { order }: PreviewOptions): number {
  if (typeof value !== 'number') return Number.POSITIVE_INFINITY;
  return order === 'lowest' ? value : -value;
}
