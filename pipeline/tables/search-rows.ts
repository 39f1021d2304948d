/** Adds the rows by which search finds systems. They have no summary fields. */
import { bucketKey, bucketOf, SHORT } from '#format/btree/search-schemas.ts';
import {
  indexedValues,
  searchedPart,
  searchedValues,
  type ValueField,
  valueFields,
  wordRows,
} from '#format/btree/searched-texts.ts';
import type { Fold } from '#format/fold/fold.ts';
import type { SearchMode, SetOptions } from '#format/index-json.ts';
import type { JsonObject } from '#format/json.ts';
import type { System } from '#format/system.ts';
import type { SystemRow } from '#format/system-row.ts';
import { lengthOf } from '#format/utf8.ts';
import type { Entries } from '#pipeline/spill/entries.ts';
import { keySpace } from '#pipeline/spill/key-bytes.ts';
import { addGrams } from './first-rows.ts';
import type { SystemEncoder } from './system-rows.ts';

/** Hex digits of a bucket in a key, and the bytes of that string. */
const BUCKET_DIGITS = bucketKey(0).length;
const BUCKET_BYTES = BUCKET_DIGITS + 1;

/** The values of no fields. */
const NONE: readonly (readonly string[])[] = [];

/** The runs of search. */
type SearchRun = 'results' | 'words' | 'values' | 'grams';

export class SearchRows {
  readonly #mode: SearchMode;
  readonly #hasNames: boolean;
  /** The searched fields except the name. */
  readonly #fields: readonly ValueField[];
  readonly #fold: Fold;
  readonly #encoder: SystemEncoder;
  readonly #run: (run: SearchRun) => Entries;
  /** Number of systems of each value. */
  readonly #values = new Map<string, number>();
  /** Number of strings that are not searched in full. */
  truncatedTexts = 0;

  /**
   * @param encoder has the system that is added
   * @param run returns the entries of a run
   */
  constructor(
    { mode, fields }: SetOptions['search'],
    fold: Fold,
    encoder: SystemEncoder,
    run: (run: SearchRun) => Entries,
  ) {
    this.#mode = mode;
    this.#hasNames = fields.includes('name');
    this.#fields = valueFields(fields);
    this.#fold = fold;
    this.#encoder = encoder;
    this.#run = run;
  }

  /**
   * Adds the rows of a system.
   * @param row the system as rows have it
   * @param name search fold of its name
   */
  add(system: System, row: SystemRow, name: string): void {
    // A system may parse its record when its fields are read.
    const texts = this.#fields.length === 0 ? NONE : this.#textsOf(system.fields);
    const values = texts.length === 0 ? NONE : indexedValues(row, texts);
    const bucket = bucketOf(row.name);
    this.#encoder.setTexts(shortOf(values));
    const results = this.#run('results');
    this.#encoder.begin(results, BUCKET_BYTES).keyHex(bucket, BUCKET_DIGITS);
    this.#encoder.end(results, 0);
    this.#encoder.setTexts([]);
    if (this.#hasNames) this.#addName(row, bucket, name);
    if (texts.length > 0) this.#addValues(texts, values);
  }

  /** The folded values of each field. */
  #textsOf(fields: JsonObject): readonly (readonly string[])[] {
    return this.#fields.map(field => searchedValues(fields, field, this.#fold));
  }

  /** Moves the numbers of systems of values to the entries of `value-counts`. */
  takeCounts(entries: Entries): void {
    for (const [value, systems] of this.#values) entries.add([value], [systems]);
    this.#values.clear();
  }

  #addName(row: SystemRow, bucket: number, text: string): void {
    const part = searchedPart(text);
    if (part.length < text.length) this.truncatedTexts++;
    const words = this.#run('words');
    const starts = wordRows(row, part);
    for (let i = 0; i < starts.length; i++) {
      this.#encoder.begin(words, keySpace(part)).keyText(part, starts[i]);
      this.#encoder.end(words, 0);
    }
    addGrams(this.#run('grams'), part, this.#mode, true, bucket);
  }

  /**
   * @param texts the folded values of each field
   * @param values those that are indexed, which may be cut
   */
  #addValues(texts: readonly (readonly string[])[], values: readonly (readonly string[])[]): void {
    const entries = this.#run('values');
    const seen = new Set<string>();
    for (const [field, own] of values.entries()) {
      const kept = new Set(own);
      for (const text of texts[field]!) if (!kept.has(text)) this.truncatedTexts++;
      for (const value of kept) {
        if (seen.has(value)) continue;
        seen.add(value);
        const key = this.#encoder.begin(entries, BUCKET_BYTES + keySpace(value));
        key.keyHex(bucketOf(value), BUCKET_DIGITS).keyText(value);
        this.#encoder.end(entries, field);
        this.#values.set(value, (this.#values.get(value) ?? 0) + 1);
      }
    }
  }
}

/** The short ones of the values of each field, as rows of `results` have them. */
function shortOf(values: readonly (readonly string[])[]): string[] {
  return values.map(own => own.filter(value => lengthOf(value) <= SHORT).join(', '));
}
