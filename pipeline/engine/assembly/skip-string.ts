/** Checks strings of JSON without decoding them: UTF-8, escapes, no control characters, no lone surrogates. */
import { BACKSLASH, byteAt, hexAt, NONE, plainEnd, QUOTE } from './json-reader';

/** Number of code points of the last string. */
export let points: u32 = 0;
/** True if the last string has an escape. */
export let isEscaped: bool = false;

/** Reads a string from the byte after its opening quote to the byte after the closing one. */
export function skipString(start: usize): usize {
  let pos = start;
  let rest: u32 = 0;
  isEscaped = false;
  while (true) {
    pos = plainEnd(pos);
    const byte = byteAt(pos);
    if (byte === QUOTE) {
      points = <u32>(pos - start) - rest;
      return pos + 1;
    }
    let length: u32 = 0;
    if (byte === BACKSLASH) {
      isEscaped = true;
      length = escapeLength(pos);
    } else if (byte >= 0x80) length = wideLength(pos);
    if (length === 0) return 0;
    rest += length - 1;
    pos += length;
  }
}

/** Length of the escape of one code point; 0 if it is none. */
function escapeLength(pos: usize): u32 {
  switch (byteAt(pos + 1)) {
    case QUOTE:
    case BACKSLASH:
    case 0x2f:
    case 0x62:
    case 0x66:
    case 0x6e:
    case 0x72:
    case 0x74:
      return 2;
    case 0x75:
      break;
    default:
      return 0;
  }
  const unit = hexAt(pos + 2);
  if (unit === NONE) return 0;
  if (unit - 0xd800 >= 0x800) return 6;
  if (unit >= 0xdc00 || byteAt(pos + 6) !== BACKSLASH || byteAt(pos + 7) !== 0x75) return 0;
  return hexAt(pos + 8) - 0xdc00 < 0x400 ? 12 : 0;
}

/** Length of a character beyond ASCII in UTF-8; 0 if it is none. The Unicode Standard, table 3-7. */
function wideLength(pos: usize): u32 {
  const first = byteAt(pos);
  const second = byteAt(pos + 1);
  if (first < 0xc2 || first > 0xf4 || !isTail(second)) return 0;
  if (first < 0xe0) return 2;
  if (!isTail(byteAt(pos + 2))) return 0;
  if (first < 0xf0) return (first === 0xe0 && second < 0xa0) || (first === 0xed && second >= 0xa0) ? 0 : 3;
  if (!isTail(byteAt(pos + 3))) return 0;
  return (first === 0xf0 && second < 0x90) || (first === 0xf4 && second >= 0x90) ? 0 : 4;
}

function isTail(byte: u32): bool {
  return (byte & 0xc0) === 0x80;
}
