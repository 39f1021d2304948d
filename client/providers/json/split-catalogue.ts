/**
 * Finds the systems in a catalogue of any shape, and leaves them unparsed. The catalogue is in memory; the pipeline reads
 * the same shapes from streams of bytes (pipeline/source/json/document), and reports every place.
 */
import { CorruptError } from '#client/errors.ts';
import { kindOfMembers, PROSE, WRAPPERS } from '#format/record/catalogue-shape.ts';
import { endOfString, endOfValue, membersAt, skipSpace } from '#format/record/json-scan.ts';
import type { Surroundings } from '#format/record/normalise.ts';
import { parseJson } from '#format/record/parse-json.ts';

/** One value in JSON; only its borders are checked. */
export interface CataloguePiece extends Surroundings {
  /** True for a member that is not a system, judged by its key. */
  readonly skip: boolean;
  readonly text: string;
  /** Location of the value: `["11 Com"]`, `data[17]`, `["Adam"][3]`; in a series of values `line 5`. */
  readonly path: string;
}

/**
 * Yields the values of a catalogue, in order: of an array, an object of any shape that contains systems, or a series
 * of values (NDJSON, a single system).
 * @param location name for messages
 * @returns pieces, which are JSON if the catalogue is
 * @throws CorruptError for a syntax error between the pieces
 */
export function splitCatalogue(text: string, location: string): Generator<CataloguePiece, void, undefined> {
  return new Splitter(text, location).pieces();
}

class Splitter {
  readonly #text: string;
  readonly #location: string;
  #pos = 0;

  constructor(text: string, location: string) {
    this.#text = text;
    this.#location = location;
  }

  *pieces(): Generator<CataloguePiece, void, undefined> {
    const first = this.#skipMarks();
    if (first === '') throw this.#unexpected('JSON or NDJSON; an empty catalogue is {} or []');
    if (first === '[') yield* this.#list('');
    else if (first === '{' && this.#isCatalogue()) yield* this.#keyed('', true);
    else yield* this.#series();
    if (this.#peek() !== '') throw this.#unexpected('nothing after the end of the document');
  }

  *#series(): Generator<CataloguePiece, void, undefined> {
    let line = 1;
    let counted = 0;
    while (this.#skipMarks() !== '') {
      for (; counted < this.#pos; counted++) if (this.#text[counted] === '\n') line++;
      yield this.#piece(`line ${line}`);
    }
  }

  *#list(path: string, region?: string): Generator<CataloguePiece, void, undefined> {
    this.#pos++;
    for (let nth = 0; !this.#ends(nth, ']'); nth++) yield this.#piece(`${path}[${nth}]`, { region });
  }

  *#keyed(path: string, isOutermost: boolean): Generator<CataloguePiece, void, undefined> {
    this.#pos++;
    for (let nth = 0; !this.#ends(nth, '}'); nth++) {
      const key = this.#key();
      const member = `${path}[${JSON.stringify(key)}]`;
      const first = this.#peek();
      const nested = first === '{' || first === '[';
      const wraps = isOutermost && nested && WRAPPERS.has(key);
      if (key.startsWith('_') || (first === '"' && PROSE.has(key)))
        yield { ...this.#piece(member), skip: true };
      else if (!nested) yield this.#piece(member, { key });
      else if (first === '[') yield* this.#list(wraps ? key : member, wraps ? undefined : key);
      else if (wraps && kindOfMembers(membersAt(this.#text, this.#pos)) !== 'record')
        yield* this.#keyed(key, false);
      else yield this.#piece(member, { key });
    }
  }

  /** True if the object at the start contains systems: by its members, or if nothing follows it. */
  #isCatalogue(): boolean {
    const kind = kindOfMembers(membersAt(this.#text, this.#pos));
    const next = skipSpace(this.#text, endOfValue(this.#text, this.#pos));
    return kind === 'container' || (kind === undefined && next === this.#text.length);
  }

  #piece(path: string, around: Surroundings = {}): CataloguePiece {
    const start = this.#pos;
    this.#pos = endOfValue(this.#text, start);
    if (this.#pos === start) throw this.#unexpected('a value');
    return { skip: false, text: this.#text.slice(start, this.#pos), path, ...around };
  }

  /** Moves to the next member of an array or object; true at its end. */
  #ends(nth: number, bracket: string): boolean {
    const first = this.#peek();
    const ended = first === bracket;
    if (!ended && nth > 0 && first !== ',') throw this.#unexpected(`',' or '${bracket}'`);
    if (ended || nth > 0) this.#pos++;
    if (!ended) this.#peek();
    return ended;
  }

  /** Reads a key and its colon, and moves to the value. */
  #key(): string {
    const start = this.#pos;
    if (this.#peek() !== '"') throw this.#unexpected('a key in double quotes');
    this.#pos = endOfString(this.#text, start + 1);
    const key = parsePiece({ text: this.#text.slice(start, this.#pos), path: 'a key' }, this.#location);
    if (this.#peek() !== ':') throw this.#unexpected("':'");
    this.#pos++;
    this.#peek();
    return key as string;
  }

  /** Moves to the next character that is not white space, and returns it; '' at the end. */
  #peek(): string {
    this.#pos = skipSpace(this.#text, this.#pos);
    return this.#text.charAt(this.#pos);
  }

  /** Like `#peek`, and also skips byte order marks, which concatenated files have. */
  #skipMarks(): string {
    while (this.#peek() === '\uFEFF') this.#pos++;
    return this.#peek();
  }

  #unexpected(expected: string): CorruptError {
    const before = this.#text.slice(0, this.#pos).split('\n');
    const [found] = this.#text.slice(this.#pos, this.#pos + 2);
    return new CorruptError(
      `${this.#location}: malformed JSON at line ${before.length}, column ${before.at(-1)!.length + 1}: ` +
        `expected ${expected}, found ${found === undefined ? 'the end' : JSON.stringify(found)}; correct the file there`,
      {
        file: this.#location,
        line: before.length,
        column: before.at(-1)!.length + 1,
        reason: 'malformed JSON',
        expected,
        found,
      },
    );
  }
}

/**
 * The value of a piece.
 * @throws CorruptError that names its path, if it is not JSON
 */
export function parsePiece({ text, path }: Pick<CataloguePiece, 'text' | 'path'>, location: string) {
  try {
    return parseJson(text);
  } catch (cause) {
    // Engines count from the beginning of the piece, not of the file.
    const message = (cause as SyntaxError).message.replace(/ at (position|line) \d.*$/, '');
    throw new CorruptError(`${location}: malformed JSON in ${path}: ${message}; correct the file there`, {
      file: location,
      reason: `malformed JSON: ${message}`,
      cause,
    });
  }
}
