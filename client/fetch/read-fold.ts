import type { QueryOptions } from '#client/query/types.ts';
import type { FileRef } from '#format/file-ref.ts';
import { type Fold, makeFold, unpackFold } from '#format/fold/fold.ts';
import { weighed } from '#format/memory-cost.ts';
import { unpack } from '#format/unpack.ts';
import type { Files } from './files.ts';

/** Approximate memory of a decoded fold, as a multiple of the bytes of its file. */
const FOLD_GROWTH = 12;

/** Reads the fold of a set, which maps strings that differ only in case or Unicode normalisation to one string. */
export function readFold(files: Files, ref: FileRef, options: QueryOptions): Promise<Fold> {
  return files.read(
    ref,
    (content, budget) => {
      const { value } = weighed(budget, () => makeFold(unpackFold(unpack(content))));
      return { value, cost: FOLD_GROWTH * content.length };
    },
    options,
  );
}
