import { BACKSLASH, NEWLINE, QUOTE } from '#pipeline/source/ascii.ts';

/** Classes of bytes outside strings. */
const PLAIN = 0;
const SPACE = 1;
const LINE = 2;
const OPEN = 3;
const CLOSE = 4;
const STRING = 5;
const SEPARATOR = 6;
const KIND = new Uint8Array(256);
for (const [kind, bytes] of [
  [SPACE, ' \t\r'],
  [LINE, '\n'],
  [OPEN, '[{'],
  [CLOSE, ']}'],
  [STRING, '"'],
  [SEPARATOR, ',:'],
] as const) {
  for (const byte of bytes) KIND[byte.charCodeAt(0)] = kind;
}

/** True for JSON whitespace. */
export function isSpace(byte: number): boolean {
  const kind = KIND[byte];
  return kind === SPACE || kind === LINE;
}

/** Strings shorter than this are walked byte by byte; a native search costs more to call. */
const SHORT = 32;

/**
 * Index after the closing quote of the string that holds `from`, which must not follow a backslash. If the view ends
 * first: `~index`, the index at which to continue (one past the end after a lone backslash).
 */
export function closeString(view: Buffer, from: number): number {
  const end = view.length;
  const near = Math.min(from + SHORT, end);
  let pos = from;
  while (pos < near) {
    const byte = view[pos];
    if (byte === QUOTE) return pos + 1;
    pos += byte === BACKSLASH ? 2 : 1;
  }
  while (pos < end) {
    const quote = view.indexOf(QUOTE, pos);
    const stop = quote < 0 ? end : quote;
    let slashes = 0;
    while (stop - slashes > pos && view[stop - slashes - 1] === BACKSLASH) slashes++;
    const escaped = slashes % 2 === 1;
    if (quote < 0) return ~(escaped ? end + 1 : end);
    if (!escaped) return quote + 1;
    pos = quote + 1;
  }
  return ~pos;
}

/**
 * Finds the ends of JSON values in bytes that arrive view by view, and counts their lines. It tracks strings and
 * depth only: brackets of both kinds count alike, so a value with mismatched brackets ends somewhere, and the parser
 * of that value reports the fault. (For JSON in memory, `json-scan.ts` of the format is simpler.)
 */
export class Scanner {
  /** Line of the last byte seen, 1-based. */
  line = 1;
  /** Offset of that line's first byte. */
  lineStart = 0;
  /** Brackets that are open in the entered value, and whether a string is. */
  protected depth = 0;
  protected inString = false;

  /** Index of the first byte that is not whitespace, or the view's length. */
  skipSpace(view: Buffer, from: number, base: number): number {
    let pos = from;
    for (; pos < view.length; pos++) {
      const byte = view[pos]!;
      if (byte === NEWLINE) {
        this.line++;
        this.lineStart = base + pos + 1;
      } else if (KIND[byte] !== SPACE) break;
    }
    return pos;
  }

  /** Enters the array, object or string that begins at `at`; returns the index at which to continue. */
  enter(view: Buffer, at: number): number {
    this.inString = view[at] === QUOTE;
    this.depth = this.inString ? 0 : 1;
    return at + 1;
  }

  /** Index after the entered value; if the view ends first, `~index` at which to continue in the next view. */
  leave(view: Buffer, from: number, base: number): number {
    const end = view.length;
    let depth = this.depth;
    let inString = this.inString;
    let pos = from;
    while (pos < end || inString) {
      if (!inString) {
        const kind = KIND[view[pos++]!]!;
        if (kind < LINE || kind === SEPARATOR) continue;
        if (kind === STRING) inString = true;
        else if (kind === OPEN) depth++;
        else if (kind === CLOSE) {
          if (--depth === 0) return pos;
        } else {
          this.line++;
          this.lineStart = base + pos;
        }
        continue;
      }
      pos = closeString(view, pos);
      if (pos < 0) {
        pos = ~pos;
        break;
      }
      inString = false;
      if (depth === 0) return pos;
    }
    this.depth = depth;
    this.inString = inString;
    return ~pos;
  }
}

/** Index of the delimiter that ends the number or literal around `from`, or the view's length. */
export function endWord(view: Buffer, from: number): number {
  let pos = from;
  while (pos < view.length && KIND[view[pos]!] === PLAIN) pos++;
  return pos;
}
