import { InputError } from '#pipeline/errors.ts';
import { isMark, MARK_BYTES, SEPARATOR } from './ascii.ts';
import { compressionOf, textBytes, withProgress } from './bytes.ts';
import { checkColumns } from './check-columns.ts';
import { CsvReader } from './csv.ts';
import { csvFormat } from './csv-format.ts';
import { shapeOf } from './json/detect-shape.ts';
import { DocumentReader } from './json/document.ts';
import { EngineScanner } from './json/engine-scanner.ts';
import { LineReader } from './json/lines.ts';
import { syntaxError } from './json/malformed.ts';
import { isSpace, Scanner } from './json/scanner.ts';
import { FORMATS, refuseBinary, refuseText } from './magic.ts';
import { mapRecords } from './map-records.ts';
import { type Mapping, mappingOf } from './mapping.ts';
import { type Pause, Sink } from './sink.ts';
import type { ByteRange, Input, RawRecord, ReadOptions, Reject, SourceEvents } from './source-types.ts';
import { Window } from './window.ts';

export {
  fileInput,
  inputOf,
  type LeftOutFile,
  resolveInputs,
  STANDARD_INPUT,
  standardInput,
  textFile,
} from './inputs.ts';
export { malformed } from './json/malformed.ts';
export type { FieldMap } from './mapping.ts';
export { MAX_META_BYTES } from './record-limits.ts';
export type {
  ByteRange,
  Input,
  RawRecord,
  ReadOptions,
  Reject,
  SourceEvents,
  SourceLocation,
} from './source-types.ts';

const WINDOW_BYTES = 1 << 20;
/** The beginning of a JSON value. A longer word that begins like `true`, `false` or `null` does not match. */
const JSON_START = /^(?:[[{"\-0-9]|(?:true|false|null)(?!\w)|[tfn]\w{0,4}$)/;
const START_BYTES = 6;

/**
 * Reads the records of one input, in its order, as batches of raw JSON, with the fields that `options.map` finds. The
 * format (JSON of any shape, NDJSON, JSON text sequence, GeoJSON, CSV, TSV) and the compression (gzip, zstd) are
 * detected from the content. Memory: a window of 1 MiB, or the size of the longest record.
 *
 * @throws InputError if the input is malformed (after the records before the fault), empty, or of another format;
 *   UsageError for a bad map; I/O errors with the path; the signal's reason.
 */
export async function* readRecords(
  input: Input,
  events: SourceEvents = {},
  options: ReadOptions = {},
): AsyncGenerator<RawRecord[], void, void> {
  const mapping = options.map && mappingOf(options.map);
  const batches = readBatches(input, events, options, mapping);
  if (!mapping) {
    yield* batches;
    return;
  }
  const onReject = (reject: Reject) => events.onReject?.(reject);
  const onField = (field: string) => events.onMapped?.(field);
  for await (const batch of batches) yield mapRecords(batch, mapping, onReject, onField);
}

async function* readBatches(
  input: Input,
  events: SourceEvents,
  options: ReadOptions,
  mapping: Mapping | undefined,
): AsyncGenerator<RawRecord[], void, void> {
  const { signal, windowBytes = WINDOW_BYTES, range, firstLine = 1 } = options;
  if (input.records) {
    for await (const batch of input.records(events, options)) {
      yield batch;
      signal?.throwIfAborted();
    }
    return;
  }
  const bytes = range ? withProgress(input, events, signal, range) : textBytes(input, events, signal);
  const window = new Window(bytes, windowBytes);
  try {
    const sink = new Sink(input, events, options);
    const reader = range
      ? await rangeReader(window, sink, range, firstLine)
      : await openReader(window, sink, mapping, options);
    for (;;) {
      const batch: RawRecord[] = [];
      let pause: Pause = 'done';
      let failure: unknown;
      try {
        pause = await reader.read(batch);
      } catch (error) {
        failure = error;
      }
      if (batch.length > 0) yield batch;
      if (failure !== undefined) throw failure;
      if (pause === 'done') {
        if ('lines' in reader) events.onLines?.(reader.lines);
        return;
      }
      signal?.throwIfAborted();
      if (pause === 'starved') await window.fill();
    }
  } catch (error) {
    // An aborted stream fails with its own error: the signal's reason is thrown instead.
    signal?.throwIfAborted();
    throw error;
  } finally {
    await window.close();
  }
}

/** Reader of a range of lines of plain NDJSON. */
async function rangeReader(
  window: Window,
  sink: Sink,
  { start }: ByteRange,
  firstLine: number,
): Promise<LineReader> {
  window.base = start;
  await window.fill();
  while (start === 0 && isMark(window.view, window.pos)) window.pos += MARK_BYTES;
  return new LineReader(window, sink, firstLine, start + window.pos);
}

/** True if an input is plain NDJSON, judged by its first bytes: then it can be read by ranges of lines. */
export async function isPlainLines(input: Input, signal?: AbortSignal): Promise<boolean> {
  if (input.records) return false;
  const window = new Window(withProgress(input, {}, signal), WINDOW_BYTES);
  try {
    await window.fill();
    if (compressionOf(window.view) !== undefined) return false;
    const reader = await openReader(window, new Sink(input, {}, {}), undefined, {});
    return reader instanceof LineReader;
  } finally {
    await window.close();
  }
}

/** Finds the first value or header, and chooses the reader for it. */
async function openReader(
  window: Window,
  sink: Sink,
  mapping: Mapping | undefined,
  { isPartial = false, engine = 'js', windowBytes: lookahead = WINDOW_BYTES }: ReadOptions,
): Promise<LineReader | DocumentReader | CsvReader> {
  const { file } = sink;
  await window.fill();
  // For an input that fits in the first window an engine takes longer to make than to use.
  const scanner = engine === 'wasm' && !window.ended ? new EngineScanner() : new Scanner();
  while (isMark(window.view, window.pos)) window.pos += MARK_BYTES;
  scanner.lineStart = window.pos;
  refuseBinary(window.view.subarray(window.pos), file);
  for (;;) {
    window.pos = scanner.skipSpace(window.view, window.pos, window.base);
    if (isMark(window.view, window.pos)) {
      window.pos += MARK_BYTES;
      continue;
    }
    if (window.ended || window.view.length - window.pos >= lookahead) break;
    // White space at the beginning of the line may be empty cells of TSV.
    const indent = window.pos - (scanner.lineStart - window.base);
    const kept = indent <= lookahead ? indent : 0;
    window.pos -= kept;
    await window.fill();
    window.pos += kept;
  }
  const { view, pos, base, ended } = window;
  if (pos === view.length) {
    const empty = base + view.length === 0 ? 'is empty' : 'contains only white space';
    throw new InputError(`${file} ${empty}: expected ${FORMATS}; an empty catalogue is {} or []`, {
      file,
      reason: empty,
    });
  }
  if (view[pos] === SEPARATOR) return new DocumentReader(window, sink, scanner, 'values', lookahead);
  refuseText(view.subarray(pos), file);
  const indent = Math.max(scanner.lineStart - base, 0);
  const start = view.subarray(indent, pos).every(isSpace) ? indent : pos;
  const format = csvFormat(view, start);
  if (format) {
    window.pos = start + format.skipped.bytes;
    const line = scanner.line + format.skipped.lines;
    return new CsvReader(window, sink, format, line, columns => {
      if (!isPartial) checkColumns(columns, mapping, file, format.name);
    });
  }
  if (!JSON_START.test(view.toString('latin1', pos, pos + START_BYTES))) {
    const location = sink.location(base + pos, scanner.line, base + pos - scanner.lineStart + 1);
    throw syntaxError(
      { location, view, at: pos },
      "JSON or NDJSON, which begins with '{' or '[', or CSV with a header",
    );
  }
  const shape = shapeOf(view, pos, ended);
  if (shape === 'lines') return new LineReader(window, sink, scanner.line, scanner.lineStart);
  return new DocumentReader(window, sink, scanner, shape, lookahead);
}
