import type { Rejection } from '../../client/format/fitness.ts';
import type { JsonValue } from '../../client/format/json.ts';
import type { FieldMap } from './mapping.ts';

/** Where a value stands. Offsets, lines and columns are those of the text, after decompression. */
export interface SourceLocation {
  readonly file: string;
  /** Index of the input. */
  readonly input: number;
  /** Byte offset of the value, 0-based; of a row of a database its row id. */
  readonly offset: number;
  /** 1-based; 0 for what stands in no text. */
  readonly line: number;
  /** 1-based, in bytes; 0 likewise. */
  readonly column: number;
  /** Way to the value in a document: `["11 Com"]`, `data[17]`, `["Adam"][3]`, `systems["W"]`; in a database `systems row 7`. */
  readonly path?: string;
}

/** The JSON text of one value, unchecked but for its borders. */
export interface RawRecord {
  /** A view, valid until the next batch is asked for. */
  readonly bytes: Buffer;
  readonly place: SourceLocation;
  /** Its key, in a keyed shape. */
  readonly key?: string;
  /** Key of the list around it, in the shape `{region: [system]}`. */
  readonly region?: string;
}

/** A refused record and its place. */
export interface Reject extends Rejection {
  readonly place: SourceLocation;
}

export interface SourceEvents {
  /** The document's `_meta`, if its text is at most MAX_META_BYTES and it is fit to be stored. */
  onMeta?(meta: JsonValue, input: number): void;
  /** A member that is no system by its key (`_…`, `$schema`, `title`, `description`). */
  onSkip?(place: SourceLocation, why: string): void;
  /** A value that is no record and cannot be handed on. */
  onReject?(reject: Reject): void;
  /** Lines that ended, once a range of lines was read. */
  onLines?(lines: number): void;
  /** Bytes read as stored (compressed), and all there are, where that is known. */
  onProgress?(bytesRead: number, bytesTotal: number | undefined): void;
}

/** Where bytes come from. */
export interface Input {
  /** As messages name it: the path, or "standard input". */
  readonly file: string;
  readonly index: number;
  /** Path to read at any offset, for regular files. */
  readonly path?: string;
  /** Size as stored, where it is known. */
  readonly size?: number;
  /** The bytes as stored, in chunks of any size. */
  open(signal?: AbortSignal, range?: ByteRange): AsyncIterable<Uint8Array>;
  /** The records of an input that is no text, such as a database, in batches; its bytes are not read then. */
  records?(events: SourceEvents, options: ReadOptions): AsyncGenerator<RawRecord[], void, void>;
}

/** Bytes from `start` up to, not including, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface ReadOptions {
  /** Where records have their id, name, region and position, if not in fields of these names. */
  readonly map?: FieldMap | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Reads these lines of plain NDJSON only; both ends are beginnings of lines (`splitLines`). */
  readonly range?: ByteRange;
  /** Number of the first line that is read (1). */
  readonly firstLine?: number;
  /** Bytes held at a time, and looked at before the shape is decided (1 MiB). */
  readonly windowBytes?: number;
  /** Longest record (64 MiB). */
  readonly recordBytes?: number;
}
