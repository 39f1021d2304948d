/**
 * Waits; rejects with the signal's reason when it is aborted.
 * @param persistent whether the timer keeps a Node process alive
 */
export function sleep(
  milliseconds: number,
  signal: AbortSignal | undefined,
  persistent = true,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    // In browsers it is a number.
    if (!persistent) (timer as { unref?(): unknown }).unref?.();
    signal?.addEventListener('abort', stop, { once: true });
  });
}
