/** Files of a run with JSON values, one per line. */
import { parseJson } from '#format/record/parse-json.ts';
import type { Store } from '#pipeline/store/store.ts';
import { readBytes } from './headed-file.ts';
import { runJson } from './run-json.ts';

/** Collects values in memory for a file. */
export class JsonLines {
  #lines: string[] = [];
  #chars = 0;

  /** Number of characters in memory. */
  get chars(): number {
    return this.#chars;
  }

  add(value: unknown): void {
    const line = `${runJson(value)}\n`;
    this.#lines.push(line);
    this.#chars += line.length;
  }

  /** The file of all values, which are removed. */
  take(): Uint8Array {
    const file = Buffer.from(this.#lines.join(''));
    this.#lines = [];
    this.#chars = 0;
    return file;
  }
}

/** The values of a file. */
export async function* readJsonLines<T>(store: Store, path: string): AsyncGenerator<T, void, undefined> {
  const bytes = await store.get(path);
  if (!bytes) await readBytes(store, path, 0, 1);
  for (const line of Buffer.from(bytes!).toString().split('\n')) if (line !== '') yield parseJson(line) as T;
}
