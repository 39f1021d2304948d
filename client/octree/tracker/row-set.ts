/** The rows that a loop over a row tracker knows of. */
import { distance } from '#format/geometry/cell.ts';
import type { JsonObject } from '#format/json.ts';
import { compareText } from '#format/utf8.ts';
import type { Piece } from './piece.ts';
import type { ShownPieces } from './piece-changes.ts';
import type { TrackedPoint } from './tracker-core.ts';

/** Rows in columns: element i of each column belongs to the same system. */
export interface TrackedRows {
  readonly length: number;
  /**
   * A number from 0 to `maxVisible - 1` that belongs to the row until it is removed: its place in buffers of yours. The
   * lowest free ones are used.
   */
  readonly slot: Uint32Array;
  readonly id: readonly string[];
  readonly name: readonly string[];
  readonly region: readonly string[];
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly z: Float64Array;
  /** Fields of the records that the set was built with as `summary`; absent if the rows have none. */
  readonly fields?: readonly JsonObject[];
}

/** Rows that came near a viewer or left since the change before. Apply `removed` first: `added` may use its slots. */
export interface RowChange {
  readonly removed: Pick<TrackedRows, 'length' | 'slot' | 'id'>;
  readonly added: TrackedRows;
  /** Whether all that the last update wants is there, except files that failed. */
  readonly settled: boolean;
}

/** Where the viewer is; shared by all loops. */
export interface RowView {
  position: TrackedPoint | undefined;
  /** Centre of the last search. */
  centre: TrackedPoint | undefined;
  /** Radius of a search. */
  readonly searched: number;
  /** Distance from the viewer beyond which rows leave. */
  readonly keep: number;
  readonly maxVisible: number;
}

/** A row that a loop knows of. */
interface Row {
  readonly id: string;
  readonly at: TrackedPoint;
  readonly slot: number;
}

/** A row of a piece, near the centre of a search. */
interface Candidate {
  readonly id: string;
  readonly piece: Piece;
  readonly row: number;
  readonly distance: number;
}

export class RowSet {
  readonly #view: RowView;
  readonly #rows = new Map<string, Row>();
  #shown: ShownPieces | undefined;
  #centre: TrackedPoint | undefined;
  #position: TrackedPoint | undefined;
  /** Whether a row has left that the search found: the viewer may return to it. */
  #hasLeft = false;
  #isSettled = false;

  constructor(view: RowView) {
    this.#view = view;
  }

  /** The changes since the last call; undefined if there are none. */
  change(shown: ShownPieces, isSettled: boolean): RowChange | undefined {
    const { position, centre } = this.#view;
    if (!position || !centre) return undefined;
    const removed: Row[] = [];
    const added: Candidate[] = [];
    const isMoved = position !== this.#position;
    if (isMoved) this.#removeFar(position, removed);
    if (shown !== this.#shown || centre !== this.#centre || (isMoved && this.#hasLeft)) {
      this.#hasLeft = false;
      this.#addNear(shown, centre, position, added, removed);
    }
    const hasChanged = removed.length > 0 || added.length > 0 || isSettled !== this.#isSettled;
    this.#shown = shown;
    this.#centre = centre;
    this.#position = position;
    this.#isSettled = isSettled;
    if (!hasChanged) return undefined;
    return { removed: removedColumns(removed), added: this.#take(added), settled: isSettled };
  }

  #removeFar(position: TrackedPoint, removed: Row[]): void {
    for (const row of this.#rows.values()) {
      if (distanceOf(row.at, position) <= this.#view.keep) continue;
      this.#remove(row, removed);
      this.#hasLeft = true;
    }
  }

  #remove(row: Row, removed: Row[]): void {
    this.#rows.delete(row.id);
    removed.push(row);
  }

  /** Adds the rows that the search found and, if they are too many, removes the farthest of those before. */
  #addNear(
    shown: ShownPieces,
    centre: TrackedPoint,
    position: TrackedPoint,
    added: Candidate[],
    removed: Row[],
  ): void {
    const { keep, maxVisible } = this.#view;
    const found = this.#candidates(shown, centre);
    const wanted = new Set(found.map(({ id }) => id));
    for (const candidate of found) {
      if (this.#rows.has(candidate.id)) continue;
      if (distanceOf(pointOf(candidate), position) <= keep) added.push(candidate);
      else this.#hasLeft = true;
    }
    const excess = this.#rows.size + added.length - maxVisible;
    if (excess <= 0) return;
    // All that were found fit, so there are enough others.
    const others = [...this.#rows.values()]
      .filter(({ id }) => !wanted.has(id))
      .map(row => ({ row, distance: distanceOf(row.at, position) }))
      .sort((a, b) => b.distance - a.distance);
    for (const { row } of others.slice(0, excess)) this.#remove(row, removed);
  }

  /** The rows within the radius of the search, at most `maxVisible`: the nearest. */
  #candidates(shown: ShownPieces, centre: TrackedPoint): Candidate[] {
    const { searched, maxVisible } = this.#view;
    const found: Candidate[] = [];
    for (const { piece, ranges } of shown.values()) {
      for (const { start, end } of ranges) {
        for (let row = start; row < end; row++) {
          const away = distance(
            piece.x[row]! - centre[0],
            piece.y[row]! - centre[1],
            piece.z[row]! - centre[2],
          );
          if (away <= searched) found.push({ id: piece.id[row]!, piece, row, distance: away });
        }
      }
    }
    if (found.length <= maxVisible) return found;
    return found.sort((a, b) => a.distance - b.distance || compareText(a.id, b.id)).slice(0, maxVisible);
  }

  /** The columns of rows that are added; gives them slots. */
  #take(added: readonly Candidate[]): TrackedRows {
    // Slots of removed rows are free from now on.
    const used = new Set(Array.from(this.#rows.values(), ({ slot }) => slot));
    let slot = 0;
    const slots = Uint32Array.from(added, candidate => {
      while (used.has(slot)) slot++;
      const { id } = candidate;
      this.#rows.set(id, { id, at: pointOf(candidate), slot });
      return slot++;
    });
    const column = <T>(at: (piece: Piece, row: number) => T): T[] =>
      added.map(({ piece, row }) => at(piece, row));
    const hasFields = added.some(({ piece }) => piece.fields);
    return {
      length: added.length,
      slot: slots,
      id: added.map(({ id }) => id),
      name: column((piece, row) => piece.name[row]!),
      region: column((piece, row) => piece.region[row]!),
      x: Float64Array.from(added, ({ piece, row }) => piece.x[row]!),
      y: Float64Array.from(added, ({ piece, row }) => piece.y[row]!),
      z: Float64Array.from(added, ({ piece, row }) => piece.z[row]!),
      ...(hasFields && { fields: column((piece, row) => piece.fields?.[row] ?? {}) }),
    };
  }
}

function removedColumns(rows: readonly Row[]): RowChange['removed'] {
  return {
    length: rows.length,
    slot: Uint32Array.from(rows, ({ slot }) => slot),
    id: rows.map(({ id }) => id),
  };
}

function pointOf({ piece: { x, y, z }, row }: Candidate): TrackedPoint {
  return [x[row]!, y[row]!, z[row]!];
}

export function distanceOf(a: TrackedPoint, b: TrackedPoint): number {
  return distance(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}
