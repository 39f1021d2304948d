import { hash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import type { Codec } from '#client/fetch/file-reader.ts';

/**
 * Decompression and hashing by Node's zlib and crypto, synchronously: streams and threads cost more than they save at
 * the size of a chunk. Versions of Node without `rejectGarbageAfterEnd` accept zeros and empty members at the end of a
 * file, but never invalid content.
 */
export const nodeCodec: Codec = {
  inflate(bytes, length) {
    const content = gunzipSync(bytes, {
      maxOutputLength: Math.max(1, length),
      // Space for the complete content, but not more than a deflate stream of these bytes can contain.
      chunkSize: Math.min(length, bytes.length * 1032) + 64,
      rejectGarbageAfterEnd: true,
    });
    // zlib accepts no limit of 0.
    if (content.length > length) throw new RangeError('decompressed data exceeds the expected size');
    return new Uint8Array(content.buffer, content.byteOffset, content.length);
  },
  sha256: bytes => hash('sha256', bytes, 'buffer'),
};
