/**
 * Keys as bytes that sort as the keys do: each text in UTF-8, followed by a zero byte. Comparing two such keys byte by
 * byte compares them text by text, because no byte is below the zero that ends a shorter text.
 */
import type { TableKey } from '#format/btree/keys.ts';

/** Ends a text of a key. */
export const END = 0;

/** Bytes that a text of a key takes at most: a UTF-16 unit has at most three bytes, an escaped one two. */
export function keySpace(text: string): number {
  return 3 * text.length + 1;
}

/** Writes one text of a key; returns the offset after it. */
export function writeKeyText(buffer: Buffer, at: number, text: string): number {
  const end = at + buffer.write(escaped(text), at);
  buffer[end] = END;
  return end + 1;
}

/** The texts of a key. */
export function readKey(buffer: Buffer, start: number, end: number): string[] {
  const key: string[] = [];
  for (let at = start; at < end; ) {
    const stop = buffer.indexOf(END, at);
    key.push(unescaped(buffer.toString('utf8', at, stop)));
    at = stop + 1;
  }
  return key;
}

/** A key on its own. */
export function keyBytes(key: TableKey): Buffer {
  const buffer = Buffer.allocUnsafe(key.reduce((sum, text) => sum + keySpace(text), 0));
  let end = 0;
  for (const text of key) end = writeKeyText(buffer, end, text);
  return buffer.subarray(0, end);
}

/** The least bytes above a key: every other key of the same table is below the one and the other, or above both. */
export function afterKey(key: Uint8Array): Buffer {
  return Buffer.concat([key, Uint8Array.of(0)]);
}

/** U+0000 and U+0001 become two characters, so that U+0000 is free to end a text and keeps its place in the order. */
function escaped(text: string): string {
  if (!text.includes('\x00') && !text.includes('\x01')) return text;
  return text.replaceAll('\x01', '\x01\x02').replaceAll('\x00', '\x01\x01');
}

function unescaped(text: string): string {
  if (!text.includes('\x01')) return text;
  return text.replaceAll('\x01\x01', '\x00').replaceAll('\x01\x02', '\x01');
}
