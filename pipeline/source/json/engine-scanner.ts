import { type EngineExports, newEngine } from '#pipeline/engine/engine-module.ts';
import { Scanner } from './scanner.ts';

/** Longer views are scanned by JavaScript: memory of WebAssembly never shrinks. */
const MAX_BYTES = 8 * 1024 * 1024;
/** Bytes that the engine may read after a view. */
const SPARE = 8;

/** A scanner that finds the ends of values in WebAssembly. */
export class EngineScanner extends Scanner {
  readonly #engine: EngineExports = newEngine();
  /** The view that the engine has a copy of, and where. */
  #view: Buffer | undefined;
  #at = 0;

  override leave(view: Buffer, from: number, base: number): number {
    if (view.length > MAX_BYTES) return super.leave(view, from, base);
    this.#copy(view);
    const engine = this.#engine;
    const at = this.#at;
    const found = engine.findEnd(at + from, at + view.length, this.depth, this.inString) - at;
    if (engine.newlineCount() > 0) {
      this.line += engine.newlineCount();
      this.lineStart = base + engine.lastLineStart() - at;
    }
    this.depth = engine.openDepth();
    this.inString = engine.isInString() !== 0;
    return this.depth === 0 && !this.inString ? found : ~found;
  }

  /** A view never changes: the window makes a new one when it reads. */
  #copy(view: Buffer): void {
    if (view === this.#view) return;
    const { memory, reset, allocate } = this.#engine;
    reset();
    this.#at = allocate(view.length + SPARE);
    new Uint8Array(memory.buffer).set(view, this.#at);
    this.#view = view;
  }
}
