/** The fold that this version writes into sets, each part of it made when it is first needed. */
import { type Fold, makeFold, packFold } from '#format/fold/fold.ts';
import { foldTable } from '#format/fold/fold-data.ts';
import type { Packable } from '#format/pack.ts';

let fold: Fold | undefined;
let content: Packable | undefined;

export function writtenFold(): Fold {
  fold ??= makeFold(foldTable());
  return fold;
}

/** Returns the content of its file, for `pack`. */
export function writtenFoldFile(): Packable {
  content ??= packFold(foldTable());
  return content;
}
