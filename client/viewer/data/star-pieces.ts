/** The pieces that a tracker shows, in a cloud of points. */

import type { DataTexture } from 'three';
import type { Tileset } from '#client/index.ts';
import { type Piece, type PieceTracker, type PieceTrackerOptions, trackPieces } from '#client/track.ts';
import { type CloudPiece, type RowRanges, StarCloud } from '#client/viewer/scene/star-cloud.ts';
import type { View } from '#client/viewer/scene/view.ts';
import type { ColourScheme } from './colour-scheme.ts';
import type { SizeOf } from './rank-sizes.ts';
import { localSpreads } from './spread.ts';

export interface StarPiecesOptions extends PieceTrackerOptions {
  readonly palette: DataTexture;
  readonly scheme: ColourScheme | undefined;
  readonly sizeOf: SizeOf | undefined;
  /** Bounds of the distance between neighbours, which the size of points follows. */
  readonly leastSpread: number;
  readonly maxSpread: number;
  /** Called when other points are shown than before. */
  readonly onChange: () => void;
}

/** A piece on the map. */
export interface MapPiece {
  readonly piece: Piece;
  readonly ranges: RowRanges;
  /** Typical distance of each row to its neighbours, times its size. */
  readonly spreads: Float32Array;
  /** Sizes by rank, if the set has ranks. */
  readonly sizes: Float32Array | undefined;
}

type DrawnPiece = CloudPiece & Pick<MapPiece, 'sizes'>;

/** Milliseconds after which the preparation of pieces pauses: a part of a frame, also on a slow device. */
const SLICE = 4;

export class StarPieces {
  readonly cloud: StarCloud;
  readonly #tracker: PieceTracker;
  readonly #options: StarPiecesOptions;
  readonly #drawn = new Map<Piece, DrawnPiece>();
  #isBusy = false;
  #isClosed = false;
  #scheme: ColourScheme | undefined;
  /** Whether the first rows are there, or it is certain that there are none. */
  isReady = false;

  constructor(tileset: Tileset, options: StarPiecesOptions) {
    const {
      palette,
      scheme,
      sizeOf: _size,
      leastSpread: _least,
      maxSpread: _most,
      onChange: _change,
      ...tracked
    } = options;
    this.#options = options;
    this.#scheme = scheme;
    this.cloud = new StarCloud(palette);
    this.#tracker = trackPieces(tileset, tracked);
    void this.#follow();
  }

  get status(): PieceTracker['status'] {
    return this.#tracker.status;
  }

  get shown(): MapPiece[] {
    return [...this.#tracker.shown.values()].flatMap(({ piece, ranges }) => {
      const drawn = this.#drawn.get(piece);
      return drawn ? [{ piece, ranges, spreads: drawn.spreads, sizes: drawn.sizes }] : [];
    });
  }

  update(view: View): void {
    this.#tracker.update({
      position: view.eye.toArray(),
      planes: view.planes(),
      pixelsPerRadian: view.pixels,
    });
  }

  /** Whether all that the view needs is shown. */
  get isSettled(): boolean {
    return this.#tracker.status.settled && !this.#isBusy;
  }

  settled(): Promise<void> {
    return this.#tracker.settled();
  }

  retry(): void {
    this.#tracker.retry();
  }

  /** Colours the points by another field. The pieces have its values. */
  recolour(scheme: ColourScheme): void {
    this.#scheme = scheme;
    for (const [piece, drawn] of this.#drawn) {
      fillSlots(drawn.slots, piece, scheme);
      this.cloud.recolour(piece.key);
    }
  }

  /** Ends the tracking; the points fade out. */
  close(now: number): void {
    this.#isClosed = true;
    this.#tracker.close();
    for (const piece of this.#drawn.keys()) this.cloud.remove(piece.key, now);
    this.#drawn.clear();
  }

  async #follow(): Promise<void> {
    for await (const { added, changed, removed, settled } of this.#tracker) {
      this.#isBusy = true;
      await this.#prepareAll(added.map(({ piece }) => piece));
      if (this.#isClosed) return;
      const now = performance.now() / 1000;
      for (const piece of removed) {
        this.cloud.remove(piece.key, now);
        this.#drawn.delete(piece);
      }
      for (const { piece, ranges } of [...added, ...changed]) this.cloud.show(piece.key, ranges, now);
      this.isReady ||= settled || this.cloud.points > 0;
      this.#isBusy = false;
      this.#options.onChange();
    }
  }

  /** Adds pieces to the cloud, without showing them, in slices between which the page can draw and answer. */
  async #prepareAll(pieces: readonly Piece[]): Promise<void> {
    // The change may have come in the middle of a frame.
    let until = 0;
    for (const piece of pieces) {
      if (performance.now() >= until) {
        await new Promise(resume => setTimeout(resume));
        if (this.#isClosed) return;
        until = performance.now() + SLICE;
      }
      const drawn = this.#prepare(piece);
      this.#drawn.set(piece, drawn);
      this.cloud.add(piece.key, drawn);
    }
  }

  #prepare(piece: Piece): DrawnPiece {
    const { leastSpread, maxSpread, sizeOf } = this.#options;
    const { length, x, y, z } = piece;
    const sizes = sizeOf && Float32Array.from(x, (_, row) => sizeOf(piece.fields?.[row]));
    const spreads = localSpreads(x, y, z);
    for (let row = 0; row < length; row++)
      spreads[row] = Math.min(Math.max(spreads[row]!, leastSpread), maxSpread) * (sizes?.[row] ?? 1);
    const slots = new Uint8Array(length);
    fillSlots(slots, piece, this.#scheme);
    return { length, x, y, z, spreads, sizes, slots };
  }
}

function fillSlots(slots: Uint8Array, piece: Piece, scheme: ColourScheme | undefined): void {
  if (!scheme) {
    slots.fill(0);
    return;
  }
  if (scheme.field === 'region') {
    const known = new Map<string, number>();
    piece.region.forEach((region, row) => {
      const slot = known.get(region) ?? scheme.slotOf([region]);
      known.set(region, slot);
      slots[row] = slot;
    });
    return;
  }
  const facet = piece.facet(scheme.field);
  if (!facet) {
    slots.fill(scheme.slotOf([]));
    return;
  }
  const { values, starts, indices } = facet;
  for (let row = 0; row < piece.length; row++) {
    const own = Array.from(indices.subarray(starts[row]!, starts[row + 1]!), index => values[index]!);
    slots[row] = scheme.slotOf(own);
  }
}
