/** Repeats a write that others keep from the lock: on a busy machine they may take longer than a writer waits. */
export async function patiently<T>(write: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      // By its name: a process that uses the compiled package has a class of its own.
      if ((error as Error).name !== 'LockedError') throw error;
    }
  }
}
