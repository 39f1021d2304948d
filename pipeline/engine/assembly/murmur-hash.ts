/** Returns MurmurHash3_x86_32 of bytes with the seed 0: the counterpart of `hashBytes` in client/format/utf8.ts. */
export function murmurHash(start: usize, length: u32): u32 {
  const blocks = start + (length & ~3);
  let hash: u32 = 0;
  for (let pos = start; pos < blocks; pos += 4) {
    hash ^= mixed(load<u32>(pos));
    hash = rotl<u32>(hash, 13) * 5 + 0xe6546b64;
  }
  const rest = (length & 3) << 3;
  if (rest) hash ^= mixed(load<u32>(blocks) & ((1 << rest) - 1));
  hash ^= length;
  hash = (hash ^ (hash >> 16)) * 0x85ebca6b;
  hash = (hash ^ (hash >> 13)) * 0xc2b2ae35;
  return hash ^ (hash >> 16);
}

function mixed(word: u32): u32 {
  return rotl<u32>(word * 0xcc9e2d51, 15) * 0x1b873593;
}
