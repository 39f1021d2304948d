/** The camera and its controls: orbit, pan, zoom to the pointer, flights; by mouse, touch and keys. */
import CameraControls from 'camera-controls';
import {
  Box3,
  MathUtils,
  Matrix4,
  PerspectiveCamera,
  Quaternion,
  Raycaster,
  Sphere,
  Spherical,
  Vector2,
  Vector3,
  Vector4,
} from 'three';

CameraControls.install({
  THREE: { Vector2, Vector3, Vector4, Quaternion, Matrix4, Spherical, Box3, Sphere, Raycaster },
});

export type Point = readonly [x: number, y: number, z: number];

/** The room that a camera moves in. */
export interface Room {
  readonly centre: Point;
  /** Distance from the centre within which most systems are. */
  readonly radius: number;
  /** Distance within which all systems are. */
  readonly reach: number;
  /** Typical distance of neighbours. */
  readonly spacing: number;
  /** The axis that points up in the first view. */
  readonly up: 'x' | 'y' | 'z';
}

const FIELD_OF_VIEW = 50;
const TURN = 12 * MathUtils.DEG2RAD;

/** The controls work in their own unit around their own origin, so that catalogues of any size behave the same. */
export class Rig {
  readonly camera = new PerspectiveCamera(FIELD_OF_VIEW, 1, 0.001, 1e6);
  readonly controls: CameraControls;
  readonly #room: Room;
  readonly #unit: number;
  readonly #isStill: () => boolean;
  /** Called when the camera is moved by other means than the controls. */
  onMove: () => void = () => {};

  /** @param isStill whether the user wants no animations */
  constructor(element: HTMLElement, room: Room, isStill: () => boolean) {
    this.#room = room;
    this.#unit = room.radius / 100;
    this.#isStill = isStill;
    this.camera.up.set(room.up === 'x' ? 1 : 0, room.up === 'y' ? 1 : 0, room.up === 'z' ? 1 : 0);
    const controls = new CameraControls(this.camera, element);
    this.controls = controls;
    controls.dollyToCursor = true;
    controls.smoothTime = 0.22;
    controls.draggingSmoothTime = 0.08;
    controls.dollySpeed = 0.9;
    controls.minDistance = Math.max(1e-4, (room.spacing * 0.05) / this.#unit);
    controls.maxDistance = (room.reach * 4) / this.#unit;
    controls.restThreshold = 1e-4;
    const { ACTION } = CameraControls;
    controls.mouseButtons.middle = ACTION.TRUCK;
    controls.mouseButtons.right = ACTION.TRUCK;
    controls.touches.two = ACTION.TOUCH_DOLLY_TRUCK;
    controls.touches.three = ACTION.TOUCH_TRUCK;
  }

  /** The eye and its target, in the catalogue's coordinates. */
  read(eye: Vector3, target: Vector3): void {
    this.controls.getTarget(target, false);
    this.#toCatalogue(target);
    this.#toCatalogue(eye.copy(this.camera.position));
  }

  /** The eye and its target where the movement ends. */
  get destination(): { eye: Point; target: Point } {
    const eye = this.#toCatalogue(this.controls.getPosition(new Vector3(), true));
    const target = this.#toCatalogue(this.controls.getTarget(new Vector3(), true));
    return { eye: eye.toArray(), target: target.toArray() };
  }

  look(eye: Point, target: Point, isAnimated: boolean): void {
    const [ex, ey, ez] = this.#toControls(eye);
    const [tx, ty, tz] = this.#toControls(target);
    void this.controls.setLookAt(ex, ey, ez, tx, ty, tz, isAnimated && !this.#isStill());
    this.onMove();
  }

  /** Flies to a point, and stops at a distance; the direction of view stays. */
  flyTo(target: Point, distance: number): void {
    const { eye, target: before } = this.destination;
    const away = new Vector3(eye[0] - before[0], eye[1] - before[1], eye[2] - before[2]);
    if (away.lengthSq() === 0) away.set(0, 0, 1);
    away.setLength(distance);
    this.look([target[0] + away.x, target[1] + away.y, target[2] + away.z], target, true);
  }

  /** The first view: most systems, from aside and above. */
  goHome(isAnimated: boolean): void {
    const { centre, radius, up } = this.#room;
    // On a narrow screen the same width needs more distance.
    const away = radius * 2 * Math.max(1, 0.9 / this.camera.aspect);
    const [side, forward, height] = [-0.28 * away, -0.8 * away, 0.53 * away];
    const offset: Point =
      up === 'z' ? [side, forward, height] : up === 'y' ? [side, height, -forward] : [height, side, forward];
    this.look([centre[0] + offset[0], centre[1] + offset[1], centre[2] + offset[2]], centre, isAnimated);
  }

  /** Moves as a key says; false if the key means nothing here. */
  key(key: string, isShifted: boolean): boolean {
    const { controls } = this;
    const isAnimated = !this.#isStill();
    const step = controls.distance * 0.12;
    const arrows: Record<string, readonly [x: number, y: number]> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    };
    const arrow = arrows[key];
    if (arrow) {
      const [x, y] = arrow;
      if (isShifted) void controls.truck(x * step, y * step, isAnimated);
      else void controls.rotate(x * TURN, y * TURN, isAnimated);
    } else if (key === '+' || key === '=') void controls.dollyTo(controls.distance * 0.7, isAnimated);
    else if (key === '-' || key === '_') void controls.dollyTo(controls.distance / 0.7, isAnimated);
    else if (key === 'Home') this.goHome(true);
    else return false;
    this.onMove();
    return true;
  }

  #toCatalogue(point: Vector3): Vector3 {
    const { centre } = this.#room;
    return point.set(
      centre[0] + point.x * this.#unit,
      centre[1] + point.y * this.#unit,
      centre[2] + point.z * this.#unit,
    );
  }

  #toControls(point: Point): Point {
    const { centre } = this.#room;
    return [
      (point[0] - centre[0]) / this.#unit,
      (point[1] - centre[1]) / this.#unit,
      (point[2] - centre[2]) / this.#unit,
    ];
  }
}
