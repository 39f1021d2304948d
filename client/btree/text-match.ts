/** Decides which strings match a search. */

import type { WordEntry } from '#format/btree/search-schemas.ts';
import { searchedPart, searchedTexts } from '#format/btree/searched-texts.ts';
import { wordStarts } from '#format/fold/words.ts';
import type { SearchMode } from '#format/index-json.ts';
import type { JsonObject } from '#format/json.ts';

/** Searched fields, and mode. */
export interface MatchRule {
  readonly mode: Exclude<SearchMode, 'none'>;
  readonly fields: readonly string[];
}

/** Tests whether strings contain a query, anywhere or at the beginning of a word. */
export class TextMatch {
  /** The folded query. */
  readonly text: string;
  readonly #rule: MatchRule;
  readonly #fold: (text: string) => string;

  constructor(query: string, rule: MatchRule, fold: (text: string) => string) {
    this.text = fold(query);
    this.#rule = rule;
    this.#fold = fold;
  }

  /** Whether a folded string matches. */
  isIn(text: string): boolean {
    if (this.#rule.mode === 'infix') return text.includes(this.text);
    return wordStarts(text).some(start => text.startsWith(this.text, start));
  }

  /**
   * Whether the query occurs in the part of the string that a row has, or in its name; if not, the rest may contain
   * it.
   */
  isInRow({ before, text, name }: WordEntry): boolean {
    const shows =
      this.#rule.mode === 'infix' ? (before + text).includes(this.text) : text.startsWith(this.text);
    return shows || (this.#rule.fields.includes('name') && this.isIn(this.#folded(name)));
  }

  /** Whether a searched string of a system matches; `name` is the normalised name. */
  isInRecord(name: string, record: JsonObject): boolean {
    return searchedTexts(name, record, this.#rule.fields).some(text => this.isIn(this.#folded(text)));
  }

  #folded(text: string): string {
    return searchedPart(this.#fold(text));
  }
}
