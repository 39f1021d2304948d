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

/** What a file's content means, and what keeping it costs, in bytes. */
export interface Decoded<T> {
  readonly value: T;
  readonly cost: number;
}

/** Turns a content into its value, and throws rather than allocate more than `budget` bytes. */
export type Decode<T> = (content: Uint8Array, budget: number) => Decoded<T>;

/** No deflate stream grows by more (zlib, "Maximum Compression Factor": 1032). */
const MAX_INFLATION = 1032;

/** Reads immutable files from a source, and checks their lengths and hashes before use. */
export class FileReader {
  readonly #source: Source;
  readonly #codec: Codec;
  readonly #maxFileBytes: number;

  /** @param maxFileBytes most memory that one file may take, uncompressed and decoded */
  constructor(source: Source, codec: Codec, maxFileBytes: number) {
    this.#source = source;
    this.#codec = codec;
    this.#maxFileBytes = maxFileBytes;
  }

  /**
   * The decoded content of a file. One that is missing or damaged is asked for once more past every cache: a cache may
   * hold the damaged one for ever.
   * @throws NotFoundError, CorruptError (also where `decode` throws), NetworkError
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

  /** The content of a file as the source has it, or what is wrong with it. */
  async #get(
    ref: FileRef,
    options: GetOptions,
    usage: Usage | undefined,
  ): Promise<Uint8Array | NotFoundError | CorruptError> {
    const file = pathOf(ref);
    if (usage) usage.requests++;
    // Deflate adds little to what it cannot compress; a smaller bound would cut the pages that are recognised below.
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
    // A server that names the encoding makes the transport inflate; the hash tells whether the rest is right.
    const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
    let content = bytes;
    if (zipped) {
      const most = bytes.length * MAX_INFLATION;
      if (length > most) {
        const reason = `${bytes.length} bytes of gzip inflate to ${most} bytes at most, expected ${length}`;
        return this.#corrupt(ref, reason, { expected: length, found: most });
      }
      try {
        content = await this.#codec.inflate(bytes, length);
      } catch (cause) {
        return this.#corrupt(ref, `it cannot be inflated to ${length} bytes: ${messageOf(cause)}`, { cause });
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

/** True for what begins as HTML or XML does, after a byte order mark or blanks. */
function isMarkup(bytes: Uint8Array): boolean {
  return /^\s*</.test(new TextDecoder().decode(bytes.subarray(0, 256)));
}
