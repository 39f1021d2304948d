/** Writes columns of numbers: the counterpart of client/format/columns/numbers.ts. */
import { Vector } from './arena';
import { powerOfTen } from './json-number';
import { NONE } from './json-reader';
import { skipOutput, writeArrayHead, writeByte, writeBytesHead, writeInteger } from './message-pack';

/** Bounds of scaled integers, as in client/format/columns/decimals.ts. */
const MAX_SCALE: u32 = 15;
const MAX_SCALED: f64 = 2251799813685248;
const MAX_RANGE: f64 = 281474976710656;
const NEGATIVE_ZERO: u64 = 0x8000000000000000;

/** Writes numbers as scaled integers, or else as float64. */
export function writeNumbers(values: Vector<f64>): void {
  const count = values.length;
  const scale = commonScale(values);
  if (scale !== NONE) {
    let low = Infinity;
    let high = -Infinity;
    for (let i: u32 = 0; i < count; i++) {
      const scaled = rounded(values.at(i) * powerOfTen(scale));
      low = min(low, scaled);
      high = max(high, scaled);
    }
    if (!count) low = high = 0;
    if (high - low < MAX_RANGE) {
      writeScaled(values, scale, low, high);
      return;
    }
  }
  writeBytesHead(8 * count);
  memory.copy(skipOutput(8 * count), values.data, 8 * count);
}

/** Smallest scale at which every value is an exact short decimal, or NONE. */
function commonScale(values: Vector<f64>): u32 {
  let scale: u32 = 0;
  for (let i: u32 = 0; i < values.length; i++)
    while (!isScaled(values.at(i), scale)) if (++scale > MAX_SCALE) return NONE;
  // A value that passed at a smaller scale can be too large at the final one.
  if (scale > 0) for (let i: u32 = 0; i < values.length; i++) if (!isScaled(values.at(i), scale)) return NONE;
  return scale;
}

function isScaled(value: f64, scale: u32): bool {
  const ten = powerOfTen(scale);
  const scaled = rounded(value * ten);
  return abs(scaled) < MAX_SCALED && scaled / ten === value && reinterpret<u64>(value) !== NEGATIVE_ZERO;
}

/** Rounds like `Math.round`, for every number that can be a scaled integer. */
function rounded(value: f64): f64 {
  return floor(value + 0.5);
}

function writeScaled(values: Vector<f64>, scale: u32, low: f64, high: f64): void {
  const count = values.length;
  const width = widthOf(<u64>(high - low));
  writeArrayHead(3);
  writeByte(scale);
  writeInteger(low);
  writeBytesHead(width * count);
  const planes = skipOutput(width * count);
  if (!width) return;
  for (let i: u32 = 0; i < count; i++) {
    let rest = <u64>(rounded(values.at(i) * powerOfTen(scale)) - low);
    for (let plane: u32 = 0; plane < width; plane++, rest >>= 8) store<u8>(planes + plane * count + i, rest);
  }
}

/** Bytes of the integers up to a maximum. */
function widthOf(most: u64): u32 {
  let width: u32 = 0;
  for (let rest = most; rest; rest >>= 8) width++;
  return width;
}

/** Writes small integers: like `writeNumbers`, for `count` unsigned integers of 32 bits. */
export function writeIndexes(data: usize, count: u32): void {
  let low: u32 = count ? NONE : 0;
  let high: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const value = load<u32>(data + ((<usize>i) << 2));
    low = min(low, value);
    high = max(high, value);
  }
  const width = widthOf(high - low);
  writeArrayHead(3);
  writeByte(0);
  writeInteger(low);
  writeBytesHead(width * count);
  let to = skipOutput(width * count);
  for (let plane: u32 = 0; plane < width; plane++)
    for (let i: u32 = 0; i < count; i++)
      store<u8>(to++, (load<u32>(data + ((<usize>i) << 2)) - low) >> (8 * plane));
}
