import { pipeline, Readable, type Writable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { InputError } from '../errors.ts';
import type { ByteRange, Input, SourceEvents } from './types.ts';

const INFLATED_BYTES = 1 << 18;
const ignore = (): void => {};

/** First bytes of a frame of zstd, and of one that is skipped, whose first byte ends in any four bits. RFC 8878. */
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const ZSTD_SKIPPED = Buffer.from([0x2a, 0x4d, 0x18]);
const MAGIC_BYTES = 4;

/**
 * The text of an input in chunks: gzip (RFC 1952, any number of members) and zstd (RFC 8878, any number of frames) are
 * detected by their first bytes and unpacked.
 *
 * @throws InputError if the compressed data is bad or cut; I/O errors as they come.
 */
export async function* textBytes(
  input: Input,
  events: SourceEvents,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  const stored = counted(input, events, signal);
  try {
    let head: Buffer = Buffer.alloc(0);
    for (let next = await stored.next(); !next.done; next = await stored.next()) {
      head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
      if (head.length >= MAGIC_BYTES) break;
    }
    const whole = resumed(head, stored);
    switch (compressionOf(head)) {
      case 'gzip':
        yield* gunzip(whole, input.file);
        break;
      case 'zstd':
        yield* unzstd(whole, input.file);
        break;
      default:
        yield* whole;
    }
  } finally {
    await stored.return(undefined);
  }
}

/** How data is compressed, by its first bytes; undefined if it is not, as far as is known here. */
export function compressionOf(head: Buffer): 'gzip' | 'zstd' | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  const isSkipped = (head[0]! & 0xf0) === 0x50 && ZSTD_SKIPPED.equals(head.subarray(1, MAGIC_BYTES));
  return isSkipped || ZSTD.equals(head.subarray(0, MAGIC_BYTES)) ? 'zstd' : undefined;
}

/** The bytes of a range, or of all of an input, as stored. */
export async function* counted(
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

/** `head`, then the rest; an early end leaves the rest open. */
async function* resumed(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

async function* gunzip(chunks: AsyncGenerator<Buffer>, file: string): AsyncGenerator<Buffer> {
  const stream = createGunzip({ chunkSize: INFLATED_BYTES });
  // What zlib has been given but may not have used: it stops without a word at a zero after a member.
  const fed: Buffer[] = [];
  let fedFrom = 0;
  async function* feed(): AsyncGenerator<Buffer> {
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
      while (fed.length > 0 && fedFrom + fed[0]!.length <= stream.bytesWritten)
        fedFrom += fed.shift()!.length;
      fed.push(next.value);
      yield next.value;
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
      throw inputError(file, `the gzip data ends too early, ${at}: the file was cut, fetch it again`);
    throw inputError(file, `the gzip data is bad (${message}) ${at}: the file was damaged, fetch it again`);
  }
  const unused = Buffer.concat(fed).subarray(stream.bytesWritten - fedFrom);
  for await (const padding of resumed(unused, chunks)) {
    if (padding.some(byte => byte !== 0)) {
      const reason = 'other data follows the gzip data and its padding: unpack it by hand and check it';
      throw inputError(file, reason);
    }
  }
}

/** A decoder of Node ends with a frame that does not end its chunk: the rest of the chunk is for the next decoder. */
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
      const what = code === 'Z_BUF_ERROR' ? 'ends too early' : `is bad (${message})`;
      throw inputError(file, `the zstd data ${what}: the file was cut or damaged, fetch it again`);
    } finally {
      stream.destroy();
      await fed;
    }
  }
}

/** Waits until a stream has used some bytes, or is closed: a decoder that fails forgets the write that it was in. */
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
