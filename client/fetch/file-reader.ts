import { CorruptError, type ErrorFields, NotFoundError } from '#client/errors.ts';
import type { QueryOptions } from '#client/query/types.ts';
import type { Usage } from '#client/query/usage.ts';
import { type FileRef, hexOf, pathOf } from '#format/file-ref.ts';
import type { GetOptions, Source } from './source.ts';

/** Decompression and hashing, which a platform may do faster. */
export interface Codec {
  /**
   * Decompresses one gzip member of at most `length` bytes; throws if there are more, or if the input is truncated or
   * has trailing bytes.
   */
  inflate(bytes: Uint8Array, length: number): Uint8Array | Promise<Uint8Array>;
  /** Returns the 32 bytes of SHA-256. */
  sha256(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** The decoded content of a file, and its memory in bytes. */
export interface Decoded<T> {
  readonly value: T;
  readonly cost: number;
}

/** Decodes a content; throws before it would allocate more than `budget` bytes. */
export type Decode<T> = (content: Uint8Array, budget: number) => Decoded<T>;

/** Maximum expansion of a deflate stream (zlib, "Maximum Compression Factor": 1032). */
const MAX_INFLATION = 1032;

/** Reads immutable files from a source, and checks their lengths and hashes before use. */
export class FileReader {
  readonly #source: Source;
  readonly #codec: Codec;
  readonly #maxFileBytes: number;
  /** Contents that came with other files, by hash; used instead of a request. */
  readonly #known = new Map<string, Uint8Array>();

  /** @param maxFileBytes maximum memory of one file, uncompressed and decoded */
  constructor(source: Source, codec: Codec, maxFileBytes: number) {
    this.#source = source;
    this.#codec = codec;
    this.#maxFileBytes = maxFileBytes;
  }

  /** Keeps the contents of files, by hash, to be used instead of requests. They are checked like those of files. */
  know(contents: ReadonlyMap<string, Uint8Array>): void {
    for (const [hash, content] of contents) this.#known.set(hash, content);
  }

  knows(ref: FileRef): boolean {
    return this.#known.has(ref.hash);
  }

  /**
   * The decoded content of a file. A missing or damaged file is requested a second time, bypassing every cache,
   * because a cache may keep the damaged file for ever.
   * @throws NotFoundError, CorruptError (also if `decode` throws), NetworkError
   */
  async read<T>(ref: FileRef, decode: Decode<T>, { signal, usage }: QueryOptions): Promise<Decoded<T>> {
    const max = this.#maxFileBytes;
    if (!(ref.length >= 0 && ref.length <= max)) {
      throw this.#corrupt(ref, `its length is ${ref.length} bytes, and maxFileBytes allows ${max}`, {});
    }
    for (let fresh = false; ; fresh = true) {
      const content = await this.#get(ref, { signal, fresh }, usage);
      if (content instanceof Uint8Array) return this.#decode(ref, content, decode);
      if (fresh) throw content;
      signal?.throwIfAborted();
    }
  }

  /** The content of a file from the source, or the error for an invalid file. */
  async #get(
    ref: FileRef,
    options: GetOptions,
    usage: Usage | undefined,
  ): Promise<Uint8Array | NotFoundError | CorruptError> {
    const file = pathOf(ref);
    const known = options.fresh ? undefined : this.#known.get(ref.hash);
    if (known) {
      if (usage) usage.cacheHits++;
      return this.#verify(ref, known);
    }
    if (usage) usage.requests++;
    // Deflate adds little to incompressible data; a smaller limit would truncate the HTML pages that are detected
    // below.
    const maxBytes = Math.ceil(ref.length * 1.25) + 65_536;
    const bytes = await this.#source.get(file, { ...options, maxBytes });
    if (!bytes) {
      return new NotFoundError(
        `${file} of ${this.#source.location} is missing: publish the set again, all files before index.json`,
        { file },
      );
    }
    if (usage) usage.bytes += bytes.length;
    return this.#verify(ref, bytes);
  }

  async #verify(ref: FileRef, bytes: Uint8Array): Promise<Uint8Array | CorruptError> {
    const { length, hash } = ref;
    // If a server sends Content-Encoding, the transport decompresses; the hash shows whether the content is valid.
    const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
    let content = bytes;
    if (zipped) {
      const most = bytes.length * MAX_INFLATION;
      if (length > most) {
        const reason = `${bytes.length} bytes of gzip decompress to at most ${most} bytes, expected ${length}`;
        return this.#corrupt(ref, reason, { expected: length, found: most });
      }
      try {
        content = await this.#codec.inflate(bytes, length);
      } catch (cause) {
        return this.#corrupt(ref, `it cannot be decompressed to ${length} bytes: ${messageOf(cause)}`, {
          cause,
        });
      }
    }
    const found = content.length === length && hexOf(await this.#codec.sha256(content));
    if (found === hash) return content;
    if (!zipped && isMarkup(bytes)) {
      const reason = `got an HTML page instead of ${pathOf(ref)}; is it a single-page-app fallback or an error page?`;
      return this.#corrupt(ref, reason, {});
    }
    return found
      ? this.#corrupt(ref, `its content has hash ${found}, expected ${hash}`, { expected: hash, found })
      : this.#corrupt(ref, `its content has ${content.length} bytes, expected ${length}`, {
          expected: length,
          found: content.length,
        });
  }

  #decode<T>(ref: FileRef, content: Uint8Array, decode: Decode<T>): Decoded<T> {
    try {
      return decode(content, this.#maxFileBytes - content.length);
    } catch (cause) {
      throw this.#corrupt(ref, messageOf(cause), { cause });
    }
  }

  #corrupt(ref: FileRef, reason: string, fields: ErrorOptions & ErrorFields): CorruptError {
    const file = pathOf(ref);
    const message = `${file} of ${this.#source.location} is corrupt: ${reason} (purge caches or publish again)`;
    return new CorruptError(message, { file, reason, ...fields });
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** True for bytes that begin like HTML or XML, after a byte order mark or blanks. */
function isMarkup(bytes: Uint8Array): boolean {
  return /^\s*</.test(new TextDecoder().decode(bytes.subarray(0, 256)));
}
