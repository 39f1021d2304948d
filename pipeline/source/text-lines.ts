/** Reads an input line by line, whatever the lines are. */
import { MAX_RECORD_BYTES } from '#format/record/limits.ts';
import { InputError } from '#pipeline/errors.ts';
import { isMark, MARK_BYTES, NEWLINE } from './ascii.ts';
import { textBytes } from './bytes.ts';
import { isSpace } from './json/scanner.ts';
import type { Input, RawRecord, SourceEvents } from './source-types.ts';

/** A line without the white space around it. */
export type TextLine = Pick<RawRecord, 'bytes' | 'location'>;

/** A line of `diff` has a record and some strings of it. */
const MAX_LINE_BYTES = 2 * MAX_RECORD_BYTES;

/**
 * Yields the lines of an input, plain, gzip or zstd, in batches; blank ones are left out.
 * @throws InputError for a line that is too long, or corrupt compressed data; I/O errors; the signal's reason
 */
export async function* textLines(
  input: Input,
  events: SourceEvents,
  signal?: AbortSignal,
): AsyncGenerator<TextLine[], void, void> {
  let rest: Buffer = Buffer.alloc(0);
  let offset = 0;
  let line = 1;
  const lineOf = (bytes: Buffer): TextLine[] => {
    let start = 0;
    let end = bytes.length;
    while (start < end && (isSpace(bytes[start]!) || isMark(bytes, start)))
      start += isMark(bytes, start) ? MARK_BYTES : 1;
    while (end > start && isSpace(bytes[end - 1]!)) end--;
    if (start === end) return [];
    const { file, index } = input;
    const location = { file, input: index, offset: offset + start, line, column: 1 + start };
    return [{ bytes: bytes.subarray(start, end), location }];
  };
  for await (const chunk of textBytes(input, events, signal)) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const lines: TextLine[] = [];
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      lines.push(...lineOf(bytes.subarray(start, end)));
      offset += end + 1 - start;
      line++;
      start = end + 1;
    }
    // A copy: the source may use its buffer again.
    rest = Buffer.from(bytes.subarray(start));
    if (rest.length > MAX_LINE_BYTES) {
      const reason = `the line has more than ${MAX_LINE_BYTES} bytes`;
      throw new InputError(`${input.file}, line ${line}: ${reason}: end lines with a line feed`, {
        file: input.file,
        line,
        reason,
      });
    }
    if (lines.length > 0) yield lines;
  }
  const last = lineOf(rest);
  if (last.length > 0) yield last;
}
