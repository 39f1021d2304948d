import { isUtf8 } from 'node:buffer';
import { MAX_RECORD_BYTES } from '#format/record/limits.ts';
import { validate } from './json/malformed.ts';
import { parse } from './json/parse-record.ts';
import { MAX_META_BYTES, unfit } from './record-limits.ts';
import type { Input, RawRecord, ReadOptions, Reject, SourceEvents, SourceLocation } from './source-types.ts';

/** Why a reader returned: the batch is full, the view is used up, or the input has ended. */
export type Pause = 'full' | 'starved' | 'done';

/** Maximum number of records in a batch. */
export const BATCH_RECORDS = 4096;

/** Receives the findings of a reader in one input: records go to the batch, everything else to the events. */
export class Sink {
  readonly #input: Pick<Input, 'file' | 'index'>;
  readonly #events: SourceEvents;
  readonly recordBytes: number;

  constructor(input: Pick<Input, 'file' | 'index'>, events: SourceEvents, options: ReadOptions) {
    this.#input = input;
    this.#events = events;
    this.recordBytes = options.recordBytes ?? MAX_RECORD_BYTES;
  }

  /** Name of the input for messages. */
  get file(): string {
    return this.#input.file;
  }

  location(offset: number, line: number, column: number, path?: string): SourceLocation {
    const { file, index: input } = this.#input;
    return path === undefined
      ? { file, input, offset, line, column }
      : { file, input, offset, line, column, path };
  }

  /** Adds a record to the batch, or rejects it; `flaw` is the fault of its key. */
  record(batch: RawRecord[], raw: RawRecord, flaw?: string): void {
    if (raw.bytes.length > this.recordBytes) {
      validate(raw.bytes, raw.location);
      this.tooLarge(raw.location, raw.bytes.length);
    } else if (flaw !== undefined) {
      validate(raw.bytes, raw.location);
      this.#events.onReject?.({ location: raw.location, reason: flaw });
    } else batch.push(raw);
  }

  reject(reject: Reject): void {
    this.#events.onReject?.(reject);
  }

  tooLarge(location: SourceLocation, size: number): void {
    const mib = (bytes: number) => `${Math.round((bytes / 2 ** 20) * 10) / 10} MiB`;
    const reason = `it has ${size} bytes (${mib(size)}), more than the maximum of ${mib(this.recordBytes)} for a record: split it`;
    this.#events.onReject?.({ location, reason });
  }

  /** Skips a member that is not a system, judged by its key. */
  skip(bytes: Buffer, location: SourceLocation, key: string): void {
    if (key !== '_meta' || bytes.length > MAX_META_BYTES) {
      validate(bytes, location);
      const reason =
        key === '_meta'
          ? `_meta is longer than ${MAX_META_BYTES} bytes`
          : `the key ${JSON.stringify(key)} does not name a system`;
      this.#events.onSkip?.(location, reason);
      return;
    }
    const { text, value } = parse(bytes, location);
    const refusal = unfit(bytes, text, value, location);
    if (!refusal) this.#events.onMeta?.(value, this.#input.index);
    this.#events.onSkip?.(
      location,
      refusal ? `_meta cannot be kept: ${refusal.reason}` : 'the key "_meta" does not name a system',
    );
  }

  /** Skips such a member that was too large to hold in memory. */
  skipLarge(location: SourceLocation): void {
    this.#events.onSkip?.(location, 'its key does not name a system');
  }

  /** Rejects a number, string, boolean or null in place of a system. */
  stray(bytes: Buffer, location: SourceLocation): void {
    const { value } = parse(bytes, location);
    this.#events.onReject?.({
      location,
      reason: `expected an object, found ${JSON.stringify(value).slice(0, 60).toWellFormed()}: remove it, or begin its key with _`,
      ...(isUtf8(bytes) && { record: value }),
    });
  }
}
