/** Differences between the pieces that a consumer knows of and those that are shown. */
import type { Piece } from './piece.ts';
import type { ShownRange } from './selection.ts';

/** A piece, and its rows that are shown. */
export interface ShownPiece {
  readonly piece: Piece;
  /** Ascending; no two touch. */
  readonly ranges: readonly ShownRange[];
}

/** The difference between two states of a view. Apply all of it before the next frame. */
export interface PieceChange {
  /** Pieces that were not shown before. */
  readonly added: readonly ShownPiece[];
  /** Pieces that show other rows now. */
  readonly changed: readonly ShownPiece[];
  /** Pieces that are not shown any more. */
  readonly removed: readonly Piece[];
  /** Whether all that the view wants is shown, except files that failed. */
  readonly settled: boolean;
}

/** Pieces that are shown, by key. */
export type ShownPieces = ReadonlyMap<string, ShownPiece>;

/** The difference between two states. */
export function differenceOf(before: ShownPieces, after: ShownPieces): Omit<PieceChange, 'settled'> {
  const added: ShownPiece[] = [];
  const changed: ShownPiece[] = [];
  for (const [key, shown] of after) {
    const old = before.get(key);
    if (!old) added.push(shown);
    else if (!areEqual(old.ranges, shown.ranges)) changed.push(shown);
  }
  const removed = [...before].filter(([key]) => !after.has(key)).map(([, { piece }]) => piece);
  return { added, changed, removed };
}

function areEqual(a: readonly ShownRange[], b: readonly ShownRange[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ start, end, systems }, i) => {
      const other = b[i]!;
      return start === other.start && end === other.end && systems === other.systems;
    })
  );
}
