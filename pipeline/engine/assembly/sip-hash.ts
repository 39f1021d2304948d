/**
 * SipHash-1-3: without its key, two records with the same hash cannot be found. (J.-P. Aumasson and D. J. Bernstein,
 * "SipHash: a fast short-input PRF", 2012.)
 */

let key0: u64 = 0;
let key1: u64 = 0;
/** The state. */
let v0: u64 = 0;
let v1: u64 = 0;
let v2: u64 = 0;
let v3: u64 = 0;

/** Sets the key, as two little-endian numbers. */
export function setHashKey(low: u64, high: u64): void {
  key0 = low;
  key1 = high;
}

/** The hash of bytes. Up to eight bytes after the last one are read. */
export function sipHash(start: usize, length: u32): u64 {
  v0 = key0 ^ 0x736f6d6570736575;
  v1 = key1 ^ 0x646f72616e646f6d;
  v2 = key0 ^ 0x6c7967656e657261;
  v3 = key1 ^ 0x7465646279746573;
  const blocks = start + (length & ~7);
  for (let pos = start; pos < blocks; pos += 8) mix(load<u64>(pos));
  const rest = (length & 7) << 3;
  mix((load<u64>(blocks) & (((<u64>1) << rest) - 1)) | ((<u64>length) << 56));
  v2 ^= 0xff;
  round();
  round();
  round();
  return v0 ^ v1 ^ v2 ^ v3;
}

function mix(block: u64): void {
  v3 ^= block;
  round();
  v0 ^= block;
}

function round(): void {
  v0 += v1;
  v1 = rotl<u64>(v1, 13) ^ v0;
  v0 = rotl<u64>(v0, 32);
  v2 += v3;
  v3 = rotl<u64>(v3, 16) ^ v2;
  v0 += v3;
  v3 = rotl<u64>(v3, 21) ^ v0;
  v2 += v1;
  v1 = rotl<u64>(v1, 17) ^ v2;
  v2 = rotl<u64>(v2, 32);
}
