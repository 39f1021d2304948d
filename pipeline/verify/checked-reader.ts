import type { Source } from '#client/index.ts';
import { type FileKind, type FileRef, pathOf } from '#format/file-ref.ts';
import type { PageReader } from '#pipeline/store/reachable.ts';
import { FileFault, readFile } from './verify-file.ts';

/** A fault of a file that `verifySet` found. */
export interface Problem {
  /** Path in the set. */
  readonly file: string;
  /** The problem of the file. */
  readonly problem: string;
}

/** Files that refer to no other files. */
const WITHOUT_REFERENCES: readonly FileKind[] = ['chunks', 'details', 'previews', 'meta', 'fold', 'preload'];

/** Reads files strictly, and records their faults. */
export class CheckedReader {
  readonly #source: Source;
  readonly signal: AbortSignal | undefined;
  /** Whether files must be as the canonical writer makes them. */
  readonly canonical: boolean;
  readonly known = new Set<string>();
  readonly problems: Problem[] = [];
  bytes = 0;
  /** True if a page could not be read: then the files below it are unknown. */
  hasLostPage = false;

  constructor(source: Source, canonical: boolean, signal: AbortSignal | undefined) {
    this.#source = source;
    this.canonical = canonical;
    this.signal = signal;
  }

  /** The outer map of a file, or undefined if the file is invalid. */
  async read(ref: FileRef): Promise<Record<string, unknown> | undefined> {
    const path = pathOf(ref);
    try {
      const { map, bytes } = await readFile(this.#source, ref, this.canonical, this.signal);
      if (!this.known.has(path)) this.bytes += bytes;
      return map;
    } catch (error) {
      if (!(error instanceof FileFault)) throw error;
      this.note(path, error.message);
      return undefined;
    } finally {
      this.known.add(path);
    }
  }

  /** Checks the bytes of a file, unless it was read before. */
  async check(ref: FileRef): Promise<void> {
    if (!this.known.has(pathOf(ref))) await this.read(ref);
  }

  /** The decoded content of a file, or undefined if its bytes or content are invalid. */
  readonly decode: PageReader = async (ref, decode) => {
    const content = await this.#decoded(ref, decode);
    if (content === undefined && !WITHOUT_REFERENCES.includes(ref.kind)) this.hasLostPage = true;
    return content;
  };

  async #decoded<T>(ref: FileRef, decode: (map: Record<string, unknown>) => T): Promise<T | undefined> {
    const map = await this.read(ref);
    try {
      return map && decode(map);
    } catch (error) {
      this.note(pathOf(ref), (error as Error).message);
      return undefined;
    }
  }

  note(file: string, problem: string): void {
    this.problems.push({ file, problem });
  }
}
