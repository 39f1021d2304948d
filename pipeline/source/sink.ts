import { isUtf8 } from 'node:buffer';
import { MAX_RECORD_BYTES } from '../../client/format/fitness.ts';
import { MAX_META_BYTES, unfit } from './fitness.ts';
import { validate } from './malformed.ts';
import { parse } from './parse.ts';
import type { Input, RawRecord, ReadOptions, Reject, SourceEvents, SourceLocation } from './types.ts';

/** What reading gives while a view lasts: go on after the batch is used, or with the next view, or end. */
export type Pause = 'full' | 'starved' | 'done';

/** Records in a batch. */
export const BATCH_RECORDS = 4096;

/** Takes what a reader finds in one input: records go to the batch, the rest to the events. */
export class Sink {
  readonly #input: Pick<Input, 'file' | 'index'>;
  readonly #events: SourceEvents;
  readonly recordBytes: number;

  constructor(input: Pick<Input, 'file' | 'index'>, events: SourceEvents, options: ReadOptions) {
    this.#input = input;
    this.#events = events;
    this.recordBytes = options.recordBytes ?? MAX_RECORD_BYTES;
  }

  place(offset: number, line: number, column: number, path?: string): SourceLocation {
    const { file, index: input } = this.#input;
    return path === undefined
      ? { file, input, offset, line, column }
      : { file, input, offset, line, column, path };
  }

  /** A record whose text is at hand; `flaw` says what is wrong with its key. */
  record(batch: RawRecord[], raw: RawRecord, flaw?: string): void {
    if (raw.bytes.length > this.recordBytes) {
      validate(raw.bytes, raw.place);
      this.tooLarge(raw.place, raw.bytes.length);
    } else if (flaw !== undefined) {
      validate(raw.bytes, raw.place);
      this.#events.onReject?.({ place: raw.place, reason: flaw });
    } else batch.push(raw);
  }

  reject(reject: Reject): void {
    this.#events.onReject?.(reject);
  }

  tooLarge(place: SourceLocation, size: number): void {
    const mib = (bytes: number) => `${Math.round((bytes / 2 ** 20) * 10) / 10} MiB`;
    const reason = `it has ${size} bytes (${mib(size)}), more than the ${mib(this.recordBytes)} a record may have: split it`;
    this.#events.onReject?.({ place, reason });
  }

  /** A member that is no system by its key. */
  skip(bytes: Buffer, place: SourceLocation, key: string): void {
    if (key !== '_meta' || bytes.length > MAX_META_BYTES) {
      validate(bytes, place);
      const why =
        key === '_meta'
          ? `_meta is longer than ${MAX_META_BYTES} bytes`
          : `the key ${JSON.stringify(key)} names no system`;
      this.#events.onSkip?.(place, why);
      return;
    }
    const { text, value } = parse(bytes, place);
    const refusal = unfit(bytes, text, value, place);
    if (!refusal) this.#events.onMeta?.(value, this.#input.index);
    this.#events.onSkip?.(
      place,
      refusal ? `_meta cannot be kept: ${refusal.reason}` : 'the key "_meta" names no system',
    );
  }

  /** A member that is no system by its key, and was too large to hold. */
  skipLarge(place: SourceLocation): void {
    this.#events.onSkip?.(place, 'its key names no system');
  }

  /** A number, text, truth value or null where a system should be. */
  stray(bytes: Buffer, place: SourceLocation): void {
    const { value } = parse(bytes, place);
    this.#events.onReject?.({
      place,
      reason: `expected an object, found ${JSON.stringify(value).slice(0, 60).toWellFormed()}: remove it, or let its key begin with _`,
      ...(isUtf8(bytes) && { record: value }),
    });
  }
}
