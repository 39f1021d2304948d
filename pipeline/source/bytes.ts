import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { InputError } from '../errors.ts';
import type { ByteRange, Input, SourceEvents } from './types.ts';

const INFLATED_BYTES = 1 << 18;
const ignore = (): void => {};

/**
 * The text of an input in chunks: gzip (RFC 1952, any number of members) is told by its first bytes and undone.
 *
 * @throws InputError if the gzip data is bad or cut; I/O errors as they come.
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
      if (head.length >= 2) break;
    }
    const gzip = head[0] === 0x1f && head[1] === 0x8b;
    const whole = resumed(head, stored);
    if (gzip) yield* gunzip(whole, input.file);
    else yield* whole;
  } finally {
    await stored.return(undefined);
  }
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
      throw new InputError(`${file}: the gzip data ends too early, ${at}: the file was cut, fetch it again`);
    throw new InputError(
      `${file}: the gzip data is bad (${message}) ${at}: the file was damaged, fetch it again`,
    );
  }
  const unused = Buffer.concat(fed).subarray(stream.bytesWritten - fedFrom);
  for await (const padding of resumed(unused, chunks)) {
    if (padding.some(byte => byte !== 0)) {
      throw new InputError(
        `${file}: other data follows the gzip data and its padding: unpack it by hand and check it`,
      );
    }
  }
}
