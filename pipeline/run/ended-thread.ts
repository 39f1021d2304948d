import { MemoryError } from '#pipeline/errors.ts';

/**
 * The error for a thread that has ended by itself.
 * @param thread names it, and what it did
 * @param advice what to do if it lacked memory
 */
export function endedThread(
  thread: string,
  cause: Error & { readonly code?: string },
  advice: string,
): Error {
  const message = `${thread} ended: ${cause.message}`;
  if (cause.code !== 'ERR_WORKER_OUT_OF_MEMORY') return new Error(message, { cause });
  return new MemoryError(`${message}: ${advice}`, { cause });
}
