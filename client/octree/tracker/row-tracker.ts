/** The tracker of applications: the rows within a radius. */
import { checkOptions, type OptionNames } from '#client/query/options.ts';
import { checkInteger, checkPoint } from '#client/query/validate.ts';
import { isCoordinate } from '#format/geometry/cell.ts';
import { distanceOf, type RowChange, RowSet, type RowView } from './row-set.ts';
import {
  checkRange,
  TRACKER_OPTIONS,
  type TrackedSet,
  type Tracker,
  type TrackerOptions,
  Tracking,
} from './tracker.ts';
import type { TrackedPoint, TrackedView } from './tracker-core.ts';

/** Options of `track`. */
export interface RowTrackerOptions extends TrackerOptions {
  /** Distance within which no system may be missing. */
  readonly radius: number;
  /** Maximum number of rows: the nearest; 5,000 by default. */
  readonly maxVisible?: number | undefined;
  /** A row leaves when it is farther than the radius times this; 1.5 by default. */
  readonly hysteresis?: number | undefined;
  /**
   * A new search starts when the viewer has moved by this fraction of the radius since the last one, or by `hysteresis - 1`
   * if that is less; 0.3 by default. A search reads as much beyond the radius, so nothing is missing in between.
   */
  readonly reloadFraction?: number | undefined;
}

const ROW_TRACKER_OPTIONS: OptionNames<RowTrackerOptions> = {
  ...TRACKER_OPTIONS,
  ...{ radius: 1, maxVisible: 1, hysteresis: 1, reloadFraction: 1 },
};

/** Covers the rounding errors of sums and distances. */
const SLACK = 1 + 2 ** -40;

/** A tracker of the rows around a viewer. */
export interface RowTracker extends Tracker<RowChange> {
  /**
   * Distance from the viewer; once the tracker is settled, no nearer system is missing. It is above the radius, unless there
   * are more systems than `maxVisible`, or files failed.
   */
  readonly completeRadius: number;
  /**
   * Tells where the viewer is; takes microseconds, unless a new search starts.
   * @throws ArgumentError
   */
  update(position: TrackedPoint): void;
}

export class RowTracking extends Tracking<RowSet, RowChange> implements RowTracker {
  /** Distance that the viewer may move before the next search. */
  readonly #margin: number;
  readonly #view: RowView;
  /** The view of the last search. */
  #search: TrackedView | undefined;

  /** @throws ArgumentError */
  constructor(set: TrackedSet, options: RowTrackerOptions) {
    checkOptions(options, ROW_TRACKER_OPTIONS);
    const { radius, maxVisible = 5_000, hysteresis = 1.5, reloadFraction = 0.3 } = options;
    checkRange('radius', radius, radius > 0 && radius < Number.POSITIVE_INFINITY, 'a number above 0');
    checkRange('hysteresis', hysteresis, hysteresis >= 1, '1 or more');
    checkRange('reloadFraction', reloadFraction, reloadFraction >= 0, '0 or more');
    checkInteger('maxVisible', maxVisible, 1);
    const margin = radius * Math.min(reloadFraction, hysteresis - 1);
    const searched = (radius + margin) * SLACK;
    const view: RowView = {
      ...{ position: undefined, centre: undefined },
      ...{ searched, keep: radius * hysteresis, maxVisible },
    };
    super(set, options, {
      // Rows are kept by the loops, so pieces need not stay beyond what is searched.
      ...{ radius: searched, limit: maxVisible, hysteresis: 1 },
      ...{ spacing: 1, facets: false, rows: Number.POSITIVE_INFINITY },
      start: () => new RowSet(view),
      next: (core, rows) => rows.change(core.shown, core.isSettled),
    });
    this.#margin = margin;
    this.#view = view;
  }

  update(at: TrackedPoint): void {
    checkPoint('position', at);
    // A caller may have one array for all frames.
    const position: TrackedPoint = [at[0], at[1], at[2]];
    const { centre } = this.#view;
    this.#view.position = position;
    if (!centre || distanceOf(position, centre) > this.#margin) {
      this.#view.centre = position;
      const next = position.map((to, axis) => 2 * to - (centre ?? position)[axis]!);
      this.#search = {
        position,
        ahead: next.every(isCoordinate) ? (next as unknown as TrackedPoint) : position,
      };
    }
    this.core.update(this.#search!);
    this.notify();
  }

  get completeRadius(): number {
    const { position, centre } = this.#view;
    return position && centre ? Math.max(0, this.core.reach - distanceOf(position, centre)) : 0;
  }
}
