import type { Counts, SetOptions, System } from '../client/format/index.ts';
import type { SetWriter } from './write.ts';

/** A system with what it holds. */
export interface CountedSystem extends System {
  readonly counts: Omit<Counts, 'systems'>;
}

/** Where a set is built to, and how. */
export interface SetContext {
  readonly options: SetOptions;
  /** The option's fields, for looking up. */
  readonly summary: ReadonlySet<string>;
  readonly writer: SetWriter;
}
