/** Bytes with a meaning in the grammars of JSON and CSV, and the byte order mark. */
export const NEWLINE = 0x0a;
export const RETURN = 0x0d;
/** RS, which begins a record of a JSON text sequence (RFC 7464). */
export const SEPARATOR = 0x1e;
export const QUOTE = 0x22;
export const HASH = 0x23;
export const COMMA = 0x2c;
export const SLASH = 0x2f;
export const COLON = 0x3a;
export const ARRAY = 0x5b;
export const BACKSLASH = 0x5c;
export const END_ARRAY = 0x5d;
export const OBJECT = 0x7b;
export const END_OBJECT = 0x7d;

/** Length of a byte order mark, U+FEFF, in UTF-8. */
export const MARK_BYTES = 3;

/** Whether a byte order mark is at an index; undefined if the bytes may end inside one. */
export function isMark(bytes: Uint8Array, at: number): boolean | undefined {
  if (bytes[at] !== 0xef) return false;
  if (at + MARK_BYTES > bytes.length) return undefined;
  return bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf;
}
