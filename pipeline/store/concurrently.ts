import pLimit from 'p-limit';

/** Enough to keep a disk or a server busy; more only takes memory. */
const AT_ONCE = 16;

/** Works on items, sixteen at a time; when this throws the first error, no work is running any more. */
export async function concurrently<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const limit = pLimit(AT_ONCE);
  let failure: { readonly error: unknown } | undefined;
  const one = async (item: T) => {
    if (failure) return;
    try {
      await work(item);
    } catch (error) {
      failure ??= { error };
    }
  };
  await Promise.all(Array.from(items, item => limit(one, item)));
  if (failure) throw failure.error;
}
