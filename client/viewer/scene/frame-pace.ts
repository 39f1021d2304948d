/** Keeps the page ahead of the graphics processor by one frame at most, and lets a slow one draw fewer pixels. */

/** Milliseconds of drawing over which frames get fewer pixels, and after how many such frames. */
const SLOW = 45;
const PATIENCE = 4;
/** The least pixels of a CSS pixel while the picture moves, and the factor of each step. */
const [COARSEST, STEP] = [0.5, 1.4];

export class FramePace {
  readonly #gl: WebGL2RenderingContext;
  /** The last frames, until they are drawn; `since` is the time of one that is measured. */
  readonly #drawing: { readonly sync: WebGLSync; readonly since: number | undefined }[] = [];
  #slowFrames = 0;
  #finest = 1;
  /** Pixels for a CSS pixel while the picture moves. */
  movingRatio = 1;

  constructor(gl: WebGL2RenderingContext) {
    this.#gl = gl;
  }

  /** Sets the pixels for a CSS pixel of a picture at rest. */
  setFinest(finest: number): void {
    if (finest === this.#finest) return;
    this.#finest = finest;
    this.movingRatio = finest;
  }

  /**
   * Marks the end of the commands of a frame.
   * @param isFollowed whether the next frame is asked for at once: only then `hasTime` sees soon that it is drawn
   */
  markEnd(isFollowed: boolean): void {
    const gl = this.#gl;
    const sync = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    if (sync) this.#drawing.push({ sync, since: isFollowed ? performance.now() : undefined });
  }

  /**
   * Whether there is time for another frame: one may be drawn while the next is prepared, on a slow device none. Without
   * this the page would wait in the middle of a frame until there is room for its commands.
   */
  get hasTime(): boolean {
    const gl = this.#gl;
    for (let first = this.#drawing[0]; first; first = this.#drawing[0]) {
      if (gl.getSyncParameter(first.sync, gl.SYNC_STATUS) === gl.UNSIGNALED) break;
      gl.deleteSync(first.sync);
      this.#drawing.shift();
      if (first.since !== undefined) this.#watch(performance.now() - first.since);
    }
    return this.#drawing.length < (this.movingRatio < this.#finest ? 1 : 2);
  }

  #watch(milliseconds: number): void {
    this.#slowFrames = milliseconds > SLOW ? this.#slowFrames + 1 : 0;
    if (this.#slowFrames < PATIENCE) return;
    this.#slowFrames = 0;
    this.movingRatio = Math.max(COARSEST, this.movingRatio / STEP);
  }
}
