import { ByteCache } from './cache.ts';
import { ArgumentError, CorruptError, type ErrorFields, NotFoundError } from './errors.ts';
import { MAX_CHUNK_LIMIT } from './format/index-json.ts';
import { type FileRef, hexOf, pathOf } from './format/ref.ts';
import { Gate } from './gate.ts';
import { inflate } from './inflate.ts';
import { sha256 } from './sha256.ts';
import type { GetOptions, Source } from './source.ts';

/** What reads have cost; every read adds 1 to either `requests` or `cacheHits`, unless it is aborted early. */
export interface Usage {
  /**
   * Files asked of the source on behalf of these reads: twice for one that was missing or damaged at first. The
   * source's own retries are not counted.
   */
  requests: number;
  /** Bytes that came from the source, as it gave them. */
  bytes: number;
  /** Reads that took no request of their own: the value was kept, or another read was fetching it already. */
  cacheHits: number;
  /** Requests that had to wait for one another; counted by the query, not here. */
  roundTrips: number;
}

/** A count of costs that begins at nothing. */
export function newUsage(): Usage {
  return { requests: 0, bytes: 0, cacheHits: 0, roundTrips: 0 };
}

/** What a file's content means, and what keeping it costs, in bytes. */
export interface Decoded<T> {
  readonly value: T;
  readonly cost: number;
}

/** Turns a content into its value, and throws rather than allocate more than `budget` bytes. */
export type Decode<T> = (content: Uint8Array, budget: number) => Decoded<T>;

/** Inflating and hashing, which a platform may do in a better way. */
export interface Codec {
  /** At most `length` bytes from one gzip member; throws where more come out, it is cut, or anything follows it. */
  inflate(bytes: Uint8Array, length: number): Uint8Array | Promise<Uint8Array>;
  /** The 32 bytes of SHA-256. */
  sha256(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

export interface FilesOptions {
  /** Budget of decoded values kept, in bytes; 64 MiB by default, 0 to keep none. */
  readonly cacheBytes?: number;
  /** Most files fetched at the same time; 64 by default. */
  readonly concurrency?: number;
  /** The web platform's by default; in Node, `nodeCodec` is faster. */
  readonly codec?: Codec;
  /**
   * Most memory that one file may take, uncompressed and decoded, and that all files under way may take uncompressed;
   * 128 MiB by default. A record of many MiB may need more.
   */
  readonly maxFileBytes?: number;
}

export interface ReadOptions {
  /** Gives up waiting: rejects with its `reason`. */
  readonly signal?: AbortSignal | undefined;
  /** Raised by what this read costs. */
  readonly usage?: Usage | undefined;
}

/** A request under way, and how many reads wait for it. */
interface Flight {
  readonly value: Promise<unknown>;
  readonly controller: AbortController;
  waiting: number;
}

const MIB = 1 << 20;
/** No deflate stream grows by more (zlib, "Maximum Compression Factor": 1032). */
const MAX_INFLATION = 1032;

/**
 * Reads immutable files: from the values kept, by joining a request under way, or from the source. What comes from
 * the source is checked against its length and hash before use; what fails is asked for once more past every cache.
 * Failures are not kept: the next read asks again.
 */
export class Files {
  readonly source: Source;
  /** Most rows of a chunk of the set. */
  readonly chunkLimit: number;
  readonly #cache: ByteCache;
  readonly #codec: Codec;
  readonly #maxFileBytes: number;
  readonly #gate: Gate;
  readonly #flights = new Map<string, Flight>();

  /** @throws ArgumentError for an option out of range */
  constructor(source: Source, options: FilesOptions = {}, chunkLimit = MAX_CHUNK_LIMIT) {
    const { cacheBytes = 64 * MIB, concurrency = 64, maxFileBytes = 128 * MIB } = options;
    check('cacheBytes', cacheBytes, cacheBytes >= 0);
    check('concurrency', concurrency, Number.isInteger(concurrency) && concurrency >= 1);
    check('maxFileBytes', maxFileBytes, maxFileBytes >= 1);
    this.source = source;
    this.chunkLimit = chunkLimit;
    this.#cache = new ByteCache(cacheBytes);
    this.#codec = options.codec ?? { inflate, sha256 };
    this.#maxFileBytes = maxFileBytes;
    this.#gate = new Gate(concurrency, maxFileBytes);
  }

  /** Cost of the values kept at present, in bytes. */
  get cachedBytes(): number {
    return this.#cache.bytes;
  }

  /**
   * The decoded content of a file. The value is shared with every other read of the file: treat it as read only,
   * and decode files of one kind in one way.
   *
   * A read that is aborted rejects at once, and leaves other reads of the same file alone; the request itself ends
   * when no read waits for it any more.
   * @throws NotFoundError, CorruptError (also where `decode` throws), NetworkError
   */
  async read<T>(ref: FileRef, decode: Decode<T>, { signal, usage }: ReadOptions = {}): Promise<T> {
    signal?.throwIfAborted();
    const path = pathOf(ref);
    const kept = this.#cache.get(path);
    if (kept) {
      if (usage) usage.cacheHits++;
      return kept.value as T;
    }
    const flight = this.#flights.get(path);
    if (flight && usage) usage.cacheHits++;
    return this.#join(path, flight ?? this.#start(path, ref, decode, usage), signal) as Promise<T>;
  }

  #start<T>(path: string, ref: FileRef, decode: Decode<T>, usage: Usage | undefined): Flight {
    const controller = new AbortController();
    const { signal } = controller;
    const load = async () => {
      // Nobody waits any more: the place goes to the next in the queue.
      signal.throwIfAborted();
      const content = await this.#fetch(path, ref, signal, usage);
      const { value, cost } = this.#decode(path, content, decode);
      this.#cache.set(path, value, cost);
      return value;
    };
    const value = this.#gate.run(ref.length, load).finally(() => this.#land(path, flight));
    const flight: Flight = { value, controller, waiting: 0 };
    this.#flights.set(path, flight);
    return flight;
  }

  #join(path: string, flight: Flight, signal: AbortSignal | undefined): Promise<unknown> {
    flight.waiting++;
    return new Promise((resolve, reject) => {
      const leave = () => {
        reject(signal?.reason);
        if (--flight.waiting > 0) return;
        this.#land(path, flight);
        flight.controller.abort(signal?.reason);
      };
      signal?.addEventListener('abort', leave, { once: true });
      flight.value.then(resolve, reject).finally(() => signal?.removeEventListener('abort', leave));
    });
  }

  /** Takes a flight off the table; a later one of the same file stays. */
  #land(path: string, flight: Flight): void {
    if (this.#flights.get(path) === flight) this.#flights.delete(path);
  }

  /** A file that is missing or damaged is asked for once more past every cache: a cache may hold it for ever. */
  async #fetch(
    path: string,
    ref: FileRef,
    signal: AbortSignal,
    usage: Usage | undefined,
  ): Promise<Uint8Array> {
    const { length } = ref;
    if (!(length >= 0 && length <= this.#maxFileBytes)) {
      throw this.#corrupt(
        path,
        `its length is ${length} bytes, and maxFileBytes allows ${this.#maxFileBytes}`,
        {},
      );
    }
    for (let fresh = false; ; fresh = true) {
      const found = await this.#ask(path, ref, { signal, fresh }, usage);
      if (found instanceof Uint8Array) return found;
      if (fresh) throw found;
      signal.throwIfAborted();
    }
  }

  /** The content of a file as the source has it, or what is wrong with it. */
  async #ask(
    path: string,
    { length, hash }: FileRef,
    options: GetOptions,
    usage: Usage | undefined,
  ): Promise<Uint8Array | NotFoundError | CorruptError> {
    const fail = (reason: string, fields: ErrorOptions & ErrorFields) => this.#corrupt(path, reason, fields);
    if (usage) usage.requests++;
    // Deflate adds little to what it cannot compress; a smaller bound would cut the pages that are recognised below.
    const bytes = await this.source.get(path, { ...options, maxBytes: Math.ceil(length * 1.25) + 65_536 });
    if (!bytes) {
      return new NotFoundError(
        `${path} of ${this.source.location} is missing: publish the set again, all files before index.json`,
        { file: path },
      );
    }
    if (usage) usage.bytes += bytes.length;
    // A server that names the encoding makes the transport inflate; the hash tells whether the rest is right.
    const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
    let content = bytes;
    if (zipped) {
      const most = bytes.length * MAX_INFLATION;
      if (length > most) {
        return fail(`${bytes.length} bytes of gzip inflate to ${most} bytes at most, expected ${length}`, {
          expected: length,
          found: most,
        });
      }
      try {
        content = await this.#codec.inflate(bytes, length);
      } catch (cause) {
        return fail(`it cannot be inflated to ${length} bytes: ${messageOf(cause)}`, { cause });
      }
    }
    const found = content.length === length && hexOf(await this.#codec.sha256(content));
    if (found === hash) return content;
    if (!zipped && isMarkup(bytes)) {
      return fail(
        `got an HTML page instead of ${path}; is it a single-page-app fallback or an error page?`,
        {},
      );
    }
    return found
      ? fail(`its content has hash ${found}, expected ${hash}`, { expected: hash, found })
      : fail(`its content has ${content.length} bytes, expected ${length}`, {
          expected: length,
          found: content.length,
        });
  }

  #decode<T>(path: string, content: Uint8Array, decode: Decode<T>): Decoded<T> {
    try {
      return decode(content, this.#maxFileBytes - content.length);
    } catch (cause) {
      throw this.#corrupt(path, messageOf(cause), { cause });
    }
  }

  #corrupt(file: string, reason: string, fields: ErrorOptions & ErrorFields): CorruptError {
    const message = `${file} of ${this.source.location} is corrupt: ${reason} (purge caches or publish again)`;
    return new CorruptError(message, { file, reason, ...fields });
  }
}

function check(option: string, value: number, right: boolean): void {
  if (!right) throw new ArgumentError(`${option} is ${value}, which is out of range`, { found: value });
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** True for what begins as HTML or XML does, after a byte order mark or blanks. */
function isMarkup(bytes: Uint8Array): boolean {
  return /^\s*</.test(new TextDecoder().decode(bytes.subarray(0, 256)));
}
