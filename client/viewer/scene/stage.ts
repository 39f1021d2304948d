/** The canvas: draws a frame when something has changed, and only then. */
import { Color, Group, LinearSRGBColorSpace, PerspectiveCamera, Scene, WebGLRenderer } from 'three';
import { CoarsePicture } from './coarse-picture.ts';
import { FramePace } from './frame-pace.ts';
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

/** The most pixels of a CSS pixel. */
const FINEST = 2;
/** Milliseconds after a movement until the picture has all pixels. */
const REST = 150;
const BACKGROUND = 0x05070f;

export class Stage {
  readonly view = new View();
  readonly root = new Group();
  readonly canvas: HTMLCanvasElement;
  /** The reason why nothing is drawn; undefined if the browser has WebGL 2. */
  readonly failure: string | undefined;
  readonly #renderer: WebGLRenderer | undefined;
  readonly #pace: FramePace | undefined;
  readonly #coarse = new CoarsePicture();
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
  /** Pixels for a CSS pixel of a picture at rest. */
  #finest = 1;
  /** Runs from the last movement until the picture has all pixels. */
  #resting: ReturnType<typeof setTimeout> | undefined;
  /** Number of frames drawn. */
  frames = 0;
  /** Called after each frame, with the milliseconds that it took on this thread. */
  onFrame: (isMoving: boolean, milliseconds: number) => void = () => {};

  /** Called when the graphics processor has dropped the picture, and when it draws again. */
  onContext: (isLost: boolean) => void = () => {};

  constructor(canvas: HTMLCanvasElement, rig: Rig) {
    this.canvas = canvas;
    this.#rig = rig;
    this.#camera = new PerspectiveCamera(rig.camera.fov, 1, 1, 2);
    try {
      this.#renderer = new WebGLRenderer({ canvas, antialias: false, powerPreference: 'high-performance' });
      // Colours are written as they are, to the canvas and to pictures.
      this.#renderer.outputColorSpace = LinearSRGBColorSpace;
      // A frame may be drawn in two steps.
      this.#renderer.info.autoReset = false;
      this.#pace = new FramePace(this.#renderer.getContext() as WebGL2RenderingContext);
    } catch (error) {
      // Names, lists and panels work without it.
      this.failure = error instanceof Error ? error.message : String(error);
    }
    canvas.addEventListener('webglcontextlost', () => this.onContext(true));
    canvas.addEventListener('webglcontextrestored', () => {
      this.onContext(false);
      this.invalidate();
    });
    this.#scene.background = new Color().setHex(BACKGROUND, LinearSRGBColorSpace);
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
    return !this.#isRequested && this.#resting === undefined && this.frames > 0;
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
      if (this.#pace?.hasTime === false) this.invalidate();
      else this.#frame();
    });
  };

  /** Draws now, so that the pixels of the canvas can be read. */
  draw(): void {
    const renderer = this.#renderer;
    const { ratio } = this.view;
    if (!renderer) return;
    renderer.info.reset();
    if (ratio >= this.#finest) renderer.render(this.#scene, this.#camera);
    else {
      const [width, height] = [this.#width * ratio, this.#height * ratio].map(Math.ceil);
      this.#coarse.draw(renderer, this.#scene, this.#camera, width!, height!);
    }
  }

  #frame(): void {
    const { now } = this;
    const started = performance.now();
    const elapsed = Math.min(now - this.#last, 0.1);
    this.#last = now;
    const isMoving = this.#rig.controls.update(elapsed);
    const isAtRest = !isMoving && this.#resting === undefined;
    this.view.ratio = isAtRest ? this.#finest : (this.#pace?.movingRatio ?? 1);
    this.#readView();
    let goesOn = isMoving;
    for (const layer of this.#layers) goesOn = layer.frame(this.view, now) || goesOn;
    this.draw();
    this.#pace?.markEnd(goesOn);
    this.frames++;
    this.onFrame(isMoving, performance.now() - started);
    if (goesOn) this.invalidate();
    if (goesOn || this.view.ratio < this.#finest) this.#sharpenLater(goesOn);
  }

  /** Draws again with all pixels, some time after the last movement. */
  #sharpenLater(isMoving: boolean): void {
    if (this.#resting !== undefined && !isMoving) return;
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => {
      this.#resting = undefined;
      this.invalidate();
    }, REST);
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
    // Another zoom of the page has another ratio.
    this.#finest = Math.min(devicePixelRatio, FINEST);
    this.#pace?.setFinest(this.#finest);
    this.#renderer?.setPixelRatio(this.#finest);
    this.#renderer?.setSize(width, height, false);
    for (const camera of [this.#camera, this.#rig.camera]) {
      camera.aspect = width / height;
      camera.updateProjectionMatrix();
    }
    // At once: a canvas of another size is empty until it is drawn.
    this.#frame();
  }
}
