import { take } from './memory-cost.ts';

/** Kinds of content-addressed files. Each is a folder of the set. */
export const FILE_KINDS = [
  'chunks',
  'details',
  'previews',
  'tree',
  'facets',
  'names',
  'ids',
  'listings',
  'search',
  'fold',
  'preload',
  'meta',
] as const;
/** Kind of a content-addressed file: its folder in the set. */
export type FileKind = (typeof FILE_KINDS)[number];

/** A file of the set: `<kind>/<hash>.mpk`, one gzip member of `length` uncompressed bytes. */
export interface FileRef {
  readonly kind: FileKind;
  /** First 20 bytes of the SHA-256 of the uncompressed content, in lower-case hex. */
  readonly hash: string;
  /** Uncompressed length in bytes. */
  readonly length: number;
}

/** Bytes of a hash. */
const HASH_BYTES = 20;

const DIGITS = new TextEncoder().encode('0123456789abcdef');
const ascii = new TextDecoder();
/** Approximate memory of a hash. */
const HASH_COST = 64;

/** Returns the path of a file in its set: `<kind>/<hash>.mpk`. */
export function pathOf(file: { readonly kind: string; readonly hash: string }): string {
  return `${file.kind}/${file.hash}.mpk`;
}

/** Returns the hash that names a file: the first 20 bytes of a SHA-256 digest, in lower-case hex. */
export function hexOf(digest: Uint8Array): string {
  return hex(digest.subarray(0, HASH_BYTES));
}

/** Returns bytes in lower-case hex, decoded at once: strings of single bytes, joined, take five times as long. */
export function hex(bytes: Uint8Array): string {
  const digits = new Uint8Array(2 * bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    digits[2 * i] = DIGITS[bytes[i]! >> 4]!;
    digits[2 * i + 1] = DIGITS[bytes[i]! & 15]!;
  }
  return ascii.decode(digits);
}

/** The concatenated bytes of hashes. */
export function packHashes(hashes: readonly string[]): Uint8Array {
  const bytes = new Uint8Array(hashes.length * HASH_BYTES);
  hashes.forEach((hash, i) => {
    for (let at = 0; at < HASH_BYTES; at++)
      bytes[i * HASH_BYTES + at] = Number.parseInt(hash.slice(at * 2, at * 2 + 2), 16);
  });
  return bytes;
}

/**
 * Decodes `count` hashes.
 * @throws Error for another number of bytes
 */
export function unpackHashes(bytes: unknown, count: number): string[] {
  if (!(bytes instanceof Uint8Array) || bytes.length !== count * HASH_BYTES) {
    throw new Error(`a column of hashes lacks its ${count} times ${HASH_BYTES} bytes`);
  }
  take(HASH_COST * count);
  // Two digits a byte.
  return hex(bytes).match(/.{40}/g) ?? [];
}
