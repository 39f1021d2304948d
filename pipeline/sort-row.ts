/** Rows of the external sort as bytes: a key whose bytes sort as its texts do, then numbers, then texts. */
import type { Key } from '../client/format/index.ts';
import type { SortRow } from './sort.ts';

/** Ends a text of a key: no byte is below it. */
const END = 0;

/** Bytes that a row takes at most. */
export function rowSpace(key: Key, numbers: readonly number[], texts: readonly string[]): number {
  let bytes = 8 * numbers.length + 4 * texts.length;
  // A UTF-16 unit has at most three bytes, an escaped one two.
  for (const text of key) bytes += 3 * text.length + 1;
  for (const text of texts) bytes += 3 * text.length;
  return bytes;
}

export function writeRow(
  buffer: Buffer,
  start: number,
  key: Key,
  numbers: readonly number[],
  texts: readonly string[],
): { keyEnd: number; end: number } {
  let at = start;
  for (const text of key) {
    at += buffer.write(escaped(text), at);
    buffer[at++] = END;
  }
  const keyEnd = at;
  for (const number of numbers) at = buffer.writeDoubleLE(number, at);
  for (const text of texts) {
    const length = buffer.write(text, at + 4);
    buffer.writeUInt32LE(length, at);
    at += 4 + length;
  }
  return { keyEnd, end: at };
}

export function readRow(buffer: Buffer, start: number, keyEnd: number, end: number, width: number): SortRow {
  const key: string[] = [];
  for (let at = start; at < keyEnd; ) {
    const stop = buffer.indexOf(END, at);
    key.push(unescaped(buffer.toString('utf8', at, stop)));
    at = stop + 1;
  }
  const numbers: number[] = new Array(width);
  for (let i = 0; i < width; i++) numbers[i] = buffer.readDoubleLE(keyEnd + 8 * i);
  const texts: string[] = [];
  for (let at = keyEnd + 8 * width; at < end; ) {
    const stop = at + 4 + buffer.readUInt32LE(at);
    texts.push(buffer.toString('utf8', at + 4, stop));
    at = stop;
  }
  return { key, numbers, texts };
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
