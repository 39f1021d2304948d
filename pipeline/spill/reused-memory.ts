/**
 * Memory that the tasks of a thread use one after another. Memory that is written for the first time costs about four
 * times as much as memory that was written before.
 */
let free: Buffer = Buffer.alloc(0);

/** Returns a buffer of at least `bytes` bytes with any content. No other task has it until `giveBack`. */
export function borrow(bytes: number): Buffer {
  const buffer = free.length >= bytes ? free : Buffer.allocUnsafeSlow(bytes);
  if (buffer === free) free = Buffer.alloc(0);
  return buffer;
}

/** Ends the use of a borrowed buffer; the largest one is kept for the next task. */
export function giveBack(buffer: Buffer): void {
  if (buffer.length > free.length) free = buffer;
}

/** Frees the memory that is kept: the next tasks do not borrow any. */
export function freeKept(): void {
  free = Buffer.alloc(0);
}
