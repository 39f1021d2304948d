import type { QueryOptions } from '#client/query/types.ts';
import { checkInteger, checkNumber } from '#client/query/validate.ts';
import { type FileRef, pathOf } from '#format/file-ref.ts';
import { MAX_CHUNK_LIMIT, type SetIndex } from '#format/index-json.ts';
import { type Codec, type Decode, FileReader } from './file-reader.ts';
import { Gate } from './gate.ts';
import { inflate } from './gunzip.ts';
import { InFlight } from './in-flight.ts';
import { LruCache } from './lru-cache.ts';
import { readIndex } from './read-index.ts';
import { sha256 } from './sha256.ts';
import type { Source } from './source.ts';

/** How files are fetched and kept. */
export interface FilesOptions {
  /** Maximum size of the cache of decoded files, in bytes; 64 MiB by default, 0 for no cache. */
  readonly cacheBytes?: number | undefined;
  /** Maximum number of concurrent requests; 64 by default. */
  readonly concurrency?: number | undefined;
  /** The web platform's by default; in Node, `nodeCodec` is faster. */
  readonly codec?: Codec | undefined;
  /**
   * Maximum memory in bytes of one file, decompressed and decoded, and of the decompressed content of all files being
   * read; 128 MiB by default. A set with records of many MiB may need more.
   */
  readonly maxFileBytes?: number | undefined;
}

/** The set that files belong to. */
export interface FilesOf {
  /** Maximum number of rows of a chunk. */
  readonly chunkLimit?: number;
  /** Generation of the set; undefined if the files belong to none that is live. */
  readonly generation?: string | undefined;
}

/** Returns what `Files` need to know of a set. */
export function setOfIndex({ generation, options: { chunkLimit } }: SetIndex): FilesOf {
  return { generation, chunkLimit };
}

/** Parts that files can share. */
interface SharedParts {
  readonly cache: LruCache;
  readonly inFlight: InFlight;
  readonly gate: Gate;
  readonly reader: FileReader;
}

const MIB = 1 << 20;
const INDEX = 'index.json';

/**
 * Reads immutable files: from the cache, by joining a read in flight, or from the source. Failures are not cached:
 * the next read sends a new request.
 */
export class Files {
  readonly source: Source;
  /** Maximum number of rows of a chunk of the set. */
  readonly chunkLimit: number;
  readonly generation: string | undefined;
  readonly #codec: Codec;
  readonly #options: FilesOptions;
  readonly #parts: SharedParts;

  /**
   * @param shared parts that these files share with others
   * @throws ArgumentError for an option out of range
   */
  constructor(
    source: Source,
    options: FilesOptions = {},
    { chunkLimit = MAX_CHUNK_LIMIT, generation }: FilesOf = {},
    shared: Partial<SharedParts> = {},
  ) {
    const { cacheBytes = 64 * MIB, concurrency = 64, maxFileBytes = 128 * MIB } = options;
    checkNumber('cacheBytes', cacheBytes, 0);
    checkInteger('concurrency', concurrency, 1);
    checkNumber('maxFileBytes', maxFileBytes, 1);
    this.source = source;
    this.chunkLimit = chunkLimit;
    this.generation = generation;
    this.#codec = options.codec ?? { inflate, sha256 };
    this.#options = options;
    this.#parts = {
      cache: new LruCache(cacheBytes),
      inFlight: new InFlight(),
      gate: new Gate(concurrency, maxFileBytes),
      reader: new FileReader(source, this.#codec, maxFileBytes),
      ...shared,
    };
  }

  /**
   * The files of another generation. The cache, the requests under way and their limits are shared: files of equal names
   * have equal contents.
   */
  ofGeneration(set: FilesOf): Files {
    const { cache, inFlight, gate } = this.#parts;
    return new Files(this.source, this.#options, set, { cache, inFlight, gate });
  }

  /** The same files with the same cache; a read of these never waits for a read of the others. */
  isolated(): Files {
    const { cache, reader } = this.#parts;
    return new Files(this.source, this.#options, this, { cache, reader });
  }

  /** Memory of the cached values, in bytes. */
  get cachedBytes(): number {
    return this.#parts.cache.bytes;
  }

  /**
   * Keeps the contents of files, by hash, beside the cache: a read uses them instead of a request, after the same
   * checks.
   */
  know(contents: ReadonlyMap<string, Uint8Array>): void {
    this.#parts.reader.know(contents);
  }

  /** Whether a read of the file needs no request. */
  has(ref: FileRef): boolean {
    return this.#parts.cache.has(pathOf(ref)) || this.#parts.reader.knows(ref);
  }

  /**
   * The decoded content of a file. The value is shared with all other reads of the file that decode it in the same way:
   * do not change it.
   *
   * An aborted read rejects immediately, and does not affect other reads of the same file; the request itself is
   * aborted when no read waits for it.
   * @param way names the way of decoding, if files of the kind are decoded in several: an invalid set may refer to one
   *   file in two roles
   * @throws NotFoundError, CorruptError (also if `decode` throws), NetworkError; GenerationGoneError if the file cannot
   *   be read and another generation is live
   */
  async read<T>(ref: FileRef, decode: Decode<T>, { signal, usage }: QueryOptions = {}, way = ''): Promise<T> {
    signal?.throwIfAborted();
    const path = pathOf(ref) + way;
    const { cache, inFlight, gate, reader } = this.#parts;
    const kept = cache.get(path);
    if (usage && (kept || inFlight.has(path))) usage.cacheHits++;
    if (kept) return kept.value as T;
    const value = inFlight.run(path, signal, shared =>
      gate.run(ref.length, async () => {
        // No read waits any more: the next in the queue may start.
        shared.throwIfAborted();
        const { value, cost } = await reader.read(ref, decode, { signal: shared, usage });
        cache.set(path, value, cost);
        return value;
      }),
    );
    if (this.generation === undefined) return value;
    try {
      return await value;
    } catch (error) {
      signal?.throwIfAborted();
      const { explainFailure } = await import('./generation-gone.ts');
      throw await explainFailure(error, this.source.location, this.generation, () =>
        // Once for all reads that fail at the same time.
        inFlight.run(INDEX, signal, async shared => {
          const { index } = await this.readIndex({ signal: shared, usage });
          return index.generation;
        }),
      );
    }
  }

  /** Reads the index of the set: it may be another generation. @throws as `readIndex` does */
  readIndex(options: QueryOptions): ReturnType<typeof readIndex> {
    return readIndex(this.source, this.#codec.sha256, options);
  }
}
