import { pipeline, Readable, type Writable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { InputError } from '#pipeline/errors.ts';
import type { ByteRange, Input, SourceEvents } from './source-types.ts';

const INFLATED_BYTES = 1 << 18;
const ignore = (): void => {};

/** Magic numbers of a zstd frame, and of a skippable frame (after its first byte, 0x50 to 0x5f). RFC 8878. */
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const ZSTD_SKIPPED = Buffer.from([0x2a, 0x4d, 0x18]);
const MAGIC_BYTES = 4;
/** The error for a frame with a window above 2^27 bytes, which `zstd --long=28` and more make. */
const WINDOW_ERROR = 'ZSTD_error_frameParameter_windowTooLarge';

/**
 * The decompressed bytes of an input, in chunks. Compression is detected by the first bytes: gzip (RFC 1952, any
 * number of members) or zstd (RFC 8878, any number of frames).
 *
 * @throws InputError if the compressed data is corrupt or truncated; I/O errors unchanged.
 */
export async function* textBytes(
  input: Input,
  events: SourceEvents,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  const stored = withProgress(input, events, signal);
  try {
    let head: Buffer = Buffer.alloc(0);
    for (let next = await stored.next(); !next.done; next = await stored.next()) {
      // A copy: a chunk is not valid when the next one is requested.
      head = Buffer.concat([head, next.value]);
      if (head.length >= MAGIC_BYTES) break;
    }
    const bytes = resumed(head, stored);
    switch (compressionOf(head)) {
      case 'gzip':
        yield* gunzip(bytes, input.file);
        break;
      case 'zstd':
        yield* unzstd(bytes, input.file);
        break;
      default:
        yield* bytes;
    }
  } finally {
    await stored.return(undefined);
  }
}

/** Compression of data that begins with `head`; undefined if it is neither gzip nor zstd. */
export function compressionOf(head: Buffer): 'gzip' | 'zstd' | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  const isSkipped = (head[0]! & 0xf0) === 0x50 && ZSTD_SKIPPED.equals(head.subarray(1, MAGIC_BYTES));
  return isSkipped || ZSTD.equals(head.subarray(0, MAGIC_BYTES)) ? 'zstd' : undefined;
}

/** The stored bytes of an input, or of a range of it; reports progress. */
export async function* withProgress(
  input: Input,
  events: SourceEvents,
  signal?: AbortSignal,
  range?: ByteRange,
): AsyncGenerator<Buffer> {
  let read = 0;
  for await (const chunk of input.open(signal, range)) {
    signal?.throwIfAborted();
    read += chunk.length;
    events.onProgress?.(read, input.size);
    yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
  }
}

/** `head`, then the rest; does not close `rest` if the consumer stops early. */
async function* resumed(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

async function* gunzip(chunks: AsyncGenerator<Buffer>, file: string): AsyncGenerator<Buffer> {
  const stream = createGunzip({ chunkSize: INFLATED_BYTES });
  // Chunks that zlib may not have used: it stops silently at a zero byte after a member.
  const fed: Buffer[] = [];
  let fedFrom = 0;
  async function* feed(): AsyncGenerator<Buffer> {
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
      while (fed.length > 0 && fedFrom + fed[0]!.length <= stream.bytesWritten)
        fedFrom += fed.shift()!.length;
      const chunk = Buffer.from(next.value);
      fed.push(chunk);
      yield chunk;
    }
  }
  pipeline(Readable.from(feed(), { objectMode: false }), stream, ignore);
  try {
    yield* stream as AsyncIterable<Buffer>;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!code?.startsWith('Z_')) throw error;
    const at = `after ${stream.bytesWritten} compressed bytes`;
    if (code === 'Z_BUF_ERROR')
      throw inputError(file, `the gzip data is truncated, it ends ${at}: fetch the file again`);
    throw inputError(file, `the gzip data is corrupt (${message}) ${at}: fetch the file again`);
  }
  const unused = Buffer.concat(fed).subarray(stream.bytesWritten - fedFrom);
  for await (const padding of resumed(unused, chunks)) {
    if (padding.some(byte => byte !== 0)) {
      const reason = 'other data follows the gzip data and its padding: unpack the file by hand and check it';
      throw inputError(file, reason);
    }
  }
}

/** Node's decoder stops after a frame that ends inside a chunk: the rest of the chunk goes to a new decoder. */
async function* unzstd(chunks: AsyncGenerator<Buffer>, file: string): AsyncGenerator<Buffer> {
  let rest = await chunks.next();
  while (!rest.done) {
    const stream = createZstdDecompress({ chunkSize: INFLATED_BYTES });
    const feed = async (): Promise<void> => {
      while (!rest.done) {
        const before = stream.bytesWritten;
        await written(stream, rest.value);
        const used = stream.bytesWritten - before;
        if (used < rest.value.length) {
          rest = { value: rest.value.subarray(used) };
          return;
        }
        rest = await chunks.next();
      }
      stream.end();
    };
    // An error of the stream itself arrives through its iterator.
    const fed = feed().catch((error?: Error) => void stream.destroy(error));
    try {
      yield* stream as AsyncIterable<Buffer>;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (!/^Z(STD)?_/.test(code ?? '')) throw error;
      if (code === WINDOW_ERROR) {
        const reason =
          'the zstd data needs more than 128 MiB of memory to be unpacked: compress it without --long';
        throw inputError(file, reason);
      }
      const fault = code === 'Z_BUF_ERROR' ? 'is truncated' : `is corrupt (${message})`;
      throw inputError(file, `the zstd data ${fault}: fetch the file again`);
    } finally {
      stream.destroy();
      await fed;
    }
  }
}

/**
 * Waits until a stream has used the bytes, or is closed: a failing decoder does not call back for a pending write.
 */
function written(stream: Writable, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.once('close', reject);
    stream.write(bytes, error => {
      stream.off('close', reject);
      if (error) reject(error);
      else resolve();
    });
  });
}

function inputError(file: string, reason: string): InputError {
  return new InputError(`${file}: ${reason}`, { file, reason });
}
