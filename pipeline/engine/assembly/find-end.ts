/**
 * Finds the end of a value whose brackets are counted, in bytes that may end before it: strings and depth are tracked,
 * brackets of both kinds count alike (pipeline/source/json/scanner.ts).
 */
import { BACKSLASH, BRACE_CLOSE, BRACE_OPEN, byteAt, HIGHS, ONES, QUOTE } from './json-reader';

const NEWLINE: u32 = 0x0a;
/** The bit in which a brace differs from a bracket. */
const BRACE_BIT: u32 = 0x20;

/** Brackets that are open where the last call has ended, and whether it is inside a string. */
let depth: i32 = 0;
let inString: bool = false;
/** Newlines that it has passed, and the position after the last one. */
let newlines: u32 = 0;
let lineStart: usize = 0;

export function openDepth(): i32 {
  return depth;
}

export function isInString(): bool {
  return inString;
}

export function newlineCount(): u32 {
  return newlines;
}

export function lastLineStart(): usize {
  return lineStart;
}

/**
 * Finds the end of a value that has begun before `start`: `levels` brackets are open, or `start` is in a string.
 * Returns the position after the value; then `openDepth` is 0 and `isInString` false. Otherwise returns the position at
 * which to continue: `end`, or one byte after it if that byte is escaped.
 */
export function findEnd(start: usize, end: usize, levels: i32, isString: bool): usize {
  let pos = start;
  depth = levels;
  inString = isString;
  newlines = 0;
  while (pos < end) {
    if (inString) {
      pos = closeString(pos, end);
      if (inString || depth === 0) return pos;
      continue;
    }
    const byte = byteAt(pos++);
    if (byte === QUOTE) inString = true;
    else if (byte === NEWLINE) {
      newlines++;
      lineStart = pos;
    } else if ((byte | BRACE_BIT) === BRACE_OPEN) depth++;
    else if ((byte | BRACE_BIT) === BRACE_CLOSE && --depth === 0) return pos;
  }
  return pos;
}

/** Returns the position after the closing quote, or at which to continue. */
function closeString(start: usize, end: usize): usize {
  let pos = start;
  while (pos < end) {
    const bytes = load<u64>(pos);
    const quotes = bytes ^ (ONES * QUOTE);
    const slashes = bytes ^ (ONES * BACKSLASH);
    const found = (((quotes - ONES) & ~quotes) | ((slashes - ONES) & ~slashes)) & HIGHS;
    pos += found ? <usize>(ctz(found) >> 3) : 8;
    if (pos >= end) return end;
    if (!found) continue;
    if (byteAt(pos) === QUOTE) {
      inString = false;
      return pos + 1;
    }
    pos += 2;
  }
  return pos;
}
