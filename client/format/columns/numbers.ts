import { countValues, reserve, SLOT } from '#format/memory-cost.ts';

/**
 * A column of float64 numbers.
 *
 * Packed either as 8 little-endian bytes a value, or, where every value is a short decimal, as integers
 * `value·10^scale - base` whose bytes are laid out by place: first the lowest byte of each value, then the next.
 */
export type NumbersPacked = Uint8Array | [scale: number, base: number, planes: Uint8Array];

/** Decimals tried, and bounds under which `value·10^scale` rounds to the one right integer. */
const MAX_SCALE = 15;
const MAX_SCALED = 2 ** 51;
const MAX_RANGE = 2 ** 48;
/** Bytes of a value below that range. */
const MAX_WIDTH = 6;
const TENS = Array.from({ length: MAX_SCALE + 1 }, (_, scale) => Number(`1e${scale}`));

/** Packs a column; the form depends on the values alone. */
export function packNumbers(values: ArrayLike<number>): NumbersPacked {
  const scale = values instanceof Uint32Array ? 0 : commonScale(values);
  if (scale < 0) return packFloats(values);
  const ten = TENS[scale]!;
  const scaled = new Float64Array(values.length);
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < scaled.length; i++) {
    const value = Math.round(values[i]! * ten);
    scaled[i] = value;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (scaled.length === 0) return [0, 0, new Uint8Array(0)];
  if (high - low >= MAX_RANGE) return packFloats(values);
  return [scale, low, packPlanes(scaled, low, high)];
}

/** Smallest scale at which every value is an exact short decimal, or -1. */
function commonScale(values: ArrayLike<number>): number {
  let scale = 0;
  for (let i = 0; i < values.length; i++) {
    while (!isScaled(values[i]!, scale)) if (++scale > MAX_SCALE) return -1;
  }
  // A value that passed at a smaller scale can be too large at the final one.
  if (scale > 0) for (let i = 0; i < values.length; i++) if (!isScaled(values[i]!, scale)) return -1;
  return scale;
}

function isScaled(value: number, scale: number): boolean {
  const ten = TENS[scale]!;
  const scaled = Math.round(value * ten);
  return Math.abs(scaled) < MAX_SCALED && scaled / ten === value && !Object.is(value, -0);
}

function packFloats(values: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(values.length * 8);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) view.setFloat64(i * 8, values[i]!, true);
  return bytes;
}

function packPlanes(scaled: Float64Array, low: number, high: number): Uint8Array {
  const count = scaled.length;
  let width = 0;
  for (let range = high - low; range >= 1; range /= 256) width++;
  const planes = new Uint8Array(width * count);
  for (let i = 0; i < count; i++) {
    let rest = scaled[i]! - low;
    for (let at = i; at < planes.length; at += count) {
      const next = Math.floor(rest / 256);
      planes[at] = rest - next * 256;
      rest = next;
    }
  }
  return planes;
}

/**
 * Reads a column of `count` numbers.
 * @throws Error where the packed form is not one of `count` numbers
 */
export function unpackNumbers(packed: unknown, count: number): Float64Array {
  countValues(count);
  reserve(SLOT * count);
  const values = new Float64Array(count);
  if (packed instanceof Uint8Array) {
    if (packed.length !== count * 8)
      throw new Error(`${packed.length} bytes for ${count} numbers of 8 bytes`);
    const view = new DataView(packed.buffer, packed.byteOffset, packed.length);
    for (let i = 0; i < count; i++) {
      const value = view.getFloat64(i * 8, true);
      if (!Number.isFinite(value)) throw new Error(`a column of numbers holds ${value}`);
      values[i] = value;
    }
    return values;
  }
  if (!Array.isArray(packed) || packed.length !== 3)
    throw new Error('a column of numbers has neither of its forms');
  const [scale, base, planes] = packed as [number, number, Uint8Array];
  const ten = Number.isInteger(scale) ? TENS[scale] : undefined;
  const bytes = planes instanceof Uint8Array ? planes.length : Number.NaN;
  const width = bytes === 0 ? 0 : bytes / count;
  if (
    !ten ||
    !(Number.isInteger(base) && Math.abs(base) < MAX_SCALED && Number.isInteger(width) && width <= MAX_WIDTH)
  )
    throw new Error(`scale ${scale}, base ${base} and ${bytes} bytes are not ${count} numbers`);
  let place = 1;
  for (let at = 0; at < planes.length; at += count, place *= 256) {
    for (let i = 0; i < count; i++) values[i]! += planes[at + i]! * place;
  }
  for (let i = 0; i < count; i++) values[i] = (values[i]! + base) / ten;
  return values;
}

/**
 * Reads a column of `count` whole numbers.
 * @throws Error where the packed form is not one, or holds others
 */
export function unpackIntegers(
  packed: unknown,
  count: number,
  least = 0,
  most = Number.MAX_SAFE_INTEGER,
): Float64Array {
  const values = unpackNumbers(packed, count);
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    if (!Number.isInteger(value) || value < least || value > most)
      throw new Error(`a column holds ${value}, which is no whole number from ${least} to ${most}`);
  }
  return values;
}
