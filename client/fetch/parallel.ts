/** Counts the cost of queries: concurrent reads are one round trip. */

import type { QueryOptions } from '#client/query/types.ts';
import { newUsage, type Usage } from '#client/query/usage.ts';

/** Concurrent subtasks of a query; each is called with the options it must use. */
export type Subtasks<T extends readonly unknown[], O extends QueryOptions> = {
  readonly [K in keyof T]: (options: O) => Promise<T[K]>;
};

/** Runs concurrent reads, and counts one round trip if any of them made a request. */
export async function roundTrip<T>({ usage }: QueryOptions, read: () => Promise<T>): Promise<T> {
  const before = usage?.requests;
  const value = await read();
  if (usage && usage.requests !== before) usage.roundTrips++;
  return value;
}

/**
 * Runs independent subtasks concurrently and returns their results in order. If one fails, the others are aborted.
 */
export async function parallel<T extends readonly unknown[], O extends QueryOptions>(
  options: O,
  parts: Subtasks<T, O>,
): Promise<T> {
  const { signal } = options;
  signal?.throwIfAborted();
  const controller = new AbortController();
  // Not AbortSignal.any: a long-lived signal of the caller would accumulate dependent signals.
  const stop = () => controller.abort(signal?.reason);
  signal?.addEventListener('abort', stop);
  try {
    // Async, so that a subtask that throws synchronously is handled like the others.
    const results = parts.map(async part => part({ ...options, signal: controller.signal }));
    return (await Promise.all(results)) as unknown as T;
  } catch (error) {
    controller.abort(error);
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/** Like `parallel`, and adds up the cost of the subtasks; the round trips are those of the longest. */
export async function parallelQueries<T extends readonly unknown[]>(
  options: QueryOptions,
  parts: Subtasks<T, QueryOptions>,
): Promise<T> {
  const usages: Usage[] = [];
  const counted = parts.map(part => {
    const usage = newUsage();
    usages.push(usage);
    return (options: QueryOptions) => part({ ...options, usage });
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
