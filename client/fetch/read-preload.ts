import type { QueryOptions } from '#client/query/types.ts';
import type { FileRef } from '#format/file-ref.ts';
import { weighed } from '#format/memory-cost.ts';
import { unpackPreload } from '#format/preload.ts';
import { unpack } from '#format/unpack.ts';
import type { Files } from './files.ts';
import { roundTrip } from './parallel.ts';

/** Reads the preload file, and keeps its pages for later reads. */
export async function readPreload(files: Files, ref: FileRef, options: QueryOptions): Promise<void> {
  const decode = (content: Uint8Array, budget: number) => {
    const { value } = weighed(budget, () => unpackPreload(unpack(content)));
    // The pages are kept; the file need not be cached as well.
    return { value, cost: Number.POSITIVE_INFINITY };
  };
  files.know(await roundTrip(options, () => files.read(ref, decode, options)));
}
