import type { JsonValue } from '#format/json.ts';
import type { Rejection } from '#format/record/limits.ts';
import type { FieldMap } from './mapping.ts';

/** Location of a value. Offsets, lines and columns refer to the decompressed input. */
export interface SourceLocation {
  readonly file: string;
  /** Index of the input. */
  readonly input: number;
  /** Byte offset of the value, 0-based; of a row of a database its row id. */
  readonly offset: number;
  /** 1-based; 0 for a row of a database. */
  readonly line: number;
  /** 1-based, in bytes; 0 for a row of a database. */
  readonly column: number;
  /**
   * Path to the value in a document: `["11 Com"]`, `data[17]`, `["Adam"][3]`, `systems["W"]`; in a database `systems
   * row 7`.
   */
  readonly path?: string;
}

/** One value in JSON; only its borders are checked. */
export interface RawRecord {
  /** A view, valid until the next batch is requested. */
  readonly bytes: Buffer;
  readonly location: SourceLocation;
  /** Its key, in a document of the shape `keyed`. */
  readonly key?: string;
  /** Key of the array around it, in a document of the shape `{region: [system]}`. */
  readonly region?: string;
}

/** A rejected record: its location and the reason. */
export interface Reject extends Rejection {
  readonly location: SourceLocation;
}

export interface SourceEvents {
  /** The document's `_meta`, if it has at most MAX_META_BYTES bytes and can be stored. */
  onMeta?(meta: JsonValue, input: number): void;
  /** A member that is not a system, judged by its key (`_…`, `$schema`, `title`, `description`). */
  onSkip?(location: SourceLocation, reason: string): void;
  /** A value that is not a valid record. */
  onReject?(reject: Reject): void;
  /** A field that `options.map` has given a record: id, name, region, x, y or z. */
  onMapped?(field: string): void;
  /** Number of lines in the range, after all were read. */
  onLines?(lines: number): void;
  /** Stored (compressed) bytes read so far, and their total if known. */
  onProgress?(bytesRead: number, bytesTotal: number | undefined): void;
}

/** A source of bytes. */
export interface Input {
  /** Name for messages: the path, or "standard input". */
  readonly file: string;
  readonly index: number;
  /** Path, for regular files, which can be read at any offset. */
  readonly path?: string;
  /** Stored size in bytes, if known. */
  readonly size?: number;
  /** State of a file with text when it was found (`stateIn`). */
  readonly state?: string;
  /** The stored bytes, in chunks of any size; a chunk is valid until the next one is requested. */
  open(signal?: AbortSignal, range?: ByteRange): AsyncIterable<Uint8Array>;
  /** The records of an input that is not text, such as a database, in batches. `open` is not called then. */
  records?(events: SourceEvents, options: ReadOptions): AsyncGenerator<RawRecord[], void, void>;
}

/** Bytes from `start` up to, not including, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface ReadOptions {
  /** Paths to id, name, region and position, if they are not in fields of these names. */
  readonly map?: FieldMap | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Records need no position, so columns of CSV are not checked for one. */
  readonly isPartial?: boolean;
  /** Reads these lines of plain NDJSON only; both ends are beginnings of lines (`splitLines`). */
  readonly range?: ByteRange;
  /** Number of the first line that is read (1). */
  readonly firstLine?: number;
  /** Language that finds the borders of values: WebAssembly, or JavaScript alone (the default). */
  readonly engine?: 'wasm' | 'js';
  /** Bytes in memory at a time, also the bytes inspected to detect the shape (1 MiB). */
  readonly windowBytes?: number;
  /** Maximum size of a record in bytes (64 MiB). */
  readonly recordBytes?: number;
}
