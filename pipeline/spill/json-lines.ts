/** Files of a run with JSON values, one per line. */
import { parseRunJson, readRunFile, runJson } from '#pipeline/store/run-file.ts';
import type { Store } from '#pipeline/store/store.ts';

/** Bytes of a file: its reader has all of them in memory, and an object for each line. */
const FILE_BYTES = 1 << 22;
const FIRST_BYTES = 1 << 12;
const NEWLINE = 0x0a;

/** Collects values in memory for a file. */
export class JsonLines {
  #memory = Buffer.alloc(0);
  #bytes = 0;

  /** True if there is nothing to write. */
  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  /** True if the values fill a file. */
  get isFull(): boolean {
    return this.#bytes >= FILE_BYTES;
  }

  add(value: unknown): void {
    const line = runJson(value);
    const end = this.#bytes + line.length + 1;
    if (end > this.#memory.length) {
      const memory = Buffer.allocUnsafeSlow(Math.max(end, 2 * this.#memory.length, FIRST_BYTES));
      this.#memory.copy(memory, 0, 0, this.#bytes);
      this.#memory = memory;
    }
    line.copy(this.#memory, this.#bytes);
    this.#memory[end - 1] = NEWLINE;
    this.#bytes = end;
  }

  /** The file of all values, which are removed. */
  take(): Uint8Array {
    const file = this.#memory.subarray(0, this.#bytes);
    this.#memory = Buffer.alloc(0);
    this.#bytes = 0;
    return file;
  }
}

/** The values of a file. @throws StoreError if it is missing or malformed */
export async function* readJsonLines<T>(run: Store, path: string): AsyncGenerator<T, void, undefined> {
  const lines = await readRunFile(run, path);
  for (let start = 0; start < lines.length; ) {
    const end = lines.indexOf(NEWLINE, start);
    yield parseRunJson<T>(run, path, lines.toString('utf8', start, end));
    start = end + 1;
  }
}
