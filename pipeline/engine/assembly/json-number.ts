/** Reads numbers of JSON to the float64 that is nearest, as `JSON.parse` does. */
import { byteAt, isDigit } from './json-reader';

/** Significant digits that fit in an unsigned 64-bit integer, whatever they are. */
const MAX_DIGITS: u32 = 19;
/** The largest power of ten that is a float64, and the largest power of five below 2^63. */
const MAX_EXACT_TEN: i32 = 22;
const MAX_FIVE: i32 = 27;
const MAX_EXPONENT: i32 = 10000;
/** Integers up to it are float64 numbers. */
const MAX_EXACT: u64 = 9007199254740992;

const TENS = memory.data<f64>([
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
  1e20, 1e21, 1e22,
]);

/** The last number that was read. */
export let number: f64 = 0;

export function powerOfTen(exponent: u32): f64 {
  return load<f64>(TENS + ((<usize>exponent) << 3));
}

/**
 * Reads a number; returns the position after it. Returns 0 for a number that it cannot convert exactly: more than 19
 * digits, or a large exponent.
 */
export function readNumber(start: usize): usize {
  let pos = start;
  const isNegative = byteAt(pos) === 0x2d;
  if (isNegative) pos++;
  const first = pos;
  let digits: u64 = 0;
  for (let byte = byteAt(pos); isDigit(byte); byte = byteAt(++pos)) digits = digits * 10 + (byte - 0x30);
  let count = <u32>(pos - first);
  if (count === 0 || (count > 1 && byteAt(first) === 0x30)) return 0;
  let exponent: i32 = 0;
  if (byteAt(pos) === 0x2e) {
    const point = ++pos;
    for (let byte = byteAt(pos); isDigit(byte); byte = byteAt(++pos)) digits = digits * 10 + (byte - 0x30);
    const places = <u32>(pos - point);
    if (places === 0) return 0;
    exponent = -(<i32>places);
    count += places;
  }
  if (count > MAX_DIGITS && count - leadingZeros(first) > MAX_DIGITS) return 0;
  if ((byteAt(pos) | 0x20) === 0x65) {
    pos++;
    const sign = byteAt(pos);
    if (sign === 0x2b || sign === 0x2d) pos++;
    const from = pos;
    let power: i32 = 0;
    for (let byte = byteAt(pos); isDigit(byte) && power < MAX_EXPONENT; byte = byteAt(++pos))
      power = power * 10 + <i32>(byte - 0x30);
    if (pos === from || isDigit(byteAt(pos))) return 0;
    exponent += sign === 0x2d ? -power : power;
  }
  if (digits === 0) number = 0;
  else if (
    exponent === 0 ||
    (digits <= MAX_EXACT && exponent > -1 - MAX_EXACT_TEN && exponent <= MAX_EXACT_TEN)
  ) {
    // One operation on exact operands is rounded correctly (W. D. Clinger, "How to read floating point numbers
    // accurately", 1990).
    const value = <f64>digits;
    number = exponent < 0 ? value / powerOfTen(-exponent) : value * powerOfTen(exponent);
  } else if (exponent < 0 && exponent >= -MAX_FIVE) number = quotient(digits, -exponent);
  else return 0;
  if (isNegative) number = -number;
  return pos;
}

/** Number of zeros before the first other digit of a number. */
function leadingZeros(first: usize): u32 {
  let zeros: u32 = 0;
  for (let pos = first; byteAt(pos) === 0x30 || byteAt(pos) === 0x2e; pos++)
    zeros += u32(byteAt(pos) === 0x30);
  return zeros;
}

/** `digits / 10^places`, rounded to the nearest float64, ties to even: by a division of 128 bits by 64. */
function quotient(digits: u64, places: i32): f64 {
  let five: u64 = 1;
  for (let i = 0; i < places; i++) five *= 5;
  const shift = <i32>clz(digits);
  const fiveShift = <i32>clz(five);
  const dividend = digits << shift;
  const divisor = five << fiveShift;
  // Both have their highest bit set, so the quotient of dividend · 2^63 has 63 or 64 bits.
  let high = dividend >> 1;
  let rest: u64 = dividend << 63;
  let result: u64 = 0;
  for (let i = 0; i < 64; i++) {
    const carry = high >> 63;
    high = (high << 1) | (rest >> 63);
    rest <<= 1;
    result <<= 1;
    if (carry || high >= divisor) {
      high -= divisor;
      result |= 1;
    }
  }
  const drop = 64 - <i32>clz(result) - 53;
  const half: u64 = (<u64>1) << (drop - 1);
  const tail = result & ((half << 1) - 1);
  let mantissa = result >> drop;
  if (tail > half || (tail === half && (high !== 0 || (mantissa & 1) !== 0))) mantissa++;
  const power = drop - 63 + fiveShift - shift - places;
  return <f64>mantissa * reinterpret<f64>((<u64>(power + 1023)) << 52);
}
