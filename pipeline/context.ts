import type { SetOptions } from '../client/format/index-json.ts';
import type { Packable } from '../client/format/pack.ts';
import type { FileKind, FileRef } from '../client/format/ref.ts';
import type { Bodies, System } from '../client/format/system.ts';

/** A system with what it holds. */
export interface CountedSystem extends System {
  readonly counts: Bodies;
}

/** Takes the content of a file and says what it is called. */
export interface FileSink {
  put(kind: FileKind, content: Packable): FileRef;
}

/** Numbers of the format that are the same for every set; studies try others. */
export interface Shape {
  /** Sibling leaves share a chunk while their systems are at most so many of a chunk's limit: 1, or 0 for never. */
  readonly grouping: 0 | 1;
  /** A rank of the tree is a power of this many entries; it is also about how many entries a page has. */
  readonly pageEntries: number;
  /** A smaller subtree stays in its parent's page. */
  readonly leastPage: number;
}

/** As FORMAT.md has them, and says why. */
export const SHAPE: Shape = { grouping: 1, pageEntries: 256, leastPage: 16 };

/** Where a set is built to, and how. */
export interface SetContext {
  readonly options: SetOptions;
  /** The option's fields, for looking up. */
  readonly summary: ReadonlySet<string>;
  readonly writer: FileSink;
  readonly shape: Shape;
}
