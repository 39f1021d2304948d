/** A glow where systems are dense: large soft sprites around a sample of all systems, seen from afar. */
import { AdditiveBlending, BufferAttribute, BufferGeometry, Points, ShaderMaterial, Vector3 } from 'three';
import { toBytes } from '#client/viewer/data/colours.ts';
import type { Layer } from './stage.ts';
import type { View } from './view.ts';

interface HazeRow {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

const MOST = 1_400;
/** Diameter of a sprite in distances of neighbours. */
const SIZE = 5;
/** The largest diameter in CSS pixels. */
const LIMIT = 140;

export class Haze implements Layer {
  readonly object: Points;
  readonly #material: ShaderMaterial;
  readonly #centre: readonly [number, number, number];

  /**
   * @param centre near the middle of the systems: far from it, the haze is not seen close enough for its precision to count
   * @param spreads distance of each row to its neighbours, which the sizes follow
   */
  constructor(rows: readonly HazeRow[], centre: readonly [number, number, number], spreads: Float32Array) {
    this.#centre = centre;
    const every = Math.max(1, Math.ceil(rows.length / MOST));
    const drawn = rows.filter((_, index) => index % every === 0);
    const positions = new Float32Array(
      drawn.flatMap(({ x, y, z }) => [x - centre[0], y - centre[1], z - centre[2]]),
    );
    const geometry = new BufferGeometry();
    geometry.setAttribute('position', new BufferAttribute(positions, 3));
    const sizes = Float32Array.from(drawn, (_, i) => spreads[i * every]! * Math.cbrt(every) * SIZE);
    geometry.setAttribute('size', new BufferAttribute(sizes, 1));
    geometry.setAttribute('tint', new BufferAttribute(new Uint8Array(drawn.length * 3), 3, true));
    this.#material = new ShaderMaterial({
      vertexShader: `
        attribute vec3 tint;
        attribute float size;
        uniform float pixels;
        uniform float limit;
        uniform float strength;
        varying vec3 colour;
        void main() {
          vec4 seen = modelViewMatrix * vec4(position, 1.0);
          gl_Position = projectionMatrix * seen;
          gl_Position.z = 0.0;
          float shown = size / max(length(seen.xyz), 1e-30) * pixels;
          gl_PointSize = clamp(shown, 3.0, limit);
          // Within the haze there is none.
          colour = tint * strength * (1.0 - smoothstep(limit * 0.6, limit * 1.8, shown));
          if (seen.z > 0.0) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
        }`,
      fragmentShader: `
        varying vec3 colour;
        void main() {
          float r = length(gl_PointCoord - 0.5) * 2.0;
          float fall = max(0.0, 1.0 - r);
          gl_FragColor = vec4(colour * fall * fall, 1.0);
        }`,
      uniforms: {
        pixels: { value: 1 },
        limit: { value: LIMIT },
        strength: { value: 0.055 },
      },
      blending: AdditiveBlending,
      depthTest: false,
      depthWrite: false,
      transparent: true,
    });
    this.object = new Points(geometry, this.#material);
    this.object.frustumCulled = false;
    this.object.renderOrder = -2;
    this.#every = every;
  }

  readonly #every: number;

  /** Colours the sprites: a colour for each row of the sample. */
  paint(colours: readonly string[]): void {
    const tint = this.object.geometry.getAttribute('tint') as BufferAttribute;
    for (let i = 0; i < tint.count; i++) {
      const [red, green, blue] = toBytes(colours[i * this.#every] ?? '#000000');
      (tint.array as Uint8Array).set([red, green, blue], i * 3);
    }
    tint.needsUpdate = true;
  }

  frame(view: View): boolean {
    const { uniforms } = this.#material;
    uniforms['pixels']!.value = view.pixels * view.ratio;
    uniforms['limit']!.value = LIMIT * view.ratio;
    const eye = new Vector3(...this.#centre).sub(view.eye);
    this.object.position.copy(eye);
    return false;
  }
}
