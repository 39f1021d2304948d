/** XXH64 of Y. Collet with the seed 0: github.com/Cyan4973/xxHash, doc/xxhash_spec.md. */
const PRIME_1: u64 = 0x9e3779b185ebca87;
const PRIME_2: u64 = 0xc2b2ae3d27d4eb4f;
const PRIME_3: u64 = 0x165667b19e3779f9;
const PRIME_4: u64 = 0x85ebca77c2b2ae63;
const PRIME_5: u64 = 0x27d4eb2f165667c5;

function round(sum: u64, bytes: u64): u64 {
  return rotl(sum + bytes * PRIME_2, 31) * PRIME_1;
}

function merge(hash: u64, sum: u64): u64 {
  return (hash ^ round(0, sum)) * PRIME_1 + PRIME_4;
}

export function xxh64(start: usize, length: u32): u64 {
  const end = start + length;
  let pos = start;
  let hash: u64 = PRIME_5;
  if (length >= 32) {
    let a = PRIME_1 + PRIME_2;
    let b = PRIME_2;
    let c: u64 = 0;
    let d: u64 = -PRIME_1;
    for (; pos + 32 <= end; pos += 32) {
      a = round(a, load<u64>(pos));
      b = round(b, load<u64>(pos, 8));
      c = round(c, load<u64>(pos, 16));
      d = round(d, load<u64>(pos, 24));
    }
    hash = rotl(a, 1) + rotl(b, 7) + rotl(c, 12) + rotl(d, 18);
    hash = merge(merge(merge(merge(hash, a), b), c), d);
  }
  hash += length;
  for (; pos + 8 <= end; pos += 8) hash = rotl(hash ^ round(0, load<u64>(pos)), 27) * PRIME_1 + PRIME_4;
  if (pos + 4 <= end) {
    hash = rotl(hash ^ (<u64>load<u32>(pos) * PRIME_1), 23) * PRIME_2 + PRIME_3;
    pos += 4;
  }
  for (; pos < end; pos++) hash = rotl(hash ^ (<u64>load<u8>(pos) * PRIME_5), 11) * PRIME_1;
  hash = (hash ^ (hash >> 33)) * PRIME_2;
  hash = (hash ^ (hash >> 29)) * PRIME_3;
  return hash ^ (hash >> 32);
}
