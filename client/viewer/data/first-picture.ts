/** The overview as points: the first picture, until the tracker has pieces. */
import type { SystemRow } from '#client/index.ts';
import type { Palette } from '#client/viewer/scene/palette.ts';
import { type CloudPiece, StarCloud } from '#client/viewer/scene/star-cloud.ts';
import type { ColourScheme } from './colour-scheme.ts';

const KEY = 'overview';

export class FirstPicture {
  readonly cloud: StarCloud;
  readonly #sample: readonly SystemRow[];
  readonly #piece: CloudPiece;

  /** @param spreads distance of each row to its neighbours */
  constructor(sample: readonly SystemRow[], spreads: Float32Array, palette: Palette, now: number) {
    const [x, y, z] = positionColumns(sample);
    this.#sample = sample;
    this.#piece = { length: sample.length, x, y, z, spreads, slots: new Uint8Array(sample.length) };
    this.cloud = new StarCloud(palette.texture, sample.length);
    this.cloud.add(KEY, this.#piece);
    this.cloud.show(KEY, [{ start: 0, end: sample.length }], now);
  }

  /** Colours the points, if the overview has the field. */
  recolour(scheme: ColourScheme): void {
    this.#sample.forEach(({ region }, row) => {
      this.#piece.slots[row] = scheme.slotOf(scheme.field === 'region' ? [region] : []);
    });
    this.cloud.recolour(KEY);
  }

  /** Lets the points fade out. */
  close(now: number): void {
    this.cloud.remove(KEY, now);
  }
}

/** The positions of rows in columns. */
export function positionColumns(rows: readonly SystemRow[]): [Float64Array, Float64Array, Float64Array] {
  return [
    Float64Array.from(rows, row => row.x),
    Float64Array.from(rows, row => row.y),
    Float64Array.from(rows, row => row.z),
  ];
}
