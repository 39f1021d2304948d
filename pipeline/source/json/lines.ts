import { isMark, MARK_BYTES, NEWLINE } from '#pipeline/source/ascii.ts';
import { BATCH_RECORDS, type Pause, type Sink } from '#pipeline/source/sink.ts';
import type { RawRecord, SourceLocation } from '#pipeline/source/source-types.ts';
import type { Window } from '#pipeline/source/window.ts';
import { Validator } from './malformed.ts';
import { isSpace } from './scanner.ts';

/**
 * Reads NDJSON: one value per line. Allows blank lines, CR before LF, and a byte order mark before a value, as
 * concatenated files have.
 */
export class LineReader {
  readonly #window: Window;
  readonly #sink: Sink;
  #line: number;
  /** Offset of the line's first byte. */
  #lineStart: number;
  /** Offset up to which the line has no newline. */
  #searched = 0;
  /** A line that is too long to hold in memory, as far as it has been read. */
  #huge: { location: SourceLocation; validator: Validator; size: number } | undefined;

  /** Lines that ended so far. */
  lines = 0;

  constructor(window: Window, sink: Sink, line: number, lineStart: number) {
    this.#window = window;
    this.#sink = sink;
    this.#line = line;
    this.#lineStart = lineStart;
  }

  read(batch: RawRecord[]): Pause {
    const window = this.#window;
    const { view, base } = window;
    while (batch.length < BATCH_RECORDS) {
      const newline = view.indexOf(NEWLINE, Math.max(window.pos, this.#searched - base));
      if (newline < 0 && !window.ended) {
        if (!this.#huge) window.pos = this.#skipSpace(view, view.length);
        if (this.#huge || view.length - window.pos > this.#sink.recordBytes)
          this.#hugePiece(view, view.length);
        this.#searched = base + view.length;
        return 'starved';
      }
      const end = newline < 0 ? view.length : newline;
      if (this.#huge) this.#endHuge(view, end);
      else this.#endLine(batch, view, end);
      if (newline < 0) return 'done';
      window.pos = newline + 1;
      this.#line++;
      this.lines++;
      this.#lineStart = base + newline + 1;
    }
    return 'full';
  }

  /** Index of the first byte of the value from `pos` on, which is at the beginning of a line; at most `end`. */
  #skipSpace(view: Buffer, end: number): number {
    let pos = this.#window.pos;
    for (;;) {
      while (pos < end && isSpace(view[pos]!)) pos++;
      if (!isMark(view, pos)) return pos;
      pos += MARK_BYTES;
    }
  }

  #endLine(batch: RawRecord[], view: Buffer, lineEnd: number): void {
    const start = this.#skipSpace(view, lineEnd);
    const end = trimEnd(view, start, lineEnd);
    if (start < end)
      this.#sink.record(batch, { bytes: view.subarray(start, end), location: this.#location(start) });
  }

  #location(start: number): SourceLocation {
    const offset = this.#window.base + start;
    return this.#sink.location(offset, this.#line, offset - this.#lineStart + 1);
  }

  #hugePiece(view: Buffer, end: number): void {
    const { pos, base } = this.#window;
    if (!this.#huge) {
      const location = this.#location(pos);
      this.#huge = { location, validator: new Validator(location), size: 0 };
    }
    this.#huge.validator.feed(view.subarray(pos, end));
    const textEnd = trimEnd(view, pos, end);
    if (textEnd > pos) this.#huge.size = base + textEnd - this.#huge.location.offset;
    this.#window.pos = end;
  }

  #endHuge(view: Buffer, end: number): void {
    this.#hugePiece(view, end);
    this.#huge!.validator.end();
    this.#sink.tooLarge(this.#huge!.location, this.#huge!.size);
    this.#huge = undefined;
  }
}

function trimEnd(view: Buffer, start: number, end: number): number {
  let pos = end;
  while (pos > start && isSpace(view[pos - 1]!)) pos--;
  return pos;
}
