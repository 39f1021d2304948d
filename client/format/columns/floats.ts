/** Any finite numbers: 8 bytes each, little-endian float64. */
export type Floats = Uint8Array;

const BYTES = 8;

export function encode(values: ArrayLike<number>): Floats {
  const bytes = new Uint8Array(values.length * BYTES);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) view.setFloat64(i * BYTES, values[i]!, true);
  return bytes;
}

/** True if a packed column of numbers has this encoding; `decode` checks the rest. */
export function isEncoded(packed: unknown): packed is Floats {
  return packed instanceof Uint8Array;
}

/**
 * Writes the numbers to `values`.
 * @throws Error if there are not as many, or one is not finite
 */
export function decode(packed: Floats, values: Float64Array): void {
  const count = values.length;
  if (packed.length !== count * BYTES)
    throw new Error(`${packed.length} bytes for ${count} numbers of ${BYTES} bytes`);
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length);
  for (let i = 0; i < count; i++) {
    const value = view.getFloat64(i * BYTES, true);
    if (!Number.isFinite(value)) throw new Error(`a column of numbers holds ${value}`);
    values[i] = value;
  }
}

/** The encoding in words, for people who inspect a file. */
export function describe(): string {
  return 'float64';
}
