/** Where the eye is and what it sees: projects points of the catalogue onto the canvas, in float64. */
import { Matrix3, type PerspectiveCamera, Vector3 } from 'three';

export interface Projected {
  /** CSS pixels from the left and from the top of the canvas. */
  x: number;
  y: number;
  /** Distance from the plane of the eye, in the catalogue's unit; negative behind it. */
  depth: number;
}

export class View {
  /** The eye, in the catalogue's coordinates. */
  readonly eye = new Vector3();
  /** The point that the eye turns around. */
  readonly target = new Vector3();
  width = 1;
  height = 1;
  /** CSS pixels for a radian at the centre of the canvas. */
  pixels = 1;
  /** Pixels of the picture for a CSS pixel. */
  ratio = 1;
  /** Another number whenever the view has changed. */
  revision = 0;
  #state: readonly number[] = [];
  /** The rotation of the camera, column by column. */
  #rows: readonly number[] = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  readonly #matrix = new Matrix3();

  /** Distance between the eye and the target. */
  get distance(): number {
    return this.eye.distanceTo(this.target);
  }

  /** Takes over the orientation and the field of view of a camera. */
  update(camera: PerspectiveCamera, width: number, height: number): void {
    this.width = width;
    this.height = height;
    this.pixels = height / 2 / Math.tan((camera.fov * Math.PI) / 360);
    this.#rows = this.#matrix.setFromMatrix4(camera.matrixWorldInverse).elements.slice();
    const state = [
      ...this.#rows,
      ...this.eye.toArray(),
      ...this.target.toArray(),
      this.pixels,
      width,
      height,
    ];
    if (state.some((value, i) => value !== this.#state[i])) this.revision++;
    this.#state = state;
  }

  /** Projects a point into `out`. Its `x` and `y` mean nothing if `depth` is not positive. */
  project(x: number, y: number, z: number, out: Projected): Projected {
    const m = this.#rows;
    const dx = x - this.eye.x;
    const dy = y - this.eye.y;
    const dz = z - this.eye.z;
    const depth = -(m[2]! * dx + m[5]! * dy + m[8]! * dz);
    out.depth = depth;
    out.x = this.width / 2 + ((m[0]! * dx + m[3]! * dy + m[6]! * dz) / depth) * this.pixels;
    out.y = this.height / 2 - ((m[1]! * dx + m[4]! * dy + m[7]! * dz) / depth) * this.pixels;
    return out;
  }

  /** The direction of view: a unit vector. */
  get direction(): [x: number, y: number, z: number] {
    const rows = this.#rows;
    return [-rows[2]!, -rows[5]!, -rows[8]!];
  }

  /** The planes around what is seen, and the one through the eye: positions with `a*x + b*y + c*z + d >= 0` are inside. */
  planes(): [a: number, b: number, c: number, d: number][] {
    const { width, height, pixels } = this;
    // Normals in the frame of the camera, which looks along -z.
    const sides = [
      [pixels, 0, -width / 2],
      [-pixels, 0, -width / 2],
      [0, pixels, -height / 2],
      [0, -pixels, -height / 2],
      [0, 0, -1],
    ] as const;
    return sides.map(([x, y, z]) => {
      const length = Math.hypot(x, y, z);
      const rows = this.#rows;
      const normal = [0, 3, 6].map(
        column => (rows[column]! * x + rows[column + 1]! * y + rows[column + 2]! * z) / length,
      );
      const [a, b, c] = normal as [number, number, number];
      return [a, b, c, -(a * this.eye.x + b * this.eye.y + c * this.eye.z)];
    });
  }

  /** Whether a projected point lies on the canvas. */
  isShown({ x, y, depth }: Projected, margin = 0): boolean {
    return depth > 0 && x >= -margin && y >= -margin && x <= this.width + margin && y <= this.height + margin;
  }
}
