/**
 * Keys as bytes with the same order: each string in UTF-8, followed by a zero byte. Comparing two keys byte by byte
 * compares them string by string, because no byte is below the zero that ends a shorter string.
 */
import type { TableKey } from '#format/btree/keys.ts';

/** Ends a string of a key. */
export const END = 0;

/** Maximum bytes of a string in a key: a UTF-16 code unit takes at most three bytes, an escaped one two. */
export function keySpace(text: string): number {
  return 3 * text.length + 1;
}

/** Longer strings are written by `Buffer.write`, whose call costs as much as this number of characters. */
const SHORT = 24;

/** Writes a string of a key, which may be a part of `text`; returns the offset after it. */
export function writeKeyText(buffer: Buffer, at: number, text: string, start = 0, end = text.length): number {
  const length = writeAscii(buffer, at, text, start, end)
    ? end - start
    : buffer.write(escaped(text.slice(start, end)), at);
  buffer[at + length] = END;
  return at + length + 1;
}

/** Writes a string in UTF-8; returns its number of bytes. */
export function writeText(buffer: Buffer, at: number, text: string): number {
  return writeAscii(buffer, at, text, 0, text.length) ? text.length : buffer.write(text, at);
}

/** Writes a short ASCII string without characters to escape; returns false for any other. */
function writeAscii(buffer: Buffer, at: number, text: string, start: number, end: number): boolean {
  if (end - start > SHORT) return false;
  for (let i = start; i < end; i++) {
    const unit = text.charCodeAt(i);
    if (unit <= 1 || unit > 0x7f) return false;
    buffer[at + i - start] = unit;
  }
  return true;
}

/** The strings of a key. */
export function readKey(buffer: Buffer, start: number, end: number): string[] {
  const key: string[] = [];
  for (let at = start; at < end; ) {
    const stop = buffer.indexOf(END, at);
    key.push(unescaped(buffer.toString('utf8', at, stop)));
    at = stop + 1;
  }
  return key;
}

/** The bytes of a key. */
export function keyBytes(key: TableKey): Buffer {
  const buffer = Buffer.allocUnsafe(key.reduce((sum, text) => sum + keySpace(text), 0));
  let end = 0;
  for (const text of key) end = writeKeyText(buffer, end, text);
  return buffer.subarray(0, end);
}

/** The first byte of an escape. */
const ESCAPE = 1;

/**
 * The weight of a key's strings (`keyWeight`): their code points and ends. Undefined if a string has an escape: then its
 * bytes are not those of the string.
 */
export function keyPoints(buffer: Buffer, start: number, end: number): number | undefined {
  let points = 0;
  for (let at = start; at < end; at++) {
    const byte = buffer[at]!;
    if (byte === ESCAPE) return undefined;
    if ((byte & 0xc0) !== 0x80) points++;
  }
  return points;
}

/** The lowest bytes above a key; no other key of the same table lies between the two. */
export function afterKey(key: Uint8Array): Buffer {
  return Buffer.concat([key, Uint8Array.of(0)]);
}

/** Escapes U+0000 and U+0001 as two characters each, which keeps the order, so that U+0000 can end a string. */
function escaped(text: string): string {
  if (!text.includes('\x00') && !text.includes('\x01')) return text;
  return text.replaceAll('\x01', '\x01\x02').replaceAll('\x00', '\x01\x01');
}

function unescaped(text: string): string {
  if (!text.includes('\x01')) return text;
  return text.replaceAll('\x01\x01', '\x00').replaceAll('\x01\x02', '\x01');
}
