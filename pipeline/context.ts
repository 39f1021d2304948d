import type { Counts, FileKind, FileRef, Packable, SetOptions, System } from '../client/format/index.ts';

/** A system with what it holds. */
export interface CountedSystem extends System {
  readonly counts: Omit<Counts, 'systems'>;
}

/** Takes the content of a file and says what it is called. */
export interface FileSink {
  put(kind: FileKind, content: Packable): FileRef;
}

/** Where a set is built to, and how. */
export interface SetContext {
  readonly options: SetOptions;
  /** The option's fields, for looking up. */
  readonly summary: ReadonlySet<string>;
  readonly writer: FileSink;
}
