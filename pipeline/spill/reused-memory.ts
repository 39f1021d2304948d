/**
 * Memory that the tasks of a thread use one after another. Memory that is written for the first time costs about four
 * times as much as memory that was written before, and V8 looks for garbage after each few megabytes of new buffers.
 */
const free: Buffer[] = [];

/** Returns a buffer of at least `bytes` bytes with any content. Nothing else uses it until `giveBack`. */
export function borrow(bytes: number): Buffer {
  let best = -1;
  let largest = 0;
  for (const [i, { length }] of free.entries()) {
    if (length >= bytes && (best < 0 || length < free[best]!.length)) best = i;
    if (length > free[largest]!.length) largest = i;
  }
  if (best >= 0) return free.splice(best, 1)[0]!;
  // One that is too small is replaced: there are never more buffers than were in use at once.
  free.splice(largest, 1);
  return Buffer.allocUnsafeSlow(bytes);
}

/**
 * Ends the use of a borrowed buffer, which is kept for the next `borrow`. A task that fails does not call it: something
 * may still read or write the buffer, and garbage collection frees it.
 */
export function giveBack(buffer: Buffer): void {
  if (buffer.length > 0) free.push(buffer);
}

/**
 * Frees the memory that is kept, which the next `borrow` would use. Every operation that borrows calls it at its end, so
 * that a process which goes on has none of it.
 */
export function freeKept(): void {
  free.length = 0;
}
