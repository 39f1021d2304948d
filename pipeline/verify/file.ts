/** Reads one file of a set and checks every byte, more strictly than a reader needs to. */
import { crc32, inflateRawSync } from 'node:zlib';
import { type FileRef, pathOf } from '../../client/format/ref.ts';
import { unpack } from '../../client/format/unpack.ts';
import type { Source } from '../../client/index.ts';
import { nameOf } from '../store/set-writer.ts';

/** The fixed header of every file: deflate, no flags, no time, no hints, unknown system. */
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
const TRAILER = 8;

/** Fault of a file, in words. */
export class FileFault extends Error {
  override name = 'FileFault';
}

/** The outer map of a file whose bytes are valid. @throws FileFault for invalid bytes; errors of the source */
export async function readFile(
  source: Source,
  ref: FileRef,
  signal: AbortSignal | undefined,
): Promise<{ map: Record<string, unknown>; bytes: number }> {
  const member = await source.get(pathOf(ref), { signal });
  if (!member) throw new FileFault('the file is missing');
  const content = inflateWhole(member, ref.length);
  if (content.length !== ref.length) {
    throw new FileFault(`the content has ${content.length} bytes, expected ${ref.length}`);
  }
  const { hash } = nameOf(ref.kind, content);
  if (hash !== ref.hash)
    throw new FileFault(`the content has the hash ${hash}, expected the one in the file name`);
  try {
    return { map: unpack(content), bytes: member.length };
  } catch (cause) {
    throw new FileFault(`not a MessagePack map: ${(cause as Error).message}`, { cause });
  }
}

/** The content of exactly one gzip member, with the header of the format and no data after it. */
function inflateWhole(member: Uint8Array, length: number): Uint8Array {
  if (member.length < HEADER.length + TRAILER) throw new FileFault(`truncated to ${member.length} bytes`);
  const odd = HEADER.findIndex((byte, i) => member[i] !== byte);
  if (odd >= 0)
    throw new FileFault(`byte ${odd} of the gzip header is ${member[odd]}, expected ${HEADER[odd]}`);
  const body = member.subarray(HEADER.length, -TRAILER);
  const { content, consumed } = inflate(body, length);
  if (consumed !== body.length) throw new FileFault(`${body.length - consumed} bytes follow the gzip member`);
  const trailer = new DataView(member.buffer, member.byteOffset + member.length - TRAILER, TRAILER);
  if (trailer.getUint32(0, true) !== crc32(content))
    throw new FileFault('wrong checksum in the gzip trailer');
  if (trailer.getUint32(4, true) !== content.length % 2 ** 32) {
    throw new FileFault('wrong length in the gzip trailer');
  }
  checkPadding(body, content);
  return content;
}

function inflate(body: Uint8Array, length: number): { content: Uint8Array; consumed: number } {
  try {
    // One byte more than expected: longer content is detected without decompressing all of it.
    const { buffer, engine } = inflateRawSync(body, {
      maxOutputLength: length + 1,
      info: true,
    }) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    return { content: buffer, consumed: engine.bytesWritten };
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason =
      code === 'ERR_BUFFER_TOO_LARGE' ? `the content exceeds the expected ${length} bytes` : message;
    throw new FileFault(`cannot be decompressed: ${reason}`, { cause });
  }
}

/** Checks that the bits after the end of the deflate stream, in its last byte, are zero: readers ignore them. */
function checkPadding(body: Uint8Array, content: Uint8Array): void {
  const last = body.at(-1)!;
  const highest = 1 << (31 - Math.clz32(last));
  if (last === 0) return;
  const cleared = Uint8Array.from(body);
  cleared[cleared.length - 1] = last ^ highest;
  try {
    const same = inflateRawSync(cleared, { maxOutputLength: content.length + 1 });
    if (same.length === content.length && same.equals(content))
      throw new FileFault('the bits after the deflate stream are not zero');
  } catch (error) {
    if (error instanceof FileFault) throw error;
  }
}
