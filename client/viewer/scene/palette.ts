/** Colours of slots as a texture of 256 pixels. */
import { DataTexture, NearestFilter, RGBAFormat } from 'three';
import { toBytes } from '#client/viewer/data/colours.ts';

const SLOTS = 256;

export class Palette {
  readonly texture: DataTexture;
  readonly #bytes = new Uint8Array(SLOTS * 4);

  constructor(colours: readonly string[]) {
    this.texture = new DataTexture(this.#bytes, SLOTS, 1, RGBAFormat);
    this.texture.minFilter = NearestFilter;
    this.texture.magFilter = NearestFilter;
    this.set(colours);
  }

  /**
   * Sets the colours, from slot 0; the last one fills the rest.
   * @param strength from 0, invisible, to 1
   */
  set(colours: readonly string[], strength = 1): void {
    for (let slot = 0; slot < SLOTS; slot++) {
      const colour = colours[Math.min(slot, colours.length - 1)]!;
      this.#bytes.set([...toBytes(colour), Math.round(255 * strength)], slot * 4);
    }
    this.texture.needsUpdate = true;
  }
}
