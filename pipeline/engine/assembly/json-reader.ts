/**
 * Reads tokens of JSON. A reader returns the position after the token, or 0 where it refuses it: then the JavaScript
 * encoder takes the records. Memory after the JSON begins with 16 bytes of 0, which end every token.
 */
import { allocate } from './arena';

export const NONE: u32 = 0xffffffff;

/** In each byte of eight, the lowest and the highest bit. */
export const ONES: u64 = 0x0101010101010101;
export const HIGHS: u64 = 0x8080808080808080;
export const QUOTE: u32 = 0x22;
export const COMMA: u32 = 0x2c;
export const COLON: u32 = 0x3a;
export const BRACKET_OPEN: u32 = 0x5b;
export const BRACKET_CLOSE: u32 = 0x5d;
export const BRACE_OPEN: u32 = 0x7b;
export const BRACE_CLOSE: u32 = 0x7d;
export const BACKSLASH: u32 = 0x5c;

/** The last string that was read: UTF-8 without escapes. */
export let textAt: usize = 0;
export let textLength: u32 = 0;
/** Number of code points of the last string. */
export let textPoints: u32 = 0;

export function byteAt(pos: usize): u32 {
  return load<u8>(pos);
}

export function isDigit(byte: u32): bool {
  return byte - 0x30 < 10;
}

/** Whether a key may be an array index: JavaScript objects have these first, and in numeric order. */
export function isIndex(at: usize, length: u32): bool {
  for (let i: u32 = 0; i < length; i++) if (!isDigit(byteAt(at + i))) return false;
  return length > 0;
}

/** Position of the first byte that is not white space. */
export function skipBlanks(pos: usize): usize {
  let byte = byteAt(pos);
  while (byte === 0x20 || byte === 0x0d || byte === 0x09 || byte === 0x0a) byte = byteAt(++pos);
  return pos;
}

/** Number of code points of UTF-8: bytes that do not continue one, counted eight at a time. */
export function pointsIn(start: usize, end: usize): u32 {
  let points = <u32>(end - start);
  let pos = start;
  for (; pos + 8 <= end; pos += 8) {
    const bytes = load<u64>(pos);
    points -= <u32>popcnt((bytes >> 7) & ~(bytes >> 6) & ONES);
  }
  for (; pos < end; pos++) points -= u32(isContinuation(byteAt(pos)));
  return points;
}

/** Whether a byte of UTF-8 continues a code point. */
export function isContinuation(byte: u32): bool {
  return (byte & 0xc0) === 0x80;
}

/** Position of the next quote, backslash, control character or byte beyond ASCII, found eight bytes at a time. */
export function plainEnd(pos: usize): usize {
  while (true) {
    const bytes = load<u64>(pos);
    const quotes = bytes ^ (ONES * QUOTE);
    const slashes = bytes ^ (ONES * BACKSLASH);
    const found =
      (((quotes - ONES) & ~quotes) | ((slashes - ONES) & ~slashes) | (bytes - ONES * 0x20) | bytes) & HIGHS;
    if (found) return pos + <usize>(ctz(found) >> 3);
    pos += 8;
  }
}

/** Reads a string from the byte after its opening quote to the byte after the closing one. */
export function readText(start: usize): usize {
  let pos = start;
  let isAscii = true;
  while (true) {
    pos = plainEnd(pos);
    const byte = byteAt(pos);
    if (byte === QUOTE) {
      textAt = start;
      textLength = <u32>(pos - start);
      textPoints = isAscii ? textLength : pointsIn(start, pos);
      return pos + 1;
    }
    if (byte === BACKSLASH) return readEscaped(start);
    if (byte < 0x20) return 0;
    isAscii = false;
    while (byteAt(pos) >= 0x80) pos++;
  }
}

/** Reads a string with escapes; its bytes lie in the arena. */
function readEscaped(start: usize): usize {
  let end = start;
  for (let byte = byteAt(end); byte !== QUOTE; byte = byteAt(end)) {
    if (byte < 0x20) return 0;
    end += byte === BACKSLASH ? 2 : 1;
  }
  const text = allocate(end - start);
  let to = text;
  for (let pos = start; pos < end; ) {
    const byte = byteAt(pos);
    if (byte !== BACKSLASH) {
      store<u8>(to++, byte);
      pos++;
      continue;
    }
    let point = simpleEscape(byteAt(pos + 1));
    pos += 2;
    if (point === NONE) {
      if (byteAt(pos - 1) !== 0x75) return 0;
      point = hexAt(pos);
      pos += 4;
      if (point - 0xd800 < 0x800) {
        // The second half of a pair of surrogates; a lone one is refused.
        if (point >= 0xdc00 || byteAt(pos) !== BACKSLASH || byteAt(pos + 1) !== 0x75) return 0;
        const low = hexAt(pos + 2) - 0xdc00;
        if (low >= 0x400) return 0;
        point = 0x10000 + ((point - 0xd800) << 10) + low;
        pos += 6;
      }
      if (point > 0x10ffff) return 0;
    }
    to = writePoint(to, point);
  }
  textAt = text;
  textLength = <u32>(to - text);
  textPoints = pointsIn(text, to);
  return end + 1;
}

/** Position after a string, number or literal. */
export function skipScalar(start: usize): usize {
  const first = byteAt(start);
  if (first === QUOTE) return readText(start + 1);
  if (first === BRACE_OPEN || first === BRACKET_OPEN) return 0;
  let pos = start;
  for (let byte = first; byte > 0x20 && byte !== COMMA && byte !== BRACE_CLOSE && byte !== BRACKET_CLOSE; )
    byte = byteAt(++pos);
  return pos;
}

function simpleEscape(byte: u32): u32 {
  switch (byte) {
    case 0x6e:
      return 0x0a;
    case 0x74:
      return 0x09;
    case 0x72:
      return 0x0d;
    case 0x62:
      return 0x08;
    case 0x66:
      return 0x0c;
    case QUOTE:
    case BACKSLASH:
    case 0x2f:
      return byte;
    default:
      return NONE;
  }
}

/** The value of four hexadecimal digits; NONE if they are not. */
export function hexAt(pos: usize): u32 {
  let value: u32 = 0;
  for (let i: usize = 0; i < 4; i++) {
    const byte = byteAt(pos + i);
    const letter = (byte | 0x20) - 0x61;
    if (isDigit(byte)) value = value * 16 + byte - 0x30;
    else if (letter < 6) value = value * 16 + letter + 10;
    else return NONE;
  }
  return value;
}

function writePoint(to: usize, point: u32): usize {
  if (point < 0x80) {
    store<u8>(to, point);
    return to + 1;
  }
  const bytes: usize = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  let rest = point;
  for (let i = bytes - 1; i > 0; i--, rest >>= 6) store<u8>(to + i, 0x80 | (rest & 0x3f));
  store<u8>(to, rest | (bytes === 2 ? 0xc0 : bytes === 3 ? 0xe0 : 0xf0));
  return to + bytes;
}
