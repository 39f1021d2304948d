/** Divides plain NDJSON into ranges of lines. */
import { open } from 'node:fs/promises';
import { NEWLINE } from '#pipeline/source/ascii.ts';
import type { ByteRange } from '#pipeline/source/source-types.ts';

const PAGE_BYTES = 64 * 1024;
const COUNT_BYTES = 1024 * 1024;

/** Splits a file into ranges of about `bytes` bytes; each ends after a newline, or at the end of the file. */
export async function splitLines(path: string, size: number, bytes: number): Promise<ByteRange[]> {
  const ranges: ByteRange[] = [];
  const file = await open(path, 'r');
  try {
    const page = Buffer.allocUnsafe(PAGE_BYTES);
    let start = 0;
    while (start < size) {
      let end = Math.min(size, start + bytes);
      // A line ends at the newline at or after `end - 1`.
      for (let at = end - 1; end < size; ) {
        const { bytesRead } = await file.read(page, 0, PAGE_BYTES, at);
        const newline = page.subarray(0, bytesRead).indexOf(NEWLINE);
        if (newline >= 0) {
          end = at + newline + 1;
          break;
        }
        at += bytesRead;
        if (bytesRead === 0) end = size;
      }
      ranges.push({ start, end });
      start = end;
    }
  } finally {
    await file.close();
  }
  return ranges;
}

/** Number of newlines in the first `bytes` bytes of a file. */
export async function countLines(path: string, bytes: number, signal?: AbortSignal): Promise<number> {
  let lines = 0;
  const file = await open(path, 'r');
  try {
    const page = Buffer.allocUnsafe(COUNT_BYTES);
    for (let from = 0; from < bytes; ) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(page, 0, Math.min(COUNT_BYTES, bytes - from), from);
      if (bytesRead === 0) break;
      const view = page.subarray(0, bytesRead);
      for (let at = view.indexOf(NEWLINE); at >= 0; at = view.indexOf(NEWLINE, at + 1)) lines++;
      from += bytesRead;
    }
  } finally {
    await file.close();
  }
  return lines;
}
