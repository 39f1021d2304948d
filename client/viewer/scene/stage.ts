/** The canvas: draws a frame when something has changed, and only then. */
import { Color, Group, PerspectiveCamera, Scene, WebGLRenderer } from 'three';
import type { Rig } from './rig.ts';
import { View } from './view.ts';

/** Something that is drawn, or placed over the canvas. */
export interface Layer {
  /**
   * Prepares a frame.
   * @param now seconds since the start
   * @returns true if it needs another frame
   */
  frame(view: View, now: number): boolean;
}

/** CPU time of a frame in milliseconds over which the resolution is lowered. */
const SLOW = 45;
const BACKGROUND = 0x05070f;

export class Stage {
  readonly view = new View();
  readonly root = new Group();
  readonly canvas: HTMLCanvasElement;
  /** The reason why nothing is drawn; undefined if the browser has WebGL 2. */
  readonly failure: string | undefined;
  readonly #renderer: WebGLRenderer | undefined;
  readonly #scene = new Scene();
  /** The eye is at the origin: layers place their objects relative to it. */
  readonly #camera: PerspectiveCamera;
  readonly #rig: Rig;
  readonly #layers: Layer[] = [];
  /** Size of the canvas in CSS pixels: reading it in each frame would lay the page out. */
  #width = 1;
  #height = 1;
  #isRequested = false;
  #last = 0;
  #slowFrames = 0;
  #ratio = Math.min(globalThis.devicePixelRatio || 1, 2);
  /** Number of frames drawn. */
  frames = 0;
  /** Called after each frame, with the milliseconds that it took on this thread. */
  onFrame: (isMoving: boolean, milliseconds: number) => void = () => {};

  constructor(canvas: HTMLCanvasElement, rig: Rig) {
    this.canvas = canvas;
    this.#rig = rig;
    this.#camera = new PerspectiveCamera(rig.camera.fov, 1, 1, 2);
    try {
      this.#renderer = new WebGLRenderer({ canvas, antialias: false, powerPreference: 'high-performance' });
    } catch (error) {
      // Names, lists and panels work without it.
      this.failure = error instanceof Error ? error.message : String(error);
    }
    canvas.addEventListener('webglcontextrestored', this.invalidate);
    this.#scene.background = new Color(BACKGROUND);
    this.#scene.add(this.root);
    new ResizeObserver(() => this.#resize()).observe(canvas);
    rig.onMove = this.invalidate;
    rig.controls.addEventListener('controlstart', this.invalidate);
    rig.controls.addEventListener('control', this.invalidate);
    rig.controls.addEventListener('transitionstart', this.invalidate);
    rig.controls.addEventListener('update', this.invalidate);
  }

  get now(): number {
    return performance.now() / 1000;
  }

  /** Whether no frame is asked for. */
  get isAtRest(): boolean {
    return !this.#isRequested && this.frames > 0;
  }

  /** Whether the main processor draws, because there is no graphics processor, or nothing is drawn. */
  get isSoftware(): boolean {
    const gl = this.#renderer?.getContext();
    const info = gl?.getExtension('WEBGL_debug_renderer_info');
    const name = gl && info ? String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL)) : '';
    return !gl || /swiftshader|llvmpipe|software|basic render/i.test(name);
  }

  /** Draw calls of the last frame. */
  get drawCalls(): number {
    return this.#renderer?.info.render.calls ?? 0;
  }

  add(layer: Layer): void {
    this.#layers.push(layer);
    this.invalidate();
  }

  /** Asks for a frame. */
  readonly invalidate = (): void => {
    if (this.#isRequested) return;
    this.#isRequested = true;
    requestAnimationFrame(() => {
      this.#isRequested = false;
      this.#frame();
    });
  };

  /** Draws now, so that the pixels of the canvas can be read. */
  draw(): void {
    this.#renderer?.render(this.#scene, this.#camera);
  }

  #frame(): void {
    const { now } = this;
    const started = performance.now();
    const elapsed = Math.min(now - this.#last, 0.1);
    this.#last = now;
    const isMoving = this.#rig.controls.update(elapsed);
    this.#readView();
    let goesOn = isMoving;
    for (const layer of this.#layers) goesOn = layer.frame(this.view, now) || goesOn;
    const start = performance.now();
    this.draw();
    this.#watchCost(performance.now() - start);
    this.frames++;
    this.onFrame(isMoving, performance.now() - started);
    if (goesOn) this.invalidate();
  }

  #readView(): void {
    const { camera } = this.#rig;
    this.#rig.read(this.view.eye, this.view.target);
    const scene = this.#camera;
    scene.quaternion.copy(camera.quaternion);
    scene.near = this.view.distance / 1000;
    scene.far = this.view.distance * 1e4;
    scene.updateProjectionMatrix();
    scene.updateMatrixWorld();
    this.view.update(scene, this.#width, this.#height);
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (width === 0 || height === 0) return;
    this.#width = width;
    this.#height = height;
    this.#renderer?.setPixelRatio(this.#ratio);
    this.#renderer?.setSize(width, height, false);
    for (const camera of [this.#camera, this.#rig.camera]) {
      camera.aspect = width / height;
      camera.updateProjectionMatrix();
    }
    // At once: a canvas of another size is empty until it is drawn.
    this.#frame();
  }

  /** Without a GPU a frame takes long: then fewer pixels are drawn. */
  #watchCost(milliseconds: number): void {
    this.#slowFrames = milliseconds > SLOW ? this.#slowFrames + 1 : 0;
    if (this.#slowFrames < 5 || this.#ratio <= 1) return;
    this.#slowFrames = 0;
    this.#ratio = Math.max(1, this.#ratio / 1.4);
    this.#resize();
  }
}
