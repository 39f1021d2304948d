/** Compresses the content of a file of a set: one gzip member, whose header FORMAT.md fixes. */
import { gzipSync } from 'node:zlib';

/**
 * Deflate begins a block, with codes of its own, after 2 to the power of this number plus 6 symbols. Files of a set have
 * columns of different kinds: with 2,048 symbols, codes fit a column. The default, 8, makes sets 4 to 6 % larger.
 */
export const MEM_LEVEL = 5;

/** @param level 1 to 9 */
export function gzipMember(content: Uint8Array, level: number): Buffer {
  const member = gzipSync(content, { level, memLevel: MEM_LEVEL });
  // The header's flags and operating system differ between zlib builds; the format fixes both.
  member[8] = 0;
  member[9] = 255;
  return member;
}
