import { setTimeout as delay } from 'node:timers/promises';

/** Waits until something is so that nothing announces, such as a file of another process; for as long as it takes. */
export async function until(ready: () => boolean): Promise<void> {
  while (!ready()) await delay(2);
}
