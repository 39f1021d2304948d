/** Calls of the engine of this thread, which share its memory. */
import { type EngineExports, newEngine } from './engine-module.ts';

/** Memory that stays for the next call. */
const KEPT_BYTES = 64 * 1024 * 1024;

let loaded: EngineExports | undefined;

/** Runs calls of the engine; undefined if it gives up: they need more memory or time than they may have. */
export function callEngine<T>(calls: (engine: EngineExports) => T): T | undefined {
  loaded ??= newEngine();
  const engine = loaded;
  try {
    return calls(engine);
  } catch (error) {
    loaded = undefined;
    if (engine.hasGivenUp()) return undefined;
    throw error;
  } finally {
    // Memory of WebAssembly never shrinks.
    if (engine.memory.buffer.byteLength > KEPT_BYTES) loaded = undefined;
  }
}

/** The output of a call, which is valid until the next call. */
export function outputOf({ memory, outputAt, outputLength }: EngineExports): Uint8Array {
  return new Uint8Array(memory.buffer, outputAt(), outputLength());
}
