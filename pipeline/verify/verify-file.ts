/** Reads one file of a set and checks every byte, more strictly than a reader needs to. */
import { inflateRawSync } from 'node:zlib';
import type { Source } from '#client/index.ts';
import { nodeCodec } from '#client/node/index.ts';
import { type FileRef, pathOf } from '#format/file-ref.ts';
import { type Packable, pack } from '#format/pack.ts';
import { unpack } from '#format/unpack.ts';
import { nameOf } from '#pipeline/store/set-writer.ts';

/** The header of a canonical file: deflate, no flags, no time, no hints, unknown system. */
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
const TRAILER = 8;

/** Fault of a file, in words. */
export class FileFault extends Error {
  override name = 'FileFault';
}

/**
 * The outer map of a file whose bytes are valid.
 * @param canonical whether gzip header and padding must be those of the canonical writer
 * @throws FileFault for invalid bytes; errors of the source
 */
export async function readFile(
  source: Source,
  ref: FileRef,
  canonical: boolean,
  signal: AbortSignal | undefined,
): Promise<{ map: Record<string, unknown>; bytes: number }> {
  const member = await source.get(pathOf(ref), { signal });
  if (!member) throw new FileFault('the file is missing');
  const content = inflateMember(member, ref.length);
  if (canonical) checkCanonical(member, content);
  if (content.length !== ref.length) {
    throw new FileFault(`the content has ${content.length} bytes, expected ${ref.length}`);
  }
  const { hash } = nameOf(ref.kind, content);
  if (hash !== ref.hash)
    throw new FileFault(`the content has the hash ${hash}, expected the one in the file name`);
  let map: Record<string, unknown>;
  try {
    map = unpack(content);
  } catch (cause) {
    throw new FileFault(`not a MessagePack map: ${(cause as Error).message}`, { cause });
  }
  // Readers may refuse longer forms of a value; the order of fields is kept.
  if (!Buffer.from(pack(map as Packable)).equals(content))
    throw new FileFault('a value is not in its shortest MessagePack form');
  return { map, bytes: member.length };
}

/** The content of exactly one gzip member (RFC 1952), with nothing after it. */
function inflateMember(member: Uint8Array, length: number): Uint8Array {
  try {
    return nodeCodec.inflate(member, length) as Uint8Array;
  } catch (cause) {
    throw new FileFault(`not one gzip member of ${length} bytes of content: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** The header is the fixed one, and the bits between the end of the deflate stream and the end of its last byte are 0. */
function checkCanonical(member: Uint8Array, content: Uint8Array): void {
  const odd = HEADER.findIndex((byte, i) => member[i] !== byte);
  if (odd >= 0)
    throw new FileFault(`byte ${odd} of the gzip header is ${member[odd]}, expected ${HEADER[odd]}`);
  const body = Uint8Array.from(member.subarray(HEADER.length, -TRAILER));
  const last = body.at(-1)!;
  if (last === 0) return;
  // From its highest bit on, the last byte is turned over. In padding this changes nothing. Otherwise it changes the code
  // for the end of the block: it has that bit, or is made of the zeros after it. One bit alone could be that of a
  // distance, where another one leads to the same bytes.
  body[body.length - 1] = last ^ (0xff << (31 - Math.clz32(last)));
  let same: Buffer;
  try {
    same = inflateRawSync(body, { maxOutputLength: content.length + 1 });
  } catch {
    return;
  }
  if (same.equals(content)) throw new FileFault('the bits after the deflate stream are not zero');
}
