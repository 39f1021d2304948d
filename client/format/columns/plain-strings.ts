/** Strings as they are, one for each row. */
import { takeTexts } from '#format/memory-cost.ts';

export const FORM = 0;

export function decode(texts: string[], _payload: readonly unknown[], count: number): string[] {
  takeTexts(texts);
  if (texts.length !== count) throw new Error(`${texts.length} strings for ${count} rows`);
  return texts;
}

/** The encoding in words, for people who inspect a file. */
export function describe(): string {
  return 'each in full';
}
