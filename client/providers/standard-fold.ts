import { type Fold, makeFold } from '#format/fold/fold.ts';
import { foldTable } from '#format/fold/fold-data.ts';

/** Returns the fold of Unicode 17.0, which all chunk sets of this version contain. */
export function standardFold(): Fold {
  return makeFold(foldTable());
}
