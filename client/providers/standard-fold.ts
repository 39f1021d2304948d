import { makeFold } from '../format/fold.ts';
import { foldTable } from '../format/fold-data.ts';

/** The fold that sets are built with unless they are given another. */
export function standardFold(): (text: string) => string {
  return makeFold(foldTable());
}
