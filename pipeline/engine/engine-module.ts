/** Loads engine.wasm, which `npm run engine` compiles from `assembly/`. */
import { readFileSync } from 'node:fs';
import { packageUrl } from '#pipeline/store/package-url.ts';

/** The functions of engine.wasm; addresses are offsets in its memory. */
export interface EngineExports {
  /** Its buffer is another one after memory has grown: make views after each call. */
  readonly memory: WebAssembly.Memory;
  /** Frees everything that was allocated. */
  reset(): void;
  allocate(bytes: number): number;
  findEnd(start: number, end: number, levels: number, isString: boolean): number;
  openDepth(): number;
  isInString(): number;
  newlineCount(): number;
  lastLineStart(): number;
  scanRecords(list: number, count: number, rows: number): void;
  packDetails(records: number, count: number): number;
  packChunk(texts: number, lengths: number, numbers: number, count: number): void;
  outputAt(): number;
  outputLength(): number;
}

let module: WebAssembly.Module | undefined;

/** A new engine, with memory of its own. */
export function newEngine(): EngineExports {
  module ??= new WebAssembly.Module(
    readFileSync(packageUrl('dist/engine.wasm', 'pipeline/engine/engine.wasm')),
  );
  return new WebAssembly.Instance(module).exports as unknown as EngineExports;
}
