/** Verifies a set on a worker thread, which does not use more memory than it needs. */
import { type ResourceLimits, Worker } from 'node:worker_threads';
import { endedThread } from '#pipeline/run/ended-thread.ts';
import { type ErrorMessage, errorOf } from '#pipeline/run/messages.ts';
import { workerEntry } from '#pipeline/run/worker-entry.ts';
import type { VerifyOptions, VerifyReport } from '#pipeline/verify/index.ts';
import { type SetAccess, sourceOf } from './set-location.ts';

/** The set and the options that the thread gets. */
export interface VerifyThreadData extends SetAccess, Pick<VerifyOptions, 'canonical' | 'temp'> {
  readonly location: string;
  /** Memory of objects that are not recent, in bytes. */
  readonly memoryBytes?: number | undefined;
}

/** The only message to the thread: end, and remove what is temporary. */
export type ToVerify = 'stop';

export type FromVerify =
  | { readonly kind: 'progress'; readonly systems: number; readonly total: number }
  | { readonly kind: 'done'; readonly report: VerifyReport }
  | { readonly kind: 'failed'; readonly error: ErrorMessage };

const ENTRY = workerEntry('verify-worker', 'cli/verify-worker.ts');

/**
 * Limits of the thread. V8 uses up what is set for objects that were made recently. Below 2 GiB it lets the other
 * objects grow to at most twice what is alive before it collects garbage, from 2 GiB on to four times that; and it keeps
 * pages that it has once used. A set of any size has about 100 MiB alive.
 */
const RECENT_MIB = 24;
const MEMORY_BYTES = 2_000 << 20;

/**
 * Runs `verifySet` on a thread, or on this one if the file of the thread is missing.
 * @throws the errors of `verifySet`; the signal's reason, after the temporary files were removed
 */
export async function verifyOnThread(
  data: VerifyThreadData,
  onProgress: NonNullable<VerifyOptions['onProgress']>,
  signal: AbortSignal,
): Promise<VerifyReport> {
  signal.throwIfAborted();
  if (!ENTRY) {
    const { verifySet } = await import('#pipeline/verify/index.ts');
    const { location, canonical, temp } = data;
    return verifySet(sourceOf(location, data), { canonical, temp, onProgress }, signal);
  }
  const { memoryBytes = MEMORY_BYTES } = data;
  const resourceLimits: ResourceLimits = {
    maxYoungGenerationSizeMb: RECENT_MIB,
    maxOldGenerationSizeMb: memoryBytes / (1 << 20),
  };
  const worker = new Worker(ENTRY, { workerData: data, resourceLimits });
  const ended = (cause: Error) =>
    endedThread('the thread of verify', cause, 'give it more than the default of 2000 MiB by --memory');
  const stop = () => worker.postMessage('stop' satisfies ToVerify);
  signal.addEventListener('abort', stop);
  try {
    return await new Promise<VerifyReport>((resolve, reject) => {
      worker.on('message', (from: FromVerify) => {
        if (from.kind === 'progress') onProgress(from.systems, from.total);
        else if (from.kind === 'done') resolve(from.report);
        else reject(errorOf(from.error));
      });
      worker.on('error', cause => reject(ended(cause)));
      worker.on('exit', code => reject(ended(new Error(`exit code ${code}`))));
    });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    await worker.terminate();
  }
}
