/** What questions cost: reads side by side are one round trip. */
import type { Usage } from './files.ts';
import type { QueryOptions } from './queries.ts';

/** Reads side by side: one round trip if any of them took a request. */
export async function trip<T>({ usage }: QueryOptions, read: () => Promise<T>): Promise<T> {
  const before = usage?.requests;
  const value = await read();
  if (usage && usage.requests !== before) usage.roundTrips++;
  return value;
}

/** Parts of a question that wait for nothing of one another: what they cost adds up, but for their round trips. */
export async function sideBySide<T extends readonly unknown[]>(
  options: QueryOptions,
  parts: { readonly [K in keyof T]: (options: QueryOptions) => Promise<T[K]> },
): Promise<T> {
  const usages: Usage[] = [];
  // Async, so that a part that throws at once is waited for like the others: theirs may fail later.
  const answers = parts.map(async part => {
    const usage = { requests: 0, bytes: 0, cacheHits: 0, roundTrips: 0 };
    usages.push(usage);
    return part({ ...options, usage });
  });
  try {
    return (await Promise.all(answers)) as unknown as T;
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
