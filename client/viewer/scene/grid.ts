/** A grid in the plane of the target, in steps of 1, 2 and 5; it fades out towards its edge. */
import { AdditiveBlending, BufferAttribute, BufferGeometry, LineSegments, ShaderMaterial } from 'three';
import { niceStep } from '#client/viewer/ui/format-numbers.ts';
import type { Room } from './rig.ts';
import type { Layer } from './stage.ts';
import type { View } from './view.ts';

const LINES = 24;

export class Grid implements Layer {
  readonly object: LineSegments;
  readonly #room: Room;

  constructor(room: Room) {
    this.#room = room;
    const ends: number[] = [];
    // Each line in parts, because its brightness is set at their ends.
    for (let line = -LINES; line <= LINES; line++) {
      for (let part = -LINES; part < LINES; part += 8) {
        ends.push(...this.#corner(line, part), ...this.#corner(line, part + 8));
        ends.push(...this.#corner(part, line), ...this.#corner(part + 8, line));
      }
    }
    const geometry = new BufferGeometry();
    geometry.setAttribute('position', new BufferAttribute(new Float32Array(ends), 3));
    const material = new ShaderMaterial({
      vertexShader: `
        varying float strength;
        void main() {
          strength = 1.0 - length(position) / ${LINES}.0;
          gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0);
        }`,
      fragmentShader: `
        varying float strength;
        void main() {
          gl_FragColor = vec4(vec3(0.22, 0.36, 0.62) * pow(max(strength, 0.0), 1.8) * 0.5, 1.0);
        }`,
      blending: AdditiveBlending,
      depthTest: false,
      depthWrite: false,
      transparent: true,
    });
    this.object = new LineSegments(geometry, material);
    this.object.frustumCulled = false;
    this.object.renderOrder = -1;
  }

  frame(view: View): boolean {
    const step = niceStep(view.distance / 4);
    const { centre, up } = this.#room;
    const axis = 'xyz'.indexOf(up);
    const eye = view.eye.toArray();
    const place = view.target.toArray().map((value, i) => {
      const fixed = i === axis ? centre[i]! : Math.round(value / step) * step;
      return fixed - eye[i]!;
    });
    this.object.position.set(place[0]!, place[1]!, place[2]!);
    this.object.scale.setScalar(step);
    return false;
  }

  #corner(a: number, b: number): [number, number, number] {
    const { up } = this.#room;
    return up === 'z' ? [a, b, 0] : up === 'y' ? [a, 0, b] : [0, a, b];
  }
}
