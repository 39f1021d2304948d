import { LockedError } from '#pipeline/index.ts';

/** Repeats a write that others keep from the lock: on a busy machine they may take longer than a writer waits. */
export async function patiently<T>(write: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof LockedError)) throw error;
    }
  }
}
