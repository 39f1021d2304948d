/**
 * Numbers that are all short decimals: as integers `value·10^scale - base`, whose bytes are grouped by place: first the
 * lowest byte of each value, then the next.
 */
export type Decimals = [scale: number, base: number, planes: Uint8Array];

/** Maximum scale, and bounds below which `value·10^scale` rounds to the correct integer. */
const MAX_SCALE = 15;
const MAX_SCALED = 2 ** 51;
const MAX_RANGE = 2 ** 48;
/** Bytes of a value in that range. */
const MAX_WIDTH = 6;
const TENS = Array.from({ length: MAX_SCALE + 1 }, (_, scale) => Number(`1e${scale}`));

/** Returns the packed numbers, or undefined if they are not short decimals of one scale within the range. */
export function encode(values: ArrayLike<number>): Decimals | undefined {
  const scale = values instanceof Uint32Array ? 0 : commonScale(values);
  if (scale < 0) return undefined;
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
  if (high - low >= MAX_RANGE) return undefined;
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

/** True if a packed column of numbers has this encoding; `decode` checks the rest. */
export function isEncoded(packed: unknown): packed is Decimals {
  return Array.isArray(packed) && packed.length === 3;
}

/**
 * Adds the numbers to `values`, which are zeros.
 * @throws Error if there are not as many, or they are not valid
 */
export function decode([scale, base, planes]: Decimals, values: Float64Array): void {
  const count = values.length;
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
}

/** The encoding in words, for people who inspect a file. */
export function describe([scale, base, planes]: Decimals, count: number): string {
  const width = count === 0 ? 0 : planes.length / count;
  if (width === 0) return `all ${base / 10 ** scale}`;
  const decimals = scale === 0 ? 'integers' : `decimals with ${scale} place${scale === 1 ? '' : 's'}`;
  return `${decimals} in ${width} byte${width === 1 ? '' : 's'}`;
}
