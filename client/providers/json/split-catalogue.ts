/**
 * Finds the systems in a catalogue of any shape, and leaves them unparsed. The catalogue is in memory; the pipeline reads
 * the same shapes from streams of bytes (pipeline/source/json/document), and reports every place.
 */
import { CorruptError } from '#client/errors.ts';
import { kindOfMembers, PROSE, WRAPPERS } from '#format/record/catalogue-shape.ts';
import { endOfString, endOfValue, membersAt, skipSpace } from '#format/record/json-scan.ts';
import type { Surroundings } from '#format/record/normalise.ts';
import { parseJson } from '#format/record/parse-json.ts';

/** An array or object that contains systems, or the text of a series of values. */
export interface CatalogueContainer {
  readonly kind: 'list' | 'keyed' | 'series';
  /** Key of an array of systems of one region. */
  readonly region?: string | undefined;
  /** Index of its opening bracket, and of its closing bracket; of the text for a series. */
  readonly start: number;
  end: number;
}

/** One value in JSON; only its borders are checked. */
export interface CataloguePiece extends Surroundings {
  readonly container: CatalogueContainer;
  /** Index of its key, or of the value itself. */
  readonly from: number;
  /** Index of the value. */
  readonly start: number;
  /** Index after the value. */
  readonly end: number;
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

/** The containers of a catalogue, those that are nested first, and all of its pieces. */
export interface CatalogueLayout {
  readonly containers: readonly CatalogueContainer[];
  readonly pieces: readonly CataloguePiece[];
}

/** @throws CorruptError */
export function layoutOf(text: string, location: string): CatalogueLayout {
  const splitter = new Splitter(text, location);
  return { pieces: [...splitter.pieces()], containers: splitter.containers };
}

class Splitter {
  readonly containers: CatalogueContainer[] = [];
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
    const container: CatalogueContainer = { kind: 'series', start: 0, end: this.#text.length };
    this.containers.push(container);
    let line = 1;
    let counted = 0;
    while (this.#skipMarks() !== '') {
      for (; counted < this.#pos; counted++) if (this.#text[counted] === '\n') line++;
      yield this.#piece(`line ${line}`, container, this.#pos);
    }
  }

  *#list(path: string, region?: string): Generator<CataloguePiece, void, undefined> {
    const container: CatalogueContainer = { kind: 'list', region, start: this.#pos++, end: 0 };
    for (let nth = 0; !this.#ends(nth, ']'); nth++)
      yield this.#piece(`${path}[${nth}]`, container, this.#pos, { region });
    this.#close(container);
  }

  *#keyed(path: string, isOutermost: boolean): Generator<CataloguePiece, void, undefined> {
    const container: CatalogueContainer = { kind: 'keyed', start: this.#pos++, end: 0 };
    for (let nth = 0; !this.#ends(nth, '}'); nth++) {
      const from = this.#pos;
      const key = this.#key();
      const member = `${path}[${JSON.stringify(key)}]`;
      const first = this.#peek();
      const nested = first === '{' || first === '[';
      const wraps = isOutermost && nested && WRAPPERS.has(key);
      if (key.startsWith('_') || (first === '"' && PROSE.has(key)))
        yield { ...this.#piece(member, container, from), skip: true };
      else if (!nested) yield this.#piece(member, container, from, { key });
      else if (first === '[') yield* this.#list(wraps ? key : member, wraps ? undefined : key);
      else if (wraps && kindOfMembers(membersAt(this.#text, this.#pos)) !== 'record')
        yield* this.#keyed(key, false);
      else yield this.#piece(member, container, from, { key });
    }
    this.#close(container);
  }

  #close(container: CatalogueContainer): void {
    container.end = this.#pos - 1;
    this.containers.push(container);
  }

  /** True if the object at the start contains systems: by its members, or if nothing follows it. */
  #isCatalogue(): boolean {
    const kind = kindOfMembers(membersAt(this.#text, this.#pos));
    const next = skipSpace(this.#text, endOfValue(this.#text, this.#pos));
    return kind === 'container' || (kind === undefined && next === this.#text.length);
  }

  #piece(
    path: string,
    container: CatalogueContainer,
    from: number,
    around: Surroundings = {},
  ): CataloguePiece {
    const start = this.#pos;
    const end = endOfValue(this.#text, start);
    if (end === start) throw this.#unexpected('a value');
    this.#pos = end;
    const text = this.#text.slice(start, end);
    return { skip: false, text, path, container, from, start, end, ...around };
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
