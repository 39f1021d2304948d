/** Points of many systems in one geometry: one draw call, however many pieces it has. */
import {
  AdditiveBlending,
  BufferAttribute,
  BufferGeometry,
  type DataTexture,
  type Object3D,
  Points,
  ShaderMaterial,
  Vector3,
} from 'three';
import { FreeRanges } from './free-ranges.ts';
import { STAR_FRAGMENT, STAR_VERTEX } from './star-shaders.ts';

/** Positions of some systems, and how they are drawn. */
export interface CloudPiece {
  readonly length: number;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly z: Float64Array;
  /** Colour slot of each system: an index of the palette. */
  readonly slots: Uint8Array;
  /** Typical distance of each system to its neighbours, in the catalogue's unit. */
  readonly spreads: Float32Array;
}

/** Rows `start` to `end`, exclusive. */
export type RowRanges = readonly { readonly start: number; readonly end: number }[];

interface HeldPiece {
  /** Place of its first row in the buffers. */
  readonly start: number;
  readonly piece: CloudPiece;
  shown: RowRanges;
}

/** The time of a row that is not shown; one that appears has the time of that, one that disappears the negative time. */
const HIDDEN = 0;
/** Seconds in which a piece appears or disappears. */
const FADE = 0.45;
/** Smallest diameter of a point in CSS pixels. */
const DOT = 1.6;
/** Rows that the buffers have room for at first: each growth copies all of them to the GPU again. */
const CAPACITY = 65_536;

const ATTRIBUTES = { high: 3, low: 3, look: 2, slot: 1 } as const;
type AttributeName = keyof typeof ATTRIBUTES;

export class StarCloud {
  readonly object: Object3D;
  readonly #geometry = new BufferGeometry();
  readonly #material: ShaderMaterial;
  readonly #ranges: FreeRanges;
  readonly #held = new Map<string, HeldPiece>();
  readonly #dying: { start: number; length: number; until: number }[] = [];
  #changedUntil = 0;

  /**
   * @param palette colours by slot: a texture of 256 pixels
   * @param capacity number of rows that are expected
   */
  constructor(palette: DataTexture, capacity = CAPACITY) {
    this.#ranges = new FreeRanges(capacity);
    this.#material = new ShaderMaterial({
      vertexShader: STAR_VERTEX,
      fragmentShader: STAR_FRAGMENT,
      uniforms: {
        eyeHigh: { value: new Vector3() },
        eyeLow: { value: new Vector3() },
        palette: { value: palette },
        now: { value: 0 },
        fade: { value: FADE },
        pixels: { value: 1 },
        dotSize: { value: 1 },
        exposure: { value: 1 },
        scale: { value: 1 },
      },
      blending: AdditiveBlending,
      depthTest: false,
      depthWrite: false,
      transparent: true,
    });
    this.#allocate(capacity);
    const points = new Points(this.#geometry, this.#material);
    points.frustumCulled = false;
    this.object = points;
  }

  /** Number of points that are shown. */
  points = 0;

  /** Adds a piece; none of its rows is shown yet. */
  add(key: string, piece: CloudPiece): void {
    if (this.#held.has(key)) throw new Error(`the cloud has ${key} already`);
    let start = this.#ranges.take(piece.length);
    while (start === undefined) {
      this.#grow(piece.length);
      start = this.#ranges.take(piece.length);
    }
    this.#held.set(key, { start, piece, shown: [] });
    const high = this.#arrayOf('high');
    const low = this.#arrayOf('low');
    const look = this.#arrayOf('look');
    const axes = [piece.x, piece.y, piece.z];
    for (let i = 0; i < piece.length; i++) {
      for (let axis = 0; axis < 3; axis++) {
        const value = axes[axis]![i]!;
        const at = (start + i) * 3 + axis;
        high[at] = value;
        low[at] = value - high[at]!;
      }
      look[(start + i) * 2] = piece.spreads[i]!;
      look[(start + i) * 2 + 1] = HIDDEN;
    }
    this.#arrayOf('slot').set(piece.slots.subarray(0, piece.length), start);
    this.#upload(start, piece.length, ['high', 'low', 'look', 'slot']);
    this.#geometry.setDrawRange(0, this.#ranges.end);
  }

  /** Shows these rows of a piece and no others. Rows that come or go are faded. */
  show(key: string, ranges: RowRanges, now: number): void {
    const held = this.#held.get(key);
    if (!held) return;
    const { start, piece, shown } = held;
    const look = this.#arrayOf('look');
    const isShown = new Uint8Array(piece.length);
    for (const { start: from, end: to } of ranges) isShown.fill(1, from, to);
    let [first, last] = [piece.length, -1];
    const setTime = (row: number, time: number) => {
      look[(start + row) * 2 + 1] = time;
      if (row < first) first = row;
      if (row > last) last = row;
    };
    for (const { start: from, end: to } of shown) {
      for (let row = from; row < to; row++) {
        if (isShown[row]) isShown[row] = 2;
        else setTime(row, -now);
      }
      this.points -= to - from;
    }
    for (const { start: from, end: to } of ranges) {
      for (let row = from; row < to; row++) if (isShown[row] === 1) setTime(row, now);
      this.points += to - from;
    }
    held.shown = ranges;
    if (last < 0) return;
    this.#upload(start + first, last - first + 1, ['look']);
    this.#changedUntil = now + FADE;
  }

  /** Removes a piece; its points fade out. */
  remove(key: string, now: number): void {
    const held = this.#held.get(key);
    if (!held) return;
    this.show(key, [], now);
    this.#held.delete(key);
    this.#dying.push({ start: held.start, length: held.piece.length, until: now + FADE });
  }

  /** Takes over changed colour slots of a piece. */
  recolour(key: string): void {
    const held = this.#held.get(key);
    if (!held) return;
    this.#arrayOf('slot').set(held.piece.slots.subarray(0, held.piece.length), held.start);
    this.#upload(held.start, held.piece.length, ['slot']);
  }

  /** Whether points are still fading at a time. */
  isChanging(now: number): boolean {
    return now <= this.#changedUntil;
  }

  /**
   * Prepares the next frame.
   * @param view `pixels`: CSS pixels for a radian at the centre of the canvas; `ratio`: pixels for a CSS pixel;
   *   `exposure`: brightness of far points; `scale`: diameter of a near point in distances of its neighbours
   */
  update(
    eye: Vector3,
    view: {
      readonly now: number;
      readonly pixels: number;
      readonly ratio: number;
      readonly exposure: number;
      readonly scale: number;
    },
  ): void {
    const { uniforms } = this.#material;
    const high = uniforms['eyeHigh']!.value as Vector3;
    high.set(Math.fround(eye.x), Math.fround(eye.y), Math.fround(eye.z));
    (uniforms['eyeLow']!.value as Vector3).copy(eye).sub(high);
    uniforms['now']!.value = view.now;
    uniforms['pixels']!.value = view.pixels * view.ratio;
    uniforms['dotSize']!.value = DOT * view.ratio;
    uniforms['exposure']!.value = view.exposure;
    uniforms['scale']!.value = view.scale;
    while (this.#dying.length > 0 && this.#dying[0]!.until <= view.now) {
      const { start, length } = this.#dying.shift()!;
      this.#arrayOf('look').fill(HIDDEN, start * 2, (start + length) * 2);
      this.#upload(start, length, ['look']);
      this.#ranges.free(start, length);
      this.#geometry.setDrawRange(0, this.#ranges.end);
    }
  }

  dispose(): void {
    this.#geometry.dispose();
    this.#material.dispose();
  }

  #arrayOf(name: AttributeName): Float32Array | Uint8Array {
    return this.#geometry.getAttribute(name).array as Float32Array | Uint8Array;
  }

  #upload(start: number, length: number, names: readonly AttributeName[]): void {
    for (const name of names) {
      const attribute = this.#geometry.getAttribute(name) as BufferAttribute;
      attribute.addUpdateRange(start * attribute.itemSize, length * attribute.itemSize);
      attribute.needsUpdate = true;
    }
  }

  #grow(length: number): void {
    const capacity = Math.max(this.#ranges.capacity * 2, this.#ranges.end + length);
    const before = new Map(
      (Object.keys(ATTRIBUTES) as AttributeName[]).map(name => [name, this.#arrayOf(name)]),
    );
    // The buffers of the old size leave the GPU.
    this.#geometry.dispose();
    this.#allocate(capacity);
    for (const [name, array] of before) this.#arrayOf(name).set(array);
    this.#ranges.grow(capacity);
  }

  #allocate(capacity: number): void {
    for (const [name, size] of Object.entries(ATTRIBUTES)) {
      const array = name === 'slot' ? new Uint8Array(capacity) : new Float32Array(capacity * size);
      this.#geometry.setAttribute(name, new BufferAttribute(array, size));
    }
    // Three.js requires the attribute; the shader does not use it.
    this.#geometry.setAttribute('position', this.#geometry.getAttribute('high'));
    this.#geometry.setDrawRange(0, this.#ranges.end);
  }
}
