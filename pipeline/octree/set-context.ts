import type { SetOptions } from '#format/index-json.ts';
import type { Bodies, System } from '#format/system.ts';
import type { FileSink } from '#pipeline/store/set-writer.ts';
import type { FormatConstants } from './format-constants.ts';

/** A system with its numbers of planets, moons and stations. */
export interface CountedSystem extends System {
  readonly counts: Bodies;
}

/** Options and destination of a build. */
export interface SetContext {
  readonly options: SetOptions;
  /** The fields of the option `summary`. */
  readonly summary: ReadonlySet<string>;
  readonly writer: FileSink;
  readonly shape: FormatConstants;
}
