/**
 * Compares two strings by their UTF-8 bytes, for `sort`. The order of UTF-16 differs only where a surrogate meets a unit
 * of U+E000 to U+FFFF, so these are swapped before units are compared.
 */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const end = Math.min(a.length, b.length);
  for (let i = 0; i < end; i++) {
    const p = a.charCodeAt(i);
    const q = b.charCodeAt(i);
    if (p !== q) return codePointRank(p) - codePointRank(q);
  }
  return a.length - b.length;
}

/** Number of UTF-16 units of the code point at an index: 1 or 2. */
export function widthAt(text: string, at: number): number {
  return text.codePointAt(at)! > 0xffff ? 2 : 1;
}

/** The length of a string in code points: the one unit of length of the format. The string has no lone surrogates. */
export function lengthOf(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xd800) length--;
  return length;
}

function codePointRank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

const encoder = new TextEncoder();
/** Buffer for the bytes of most hashed strings. */
const scratch = new Uint8Array(1024);

/**
 * UTF-8 bytes of a string, valid until the next call. For a short ASCII string, copying its units is four times as
 * fast.
 */
function bytesOf(text: string): { bytes: Uint8Array; length: number } {
  const { length } = text;
  if (length > scratch.length) {
    const bytes = encoder.encode(text);
    return { bytes, length: bytes.length };
  }
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) {
      const bytes = encoder.encode(text);
      return { bytes, length: bytes.length };
    }
    scratch[i] = unit;
  }
  return { bytes: scratch, length };
}

/** Returns MurmurHash3_x86_32 of the UTF-8 bytes of a string. It decides page borders and previews, never identity. */
export function hashText(text: string, seed = 0): number {
  const { bytes, length } = bytesOf(text);
  return hashBytes(bytes, 0, length, seed);
}

/**
 * MurmurHash3_x86_32 (Austin Appleby, public domain) of the bytes from `start` to `end`, as an unsigned 32-bit number:
 * the one non-cryptographic hash of the format.
 */
export function hashBytes(bytes: Uint8Array, start: number, end: number, seed = 0): number {
  const length = end - start;
  const blocks = start + (length & ~3);
  let hash = seed | 0;
  for (let i = start; i < blocks; i += 4) {
    const word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    hash ^= mixWord(word);
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64;
  }
  let tail = 0;
  for (let i = end - 1; i >= blocks; i--) tail = (tail << 8) | bytes[i]!;
  if (blocks < end) hash ^= mixWord(tail);
  hash ^= length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function mixWord(word: number): number {
  const mixed = Math.imul(word, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}
