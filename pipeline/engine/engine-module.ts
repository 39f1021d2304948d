/** Loads engine.wasm, which `npm run engine` compiles from `assembly/`. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { StoreError } from '#pipeline/errors.ts';
import { packageUrl } from '#pipeline/store/package-url.ts';

/** WebAssembly, or the JavaScript that it is compared with. */
export type Engine = 'wasm' | 'js';

/** Zeros after records, keys and entries in the memory: they end every token, and the engine reads no further. */
export const SENTINEL = 16;

/** The functions of engine.wasm; addresses are offsets in its memory. */
export interface EngineExports {
  /** Its buffer is another one after memory has grown: make views after each call. */
  readonly memory: { readonly buffer: ArrayBuffer };
  /** Frees everything that was allocated. */
  reset(): void;
  allocate(bytes: number): number;
  hasGivenUp(): number;
  findEnd(start: number, end: number, levels: number, isString: boolean): number;
  openDepth(): number;
  isInString(): number;
  newlineCount(): number;
  lastLineStart(): number;
  setHashKey(low: bigint, high: bigint): void;
  scanRecords(list: number, count: number, rows: number, hashes: number): void;
  packDetails(records: number, count: number): number;
  packChunk(texts: number, lengths: number, numbers: number, count: number): void;
  packLeaf(
    entries: number,
    count: number,
    keys: number,
    stored: number,
    columns: number,
    columnCount: number,
  ): number;
  sortEntries(positions: number, count: number): void;
  copySorted(to: number, room: number): number;
  weighEntries(
    entries: number,
    count: number,
    keys: number,
    hashed: number,
    weighed: number,
    isListed: boolean,
    columns: number,
    columnCount: number,
    to: number,
  ): number;
  outputAt(): number;
  outputLength(): number;
  beginPaths(fields: number): number;
  addKey(node: number, key: number, length: number): number;
  endPath(node: number, field: number, isWhole: boolean): void;
  endWritten(node: number): void;
  beginValues(): void;
  clearValues(): void;
  isTableFull(): number;
  valueCount(): number;
  valueAt(value: number): number;
  valueLength(value: number): number;
  valueForm(value: number): number;
  beginResults(): void;
  findValues(start: number, end: number): number;
  countsAt(): number;
  listAt(field: number): number;
}

const ENGINE = packageUrl('dist/engine.wasm', 'pipeline/engine/engine.wasm');

let module: object | undefined;

/**
 * A new engine, with memory of its own.
 * @throws StoreError if engine.wasm cannot be loaded
 */
export function newEngine(): EngineExports {
  module ??= loadModule(ENGINE);
  return new WebAssembly.Instance(module as WebAssembly.Module).exports as unknown as EngineExports;
}

/**
 * Returns a module of WebAssembly. The types of Node have no name for it.
 * @throws StoreError if the file cannot be read, or is not WebAssembly
 */
export function loadModule(url: URL): object {
  try {
    return new WebAssembly.Module(readFileSync(url));
  } catch (error) {
    const file = fileURLToPath(url);
    const reason = (error as Error).message;
    throw new StoreError(
      `${file} cannot be loaded: ${reason}; install the package again, or build with --engine js`,
      { file, reason, cause: error },
    );
  }
}
