/** Follows a viewer through an octree: selects what is shown, and reads what is missing. */

import { ArgumentError } from '#client/errors.ts';
import { checkPlanes, type Plane } from '#client/query/convex.ts';
import type { QueryOptions } from '#client/query/types.ts';
import type { Usage } from '#client/query/usage.ts';
import { checkPoint } from '#client/query/validate.ts';
import type { HeldTree } from './held-tree.ts';
import type { Want } from './known-tree.ts';
import { isDue, type Load, Loads } from './loads.ts';
import type { ShownPiece, ShownPieces } from './piece-changes.ts';
import { type Selection, type SelectionView, select } from './selection.ts';
import type { Budget } from './selection-target.ts';

/** A position in the unit of the catalogue. */
export type TrackedPoint = readonly [x: number, y: number, z: number];

/** Where a viewer is, and what it sees. */
export interface TrackedView {
  readonly position: TrackedPoint;
  /** The convex volume in view, such as a frustum; all directions by default. Nothing is read for parts outside of it. */
  readonly planes?: readonly Plane[] | undefined;
  /**
   * Pixels of the picture per radian: its height divided by the vertical field of view. Without it nothing is shown beyond
   * the radius.
   */
  readonly pixelsPerRadian?: number | undefined;
  /**
   * Where the viewer will be soon: files for it are read after all others, into the cache. By default it is estimated from
   * the last updates.
   */
  readonly ahead?: TrackedPoint | undefined;
}

/** State of a tracker, for a meter. */
export interface TrackerStatus {
  /** Whether all that the view wants is shown, except files that failed. */
  readonly settled: boolean;
  /** Numbers of rows and pieces that are shown. */
  readonly rows: number;
  readonly pieces: number;
  /** Memory of the pieces, in bytes. */
  readonly bytes: number;
  /** Numbers of files that are being read, that wait for others, and that could not be read. */
  readonly loading: number;
  readonly waiting: number;
  readonly failed: number;
  /** True if `maxVisible` or `maxBytes` keeps the view from being finer. */
  readonly limited: boolean;
}

/** Limits of a tracker, with their defaults applied. */
export interface CoreOptions extends Omit<SelectionView, 'position' | 'planes' | 'pixelsPerRadian'> {
  readonly budget: Budget;
  readonly hasPrefetch: boolean;
  readonly concurrency: number;
  readonly usage: Usage | undefined;
  /** Opens the tree at the first view; undefined for an empty set. */
  open(view: TrackedView, query: QueryOptions): Promise<HeldTree | undefined>;
  /** Called after a selection that may differ from the one before. */
  onChange(): void;
  onError(error: unknown): void;
}

const NOTHING: Pick<Selection, 'shown' | 'rows' | 'isLimited'> = {
  shown: new Map(),
  rows: 0,
  isLimited: false,
};
/** Number of updates from which the motion is estimated, and how far ahead files are read. */
const HISTORY = 16;
const AHEAD = 2;
/** While files come in, selections take at most one part in so many of the time. */
const PARTS = 4;
/** Maximum number of files that are read ahead for a view. */
const MAX_AHEAD = 24;

export class TrackerCore {
  readonly #options: CoreOptions;
  readonly #loads: Loads;
  #view: TrackedView | undefined;
  /** The numbers of the last view: a caller may have one array for all frames. */
  #numbers: readonly number[] = [];
  readonly #history: TrackedPoint[] = [];
  #state: 'new' | 'opening' | 'open' | 'closed' = 'new';
  #tree: HeldTree | undefined;
  #selection: Pick<Selection, 'shown' | 'rows' | 'isLimited'> = NOTHING;
  #shown: ShownPieces = new Map();
  #reach = 0;
  #missing = 0;
  #isScheduled = false;
  /** When the next selection may start that only files ask for, by `performance.now()`. */
  #nextSelection = 0;
  readonly #closed = new AbortController();
  #openFailedAt: number | undefined;
  /** Files that were read ahead for this view: they may not be in the cache any more, and are not read again. */
  #aheadDone = new Set<string>();

  constructor(options: CoreOptions) {
    this.#options = options;
    this.#loads = new Loads({
      concurrency: options.concurrency,
      onEnd: () => this.#schedule(),
      onFailure: error => options.onError(error),
    });
  }

  get shown(): ShownPieces {
    return this.#shown;
  }

  /** Distance from the position within which all systems are shown once it is settled, unless a budget cuts them. */
  get reach(): number {
    return this.#reach;
  }

  get isSettled(): boolean {
    if (this.#state === 'new') return this.#openFailedAt !== undefined;
    return this.#state === 'open' && this.#missing === 0 && !this.#isScheduled;
  }

  get status(): TrackerStatus {
    const { rows, isLimited } = this.#selection;
    return {
      settled: this.isSettled,
      rows,
      pieces: this.#shown.size,
      bytes: this.#tree?.bytes ?? 0,
      loading: this.#loads.running,
      waiting: this.#loads.waiting,
      failed: this.#loads.failed,
      limited: isLimited,
    };
  }

  /** @throws ArgumentError */
  update(view: TrackedView): void {
    checkView(view);
    if (this.#state === 'closed') return;
    const [before, numbers] = [this.#numbers, numbersOf(view)];
    const isNew = numbers.length !== before.length || numbers.some((value, i) => value !== before[i]);
    this.#view = view;
    this.#numbers = numbers;
    const [x, y, z] = view.position;
    if (this.#history.push([x, y, z]) > HISTORY) this.#history.shift();
    if (this.#state === 'new' && isDue(this.#openFailedAt)) this.#open(view);
    else if (this.#state === 'open' && (isNew || this.#loads.isDue)) this.#select();
  }

  retry(): void {
    this.#loads.forgetFailures();
    if (this.#state === 'open') this.#select();
    else if (this.#state === 'new' && this.#view) this.#open(this.#view);
  }

  close(): void {
    this.#state = 'closed';
    this.#closed.abort();
    this.#loads.want([]);
    this.#tree = undefined;
    this.#shown = new Map();
  }

  async #open(view: TrackedView): Promise<void> {
    this.#state = 'opening';
    try {
      const { usage } = this.#options;
      const tree = await this.#options.open(view, { usage, signal: this.#closed.signal });
      if ((this.#state as string) === 'closed') return;
      this.#tree = tree;
      this.#state = 'open';
      this.#select();
    } catch (error) {
      if ((this.#state as string) === 'closed') return;
      this.#state = 'new';
      this.#openFailedAt = performance.now();
      this.#options.onError(error);
    }
  }

  /** Selects again soon, once for all reads that end until then: many files come in a single frame of a page. */
  #schedule(): void {
    if (this.#isScheduled || this.#state !== 'open') return;
    this.#isScheduled = true;
    const select = () => {
      this.#isScheduled = false;
      if (this.#state === 'open') this.#select();
    };
    const pause = this.#nextSelection - performance.now();
    if (pause > 0) setTimeout(select, pause);
    else queueMicrotask(select);
  }

  #select(): void {
    const [tree, view] = [this.#tree, this.#view];
    const started = performance.now();
    if (tree && view) {
      const selection = select(tree, this.#selectionView(view, view.position), this.#options.budget);
      const { shown, wants, pages, pieces, levels } = selection;
      const isNew = (want: Want) => !this.#loads.hasFailed(want.key);
      const ahead = wants.some(isNew) ? undefined : this.#selectAhead(tree, view);
      tree.keep(new Set([...pages, ...(ahead?.pages ?? [])]), pieces, levels);
      this.#selection = selection;
      const failed = wants.filter(({ key }) => this.#loads.hasFailed(key)).map(({ nearest }) => nearest);
      this.#reach = Math.min(selection.reach, ...failed);
      this.#shown = new Map<string, ShownPiece>(
        Array.from(shown, ([piece, ranges]) => [piece.key, { piece, ranges }]),
      );
      this.#loads.want([
        ...wants.map(want => this.#loadOf(tree, want)),
        ...(ahead?.wants ?? []).map(want => this.#loadAhead(tree, want)),
      ]);
      this.#missing = wants.filter(isNew).length;
    }
    this.#options.onChange();
    const ended = performance.now();
    this.#nextSelection = ended + (ended - started) * (PARTS - 1);
  }

  #selectionView({ planes, pixelsPerRadian }: TrackedView, position: TrackedPoint): SelectionView {
    const { radius, limit, spacing, hysteresis } = this.#options;
    return { position, planes, pixelsPerRadian, radius, limit, spacing, hysteresis };
  }

  /** The files that the view will need if the motion goes on. */
  #selectAhead(tree: HeldTree, view: TrackedView): Pick<Selection, 'wants' | 'pages'> | undefined {
    const [first] = this.#history;
    const ahead =
      view.ahead ??
      (view.position.map((at, axis) => at + AHEAD * (at - first![axis]!)) as unknown as TrackedPoint);
    const isMoving = ahead.some((at, axis) => at !== view.position[axis]);
    if (!this.#options.hasPrefetch || !isMoving) return undefined;
    // The planes of the view do not hold there.
    const there = this.#selectionView({ ...view, planes: undefined }, ahead);
    const { wants, pages } = select(tree, there, this.#options.budget);
    const keys = new Set(wants.map(({ key }) => key));
    this.#aheadDone = new Set([...this.#aheadDone].filter(key => keys.has(key)));
    const isNeeded = (want: Want) =>
      want.kind === 'page' || !(this.#aheadDone.has(want.key) || tree.hasCached(want));
    return { wants: wants.slice(0, MAX_AHEAD).filter(isNeeded), pages };
  }

  #loadOf(tree: HeldTree, want: Want): Load {
    const { usage } = this.#options;
    return { key: want.key, run: signal => tree.read(want, false, { usage, signal }) };
  }

  #loadAhead(tree: HeldTree, want: Want): Load {
    const { usage } = this.#options;
    return {
      // The same file may be wanted for the view while it is read ahead.
      key: `ahead ${want.key}`,
      run: async signal => {
        await tree.read(want, true, { usage, signal });
        this.#aheadDone.add(want.key);
      },
    };
  }
}

/** @throws ArgumentError */
function checkView({ position, planes, pixelsPerRadian, ahead }: TrackedView): void {
  checkPoint('position', position);
  if (planes !== undefined) checkPlanes(planes);
  if (ahead !== undefined) checkPoint('ahead', ahead);
  if (pixelsPerRadian !== undefined && !(pixelsPerRadian > 0 && pixelsPerRadian < Number.POSITIVE_INFINITY)) {
    throw new ArgumentError(`pixelsPerRadian is ${pixelsPerRadian}; give a number above 0`, {
      found: pixelsPerRadian,
    });
  }
}

function numbersOf({ position, planes = [], pixelsPerRadian = 0, ahead }: TrackedView): number[] {
  return [...position, pixelsPerRadian, planes.length, ...planes.flat(), ...(ahead ?? [])];
}
