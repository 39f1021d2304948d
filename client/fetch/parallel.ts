/** What questions cost: reads side by side are one round trip. */

import type { QueryOptions } from '#client/query/types.ts';
import { newUsage, type Usage } from '#client/query/usage.ts';

/** Parts of a question, to each of which the options are told that it is to go by. */
export type Subtasks<T extends readonly unknown[], O extends QueryOptions> = {
  readonly [K in keyof T]: (options: O) => Promise<T[K]>;
};

/** Reads side by side: one round trip if any of them took a request. */
export async function roundTrip<T>({ usage }: QueryOptions, read: () => Promise<T>): Promise<T> {
  const before = usage?.requests;
  const value = await read();
  if (usage && usage.requests !== before) usage.roundTrips++;
  return value;
}

/**
 * The answers of parts that wait for nothing of one another, in their order. When one part fails, so does the whole,
 * and the reads of the others are given up: nobody waits for them any more.
 */
export async function parallel<T extends readonly unknown[], O extends QueryOptions>(
  options: O,
  parts: Subtasks<T, O>,
): Promise<T> {
  const { signal } = options;
  signal?.throwIfAborted();
  const controller = new AbortController();
  // Not AbortSignal.any: a signal of the caller's that lives long would gather what was made of it.
  const stop = () => controller.abort(signal?.reason);
  signal?.addEventListener('abort', stop);
  try {
    // Async, so that a part that throws at once is waited for like the others.
    const answers = parts.map(async part => part({ ...options, signal: controller.signal }));
    return (await Promise.all(answers)) as unknown as T;
  } catch (error) {
    controller.abort(error);
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/** Parts of a question, as `parallel`: what they cost adds up, but for their round trips. */
export async function parallelQueries<T extends readonly unknown[]>(
  options: QueryOptions,
  parts: Subtasks<T, QueryOptions>,
): Promise<T> {
  const usages: Usage[] = [];
  const counted = parts.map(part => {
    const usage = newUsage();
    usages.push(usage);
    return (of: QueryOptions) => part({ ...of, usage });
  });
  try {
    return (await parallel(options, counted)) as unknown as T;
  } finally {
    const { usage } = options;
    for (const own of usage ? usages : []) {
      usage!.requests += own.requests;
      usage!.bytes += own.bytes;
      usage!.cacheHits += own.cacheHits;
    }
    if (usage) usage.roundTrips += Math.max(0, ...usages.map(own => own.roundTrips));
  }
}
