/** All points of the map: the systems that the filters accept, and the others in grey where that is wanted. */

import { Group } from 'three';
import type { SystemRow, Tileset, Usage, Where } from '#client/index.ts';
import { Palette } from '#client/viewer/scene/palette.ts';
import type { Layer } from '#client/viewer/scene/stage.ts';
import type { View } from '#client/viewer/scene/view.ts';
import type { ColourScheme } from './colour-scheme.ts';
import { NO_VALUE } from './colours.ts';
import { FirstPicture } from './first-picture.ts';
import type { SizeOf } from './rank-sizes.ts';
import { type MapPiece, StarPieces } from './star-pieces.ts';

export interface StarFieldOptions {
  /** The overview, and the distance of each of its rows to its neighbours: for the first picture. */
  readonly sample: readonly SystemRow[];
  readonly spreads: Float32Array;
  /** Maximum number of points drawn. */
  readonly maxPoints: number;
  readonly sizeOf: SizeOf | undefined;
  readonly leastSpread: number;
  readonly maxSpread: number;
  readonly usage: Usage;
  readonly onError: (error: unknown) => void;
  /** Called when points have come or gone. */
  readonly onChange: () => void;
}

/** Which systems are shown. */
export interface StarQuery {
  readonly where: readonly Where[] | undefined;
  /** Whether systems that the filter rejects are shown in grey. */
  readonly showsOthers: boolean;
}

const GREY = '#5a6685';
/** Brightness of grey systems: below 1, so that they have no white centre. */
const GREY_STRENGTH = 0.7;
/** Share of the points that grey systems may take. */
const GREY_SHARE = 0.35;

export class StarField implements Layer {
  readonly object = new Group();
  readonly #tileset: Tileset;
  readonly #options: StarFieldOptions;
  readonly #palette = new Palette([NO_VALUE]);
  readonly #grey = new Palette([GREY]);
  #scheme: ColourScheme | undefined;
  #query: StarQuery;
  #main: StarPieces;
  #first: FirstPicture | undefined;
  #others: StarPieces | undefined;
  /** Pieces of earlier queries: shown until those of the new one are there, then until they have faded out. */
  readonly #leaving = new Map<
    StarPieces,
    { readonly next: StarPieces | undefined; closed: number | undefined }
  >();
  #view: View | undefined;
  /** Revision of the view that the trackers know. */
  #seen = -1;

  constructor(tileset: Tileset, query: StarQuery, options: StarFieldOptions) {
    this.#tileset = tileset;
    this.#options = options;
    this.#grey.set([GREY], GREY_STRENGTH);
    this.#main = this.#open(query.where, this.#palette, options.maxPoints);
    this.#query = { where: query.where, showsOthers: false };
    if (!query.where) {
      const now = performance.now() / 1000;
      this.#first = new FirstPicture(options.sample, options.spreads, this.#palette, now);
      this.object.add(this.#first.cloud.object);
    }
    if (query.showsOthers) this.show(query);
  }

  /** Shows the result of another query. */
  show(query: StarQuery): void {
    const { maxPoints } = this.#options;
    const hadOthers = this.#others !== undefined;
    const wantsOthers = query.where !== undefined && query.showsOthers;
    if (JSON.stringify(query.where) !== JSON.stringify(this.#query.where)) {
      const next = this.#open(query.where, this.#palette, maxPoints);
      this.#leaving.set(this.#main, { next, closed: undefined });
      this.#main = next;
    }
    if (wantsOthers && !hadOthers) this.#others = this.#open(undefined, this.#grey, maxPoints * GREY_SHARE);
    if (!wantsOthers && this.#others) {
      this.#leaving.set(this.#others, { next: undefined, closed: undefined });
      this.#others = undefined;
    }
    this.#query = query;
    this.#seen = -1;
    this.#options.onChange();
  }

  /** Colours the points by a field. */
  recolour(scheme: ColourScheme): void {
    const neededFacets = this.#needsFacets;
    this.#scheme = scheme;
    this.#palette.set(scheme.colours);
    this.#first?.recolour(scheme);
    // Points of earlier queries have the colour of no value until those of the new one are there.
    for (const pieces of [this.#main, ...this.#leaving.keys()]) pieces.recolour(scheme);
    if (this.#needsFacets && !neededFacets) {
      const next = this.#open(this.#query.where, this.#palette, this.#options.maxPoints);
      this.#leaving.set(this.#main, { next, closed: undefined });
      this.#main = next;
      this.#seen = -1;
    }
    this.#options.onChange();
  }

  /** Systems that can be pointed at: those that the filter accepts. */
  get pieces(): MapPiece[] {
    return this.#main.shown;
  }

  get points(): number {
    return [this.#main, this.#others, this.#first].reduce((sum, part) => sum + (part?.cloud.points ?? 0), 0);
  }

  /** Number of systems shown that the filter accepts. */
  get accepted(): number {
    return this.#main.cloud.points + (this.#first?.cloud.points ?? 0);
  }

  get status(): StarPieces['status'] {
    return this.#main.status;
  }

  /** Whether all that the view needs is shown. */
  get isSettled(): boolean {
    const isWhole = [this.#main, this.#others].every(pieces => pieces?.isSettled ?? true);
    return isWhole && this.#leaving.size === 0 && this.#first === undefined;
  }

  /** Resolves when all that the view needs is shown. */
  settled(): Promise<void> {
    return this.#main.settled();
  }

  retry(): void {
    this.#main.retry();
    this.#others?.retry();
  }

  frame(view: View, now: number): boolean {
    this.#view = view;
    const all = [this.#main, this.#others, this.#first, ...this.#leaving.keys()].filter(
      part => part !== undefined,
    );
    if (view.revision !== this.#seen) {
      this.#seen = view.revision;
      this.#main.update(view);
      this.#others?.update(view);
    }
    this.#dropLeaving(now);
    // The more points, the dimmer each: a crowd must not become a white spot.
    const crowd = (this.points / (view.width * view.height)) * 1000;
    const exposure = Math.min(1, Math.max(0.34, 1.25 * (1 + crowd) ** -0.25));
    // Many points lie behind one another: they must not cover the whole picture.
    const scale = 0.2 * Math.min(1, Math.max(0.2, (2_000 / Math.max(1, this.points)) ** 0.3));
    let isChanging = false;
    for (const { cloud } of all) {
      cloud.update(view.eye, { now, pixels: view.pixels, ratio: view.ratio, exposure, scale });
      isChanging ||= cloud.isChanging(now);
    }
    return isChanging;
  }

  get #needsFacets(): boolean {
    return this.#scheme !== undefined && this.#scheme.field !== 'region';
  }

  #open(where: StarQuery['where'], palette: Palette, maxVisible: number): StarPieces {
    const { usage, onError, onChange, sizeOf, leastSpread, maxSpread } = this.#options;
    const pieces = new StarPieces(this.#tileset, {
      ...(where && { where }),
      facets: this.#needsFacets && palette === this.#palette,
      maxVisible: Math.max(1_000, Math.floor(maxVisible)),
      usage,
      onError,
      onChange,
      sizeOf,
      leastSpread,
      maxSpread,
      palette: palette.texture,
      scheme: palette === this.#palette ? this.#scheme : undefined,
    });
    this.object.add(pieces.cloud.object);
    if (this.#view) pieces.update(this.#view);
    return pieces;
  }

  #dropLeaving(now: number): void {
    if (this.#first && this.#main.isReady && this.#first.cloud.points > 0) this.#first.close(now);
    else if (this.#first?.cloud.points === 0 && !this.#first.cloud.isChanging(now)) {
      this.object.remove(this.#first.cloud.object);
      this.#first.cloud.dispose();
      this.#first = undefined;
    }
    for (const [pieces, state] of this.#leaving) {
      if (state.closed === undefined) {
        if (state.next && !state.next.isReady) continue;
        pieces.close(now);
        state.closed = now;
      } else if (!pieces.cloud.isChanging(now)) {
        this.object.remove(pieces.cloud.object);
        pieces.cloud.dispose();
        this.#leaving.delete(pieces);
      }
    }
  }
}
