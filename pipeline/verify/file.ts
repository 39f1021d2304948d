/** One file of a set, checked byte by byte: nothing that a lenient reader would let pass. */
import { crc32, inflateRawSync } from 'node:zlib';
import { type FileRef, pathOf } from '../../client/format/ref.ts';
import { unpack } from '../../client/format/unpack.ts';
import type { Source } from '../../client/index.ts';
import { nameOf } from '../store/set-writer.ts';

/** The fixed header of every file: deflate, no flags, no time, no hints, unknown system. */
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
const TRAILER = 8;

/** What is wrong with a file. */
export class FileFault extends Error {
  override name = 'FileFault';
}

/**
 * The outer map of a file, once everything about its bytes is right.
 * @throws FileFault that says what is not; what the source throws
 */
export async function readFile(
  source: Source,
  ref: FileRef,
  signal: AbortSignal | undefined,
): Promise<{ map: Record<string, unknown>; bytes: number }> {
  const member = await source.get(pathOf(ref), { signal });
  if (!member) throw new FileFault('is missing');
  const content = inflateWhole(member, ref.length);
  if (content.length !== ref.length) {
    throw new FileFault(`has ${content.length} bytes of content where its parent says ${ref.length}`);
  }
  const { hash } = nameOf(ref.kind, content);
  if (hash !== ref.hash) throw new FileFault(`has content whose hash is ${hash}`);
  try {
    return { map: unpack(content), bytes: member.length };
  } catch (cause) {
    throw new FileFault(`is no MessagePack map: ${(cause as Error).message}`, { cause });
  }
}

/** The content of exactly one gzip member with the format's header and nothing behind it. */
function inflateWhole(member: Uint8Array, length: number): Uint8Array {
  if (member.length < HEADER.length + TRAILER) throw new FileFault(`is cut short: ${member.length} bytes`);
  const odd = HEADER.findIndex((byte, i) => member[i] !== byte);
  if (odd >= 0)
    throw new FileFault(`has byte ${odd} of its gzip header ${member[odd]}, which is always ${HEADER[odd]}`);
  const body = member.subarray(HEADER.length, -TRAILER);
  const { content, consumed } = inflate(body, length);
  if (consumed !== body.length)
    throw new FileFault(`has ${body.length - consumed} bytes behind its gzip member`);
  const trailer = new DataView(member.buffer, member.byteOffset + member.length - TRAILER, TRAILER);
  if (trailer.getUint32(0, true) !== crc32(content))
    throw new FileFault('has a wrong checksum in its gzip trailer');
  if (trailer.getUint32(4, true) !== content.length % 2 ** 32) {
    throw new FileFault('has a wrong length in its gzip trailer');
  }
  checkPadding(body, content);
  return content;
}

function inflate(body: Uint8Array, length: number): { content: Uint8Array; consumed: number } {
  try {
    // One byte more than is right, so that longer content shows itself without being inflated.
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
    const reason = code === 'ERR_BUFFER_TOO_LARGE' ? `it holds more than ${length} bytes` : message;
    throw new FileFault(`cannot be inflated: ${reason}`, { cause });
  }
}

/** The bits between the end of the deflate stream and the end of its last byte are zero: a set one decides nothing. */
function checkPadding(body: Uint8Array, content: Uint8Array): void {
  const last = body.at(-1)!;
  const highest = 1 << (31 - Math.clz32(last));
  if (last === 0) return;
  const cleared = Uint8Array.from(body);
  cleared[cleared.length - 1] = last ^ highest;
  try {
    const same = inflateRawSync(cleared, { maxOutputLength: content.length + 1 });
    if (same.length === content.length && same.equals(content))
      throw new FileFault('has bits set behind its deflate stream');
  } catch (error) {
    if (error instanceof FileFault) throw error;
  }
}
