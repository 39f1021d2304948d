/** Bits of rows or nodes: bit `i & 7` of byte `i >> 3` belongs to the item `i`. */

export function bitBytes(items: number): number {
  return Math.ceil(items / 8);
}

export function bitAt(bits: Uint8Array, item: number): boolean {
  return ((bits[item >> 3]! >> (item & 7)) & 1) === 1;
}

export function setBit(bits: Uint8Array, item: number): void {
  bits[item >> 3]! |= 1 << (item & 7);
}

/** The bits of the items for which a test is true. */
export function packBits<T>(items: readonly T[], isSet: (item: T) => boolean): Uint8Array {
  const bits = new Uint8Array(bitBytes(items.length));
  items.forEach((item, i) => {
    if (isSet(item)) setBit(bits, i);
  });
  return bits;
}

/**
 * Returns `sets` sets of bits, one after another, for `items` items each.
 * @throws Error for another number of bytes, or a bit that is of no item
 */
export function unpackBits(packed: unknown, items: number, sets = 1): Uint8Array {
  const bytes = bitBytes(items);
  if (!(packed instanceof Uint8Array) || packed.length !== sets * bytes)
    throw new Error(`${sets} sets of bits for ${items} items lack their ${sets * bytes} bytes`);
  for (let last = bytes - 1; items % 8 > 0 && last < packed.length; last += bytes)
    if (packed[last]! >> (items % 8)) throw new Error(`a set of bits has more than ${items} items`);
  return packed;
}
