/** Names over the map: of the nearest systems, and of regions from afar. */
import type { MapPiece } from '#client/viewer/data/star-pieces.ts';
import { charactersOf, shortName } from './label-text.ts';
import type { Layer } from './stage.ts';
import type { Projected, View } from './view.ts';

export interface RegionLabel {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly z: number;
  /** Distance from its centre within which most of its systems are. */
  readonly radius: number;
}

interface PlacedLabel {
  readonly text: string;
  readonly kind: 'system' | 'region';
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** A system that may have a name. */
interface Candidate {
  readonly piece: MapPiece['piece'];
  readonly row: number;
  /** The greatest come first. */
  readonly score: number;
}

const MOST = 26;
/** Seconds between two choices of names; their places are new in each frame. */
const PAUSE = 0.2;
/** Pieces are searched for names while they have no more rows together. */
const MOST_ROWS = 60_000;
/** A system has a name if its neighbours are at least this many pixels away. */
const MIN_PIXELS = 30;

export class Labels implements Layer {
  readonly element = document.createElement('div');
  readonly #pieces: () => readonly MapPiece[];
  readonly #regions: readonly RegionLabel[];
  #isNamed: (region: string) => boolean = () => true;
  /** Id of a system that has a name of its own on the map. */
  #marked: string | undefined;
  #placed: { readonly label: PlacedLabel; readonly element: HTMLElement }[] = [];
  #chosenAt = Number.NEGATIVE_INFINITY;
  #isStale = true;
  /** Revision of the view in which the names have their places. */
  #seen = -1;

  constructor(pieces: () => readonly MapPiece[], regions: readonly RegionLabel[]) {
    this.#pieces = pieces;
    this.#regions = regions;
    this.element.className = 'labels';
    this.element.setAttribute('aria-hidden', 'true');
  }

  /** Names only some regions. */
  nameOnly(isNamed: (region: string) => boolean): void {
    this.#isNamed = isNamed;
    this.#isStale = true;
  }

  /** Names no system of this id: a marker has its name. */
  leaveOut(id: string | undefined): void {
    this.#marked = id;
    this.#isStale = true;
  }

  /** Other systems are shown than before. */
  refresh(): void {
    this.#isStale = true;
  }

  frame(view: View, now: number): boolean {
    const hasMoved = view.revision !== this.#seen;
    this.#seen = view.revision;
    this.#isStale ||= hasMoved;
    const isDue = this.#isStale && now - this.#chosenAt >= PAUSE;
    if (isDue) {
      this.#choose(view);
      this.#chosenAt = now;
      this.#isStale = false;
    }
    if (hasMoved || isDue) this.#move(view);
    return this.#isStale;
  }

  #move(view: View): void {
    const out: Projected = { x: 0, y: 0, depth: 0 };
    for (const { label, element } of this.#placed) {
      view.project(label.x, label.y, label.z, out);
      element.hidden = !view.isShown(out, 40);
      if (!element.hidden)
        element.style.transform = `translate(${out.x.toFixed(1)}px, ${out.y.toFixed(1)}px)`;
    }
  }

  #choose(view: View): void {
    const out: Projected = { x: 0, y: 0, depth: 0 };
    const taken: { left: number; top: number; width: number }[] = [];
    const chosen: PlacedLabel[] = [];
    for (const label of [...this.#nearSystems(view), ...this.#farRegions(view)]) {
      if (chosen.length >= MOST) break;
      view.project(label.x, label.y, label.z, out);
      if (!view.isShown(out, -4)) continue;
      const isRegion = label.kind === 'region';
      const width = charactersOf(label.text) * (isRegion ? 8.5 : 6.6) + 12;
      // As the styles place them: a region's name around its middle, a system's name above it.
      const left = isRegion ? out.x - width / 2 : out.x;
      const top = isRegion ? out.y - 9 : out.y - 20;
      const isFree = taken.every(
        other =>
          Math.abs(other.top - top) > 17 || left > other.left + other.width || other.left > left + width,
      );
      if (!isFree) continue;
      taken.push({ left, top, width });
      chosen.push(label);
    }
    this.#place(chosen);
  }

  /** Systems with room around them: the nearest first, or the largest if the set has ranks. */
  #nearSystems(view: View): PlacedLabel[] {
    const { eye, pixels } = view;
    const out: Projected = { x: 0, y: 0, depth: 0 };
    let found: Candidate[] = [];
    let least = Number.NEGATIVE_INFINITY;
    const near = this.#pieces()
      .map(held => ({ ...held, apart: distanceTo(held, eye) }))
      .sort((a, b) => a.apart - b.apart);
    let rows = 0;
    for (const { piece, ranges, spreads, sizes } of near) {
      if (rows > MOST_ROWS) break;
      const { x, y, z } = piece;
      for (const { start, end } of ranges) {
        rows += end - start;
        for (let row = start; row < end; row++) {
          const dx = x[row]! - eye.x;
          const dy = y[row]! - eye.y;
          const dz = z[row]! - eye.z;
          const squared = dx * dx + dy * dy + dz * dz;
          const room = (spreads[row]! * pixels) / MIN_PIXELS;
          if (room * room < squared) continue;
          const score = sizes ? (room / Math.sqrt(squared)) * sizes[row]! ** 3 : -squared;
          if (score <= least || !view.isShown(view.project(x[row]!, y[row]!, z[row]!, out), -4)) continue;
          if (piece.id[row] === this.#marked) continue;
          found.push({ piece, row, score });
          if (found.length < MOST * 40) continue;
          found = found.sort(byScore).slice(0, MOST * 10);
          least = found.at(-1)!.score;
        }
      }
    }
    return found.sort(byScore).map(({ piece: { name, x, y, z }, row }) => {
      return { text: shortName(name[row]!), kind: 'system', x: x[row]!, y: y[row]!, z: z[row]! };
    });
  }

  /** Regions that are seen as a whole, the largest first. */
  #farRegions(view: View): PlacedLabel[] {
    const out: Projected = { x: 0, y: 0, depth: 0 };
    return this.#regions.flatMap(({ name, x, y, z, radius }) => {
      if (!this.#isNamed(name)) return [];
      view.project(x, y, z, out);
      const size = (radius / out.depth) * view.pixels;
      return out.depth > 0 && size > 14 && size < view.width * 0.6
        ? [{ text: shortName(name), kind: 'region' as const, x, y, z }]
        : [];
    });
  }

  #place(labels: readonly PlacedLabel[]): void {
    const before = new Map(this.#placed.map(held => [keyOf(held.label), held]));
    this.#placed = labels.map(label => {
      const held = before.get(keyOf(label));
      before.delete(keyOf(label));
      if (held) return held;
      const element = document.createElement('span');
      element.className = label.kind;
      element.textContent = label.text;
      this.element.append(element);
      return { label, element };
    });
    for (const { element } of before.values()) element.remove();
  }
}

function keyOf({ kind, text, x, y, z }: PlacedLabel): string {
  return `${kind} ${text} ${x} ${y} ${z}`;
}

function byScore(a: Candidate, b: Candidate): number {
  return b.score - a.score;
}

/** Distance from a point to the box of a piece. */
function distanceTo({ piece: { bounds } }: MapPiece, point: View['eye']): number {
  if (!bounds) return Number.POSITIVE_INFINITY;
  const { min, max } = bounds;
  return Math.hypot(
    ...point.toArray().map((value, axis) => Math.max(0, min[axis]! - value, value - max[axis]!)),
  );
}
