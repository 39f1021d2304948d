/** The tracker of maps: pieces in the level of detail that a view needs. */
import { checkOptions, type OptionNames } from '#client/query/options.ts';
import { checkInteger } from '#client/query/validate.ts';
import { differenceOf, type PieceChange, type ShownPieces } from './piece-changes.ts';
import {
  checkRange,
  TRACKER_OPTIONS,
  type TrackedSet,
  type Tracker,
  type TrackerOptions,
  Tracking,
} from './tracker.ts';
import type { TrackedView, TrackerCore } from './tracker-core.ts';

/** Options of `trackPieces`. */
export interface PieceTrackerOptions extends TrackerOptions {
  /** Within this distance of the position all systems are shown, in all directions; 0 by default. */
  readonly radius?: number | undefined;
  /** A sample is refined where its rows are farther apart on the picture than this many pixels; 8 by default. */
  readonly spacing?: number | undefined;
  /** Maximum number of rows that are shown; 200,000 by default. */
  readonly maxVisible?: number | undefined;
  /** Rows that are shown stay until their spacing is smaller, or their distance greater, by this factor; 1.5 by default. */
  readonly hysteresis?: number | undefined;
  /** Whether pieces have the values of facets, for colours and highlights; false by default. */
  readonly facets?: boolean | undefined;
}

const PIECE_TRACKER_OPTIONS: OptionNames<PieceTrackerOptions> = {
  ...TRACKER_OPTIONS,
  ...{ radius: 1, spacing: 1, maxVisible: 1, hysteresis: 1, facets: 1 },
};

/**
 * A tracker of pieces. Rows of different pieces that are shown are never of the same part of space, and there are no holes:
 * until the files of a part are read, a coarser piece shows its rows there.
 */
export interface PieceTracker extends Tracker<PieceChange> {
  /** Pieces that are shown, by key. */
  readonly shown: ShownPieces;
  /**
   * Tells where the viewer is. It decides what is shown, aborts reads that are not needed any more, and takes about a
   * millisecond; call it for each frame.
   * @throws ArgumentError
   */
  update(view: TrackedView): void;
}

/** The state that a loop knows of. */
interface Delivered {
  shown: ShownPieces;
  settled: boolean;
}

export class PieceTracking extends Tracking<Delivered, PieceChange> implements PieceTracker {
  /** @throws ArgumentError */
  constructor(set: TrackedSet, options: PieceTrackerOptions) {
    checkOptions(options, PIECE_TRACKER_OPTIONS);
    const { radius = 0, spacing = 8, maxVisible = 200_000, hysteresis = 1.5, facets = false } = options;
    checkRange('radius', radius, radius >= 0, '0 or more');
    checkRange('spacing', spacing, spacing > 0, 'a number of pixels above 0');
    checkRange('hysteresis', hysteresis, hysteresis >= 1, '1 or more');
    checkInteger('maxVisible', maxVisible, 1);
    super(set, options, {
      ...{ radius, spacing, hysteresis, facets, rows: maxVisible, limit: Number.POSITIVE_INFINITY },
      start: () => ({ shown: new Map(), settled: false }),
      next: changeOf,
    });
  }

  get shown(): ShownPieces {
    return this.core.shown;
  }

  update(view: TrackedView): void {
    this.core.update(view);
  }
}

function changeOf({ shown, isSettled: settled }: TrackerCore, state: Delivered): PieceChange | undefined {
  const difference = differenceOf(state.shown, shown);
  const isSame = Object.values(difference).every(pieces => pieces.length === 0);
  if (isSame && settled === state.settled) return undefined;
  Object.assign(state, { shown, settled });
  return { ...difference, settled };
}
