/** Finds the systems in the text of a catalogue, of whatever shape, and leaves them unparsed. */
import { CorruptError } from '#client/errors.ts';
import { kindOfMembers, PROSE, WRAPPERS } from '#format/record/catalogue-shape.ts';
import type { Surroundings } from '#format/record/normalise.ts';
import { endOfString, endOfValue, parseJson, skipSpace } from '#format/record/parse-json.ts';

/** The JSON text of one value, unchecked but for its borders. */
export interface Piece extends Surroundings {
  /** True for a member that is no system by its key. */
  readonly skip: boolean;
  readonly text: string;
  /** Way to the value: `["11 Com"]`, `data[17]`, `["Adam"][3]`; in a series of values `line 5`. */
  readonly path: string;
}

/**
 * The values of a catalogue, in order: a list, an object of any shape that holds systems, or values one after
 * another (NDJSON, a single system).
 * @param location names the catalogue in messages
 * @returns pieces that are JSON if the catalogue is
 * @throws CorruptError where what stands around the pieces is not JSON
 */
export function splitCatalogue(text: string, location: string): Generator<Piece, void, undefined> {
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

  *pieces(): Generator<Piece, void, undefined> {
    const first = this.#skipMarks();
    if (first === '') throw this.#unexpected('JSON or NDJSON; an empty catalogue is {} or []');
    if (first === '[') yield* this.#list('');
    else if (first === '{' && this.#isCatalogue()) yield* this.#keyed('', true);
    else yield* this.#series();
    if (this.#peek() !== '') throw this.#unexpected('nothing after the end of the document');
  }

  *#series(): Generator<Piece, void, undefined> {
    let line = 1;
    let counted = 0;
    while (this.#skipMarks() !== '') {
      for (; counted < this.#pos; counted++) if (this.#text[counted] === '\n') line++;
      yield this.#piece(`line ${line}`);
    }
  }

  *#list(path: string, region?: string): Generator<Piece, void, undefined> {
    this.#pos++;
    for (let nth = 0; !this.#ends(nth, ']'); nth++) yield this.#piece(`${path}[${nth}]`, { region });
  }

  *#keyed(path: string, isOutermost: boolean): Generator<Piece, void, undefined> {
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
      else if (wraps && kindOf(this.#text, this.#pos) !== 'record') yield* this.#keyed(key, false);
      else yield this.#piece(member, { key });
    }
  }

  /** True for an object at the start that holds systems: by its members, else if nothing follows. */
  #isCatalogue(): boolean {
    const kind = kindOf(this.#text, this.#pos);
    const next = skipSpace(this.#text, endOfValue(this.#text, this.#pos));
    return kind === 'container' || (kind === undefined && next === this.#text.length);
  }

  #piece(path: string, around: Surroundings = {}): Piece {
    const start = this.#pos;
    this.#pos = endOfValue(this.#text, start);
    if (this.#pos === start) throw this.#unexpected('a value');
    return { skip: false, text: this.#text.slice(start, this.#pos), path, ...around };
  }

  /** Goes to the next member of a list or object; true where its end is there instead. */
  #ends(nth: number, bracket: string): boolean {
    const first = this.#peek();
    const ended = first === bracket;
    if (!ended && nth > 0 && first !== ',') throw this.#unexpected(`',' or '${bracket}'`);
    if (ended || nth > 0) this.#pos++;
    if (!ended) this.#peek();
    return ended;
  }

  /** Goes through a key and its colon, to the value. */
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

  /** Goes to the next character that is no white space, and gives it; '' at the end. */
  #peek(): string {
    this.#pos = skipSpace(this.#text, this.#pos);
    return this.#text.charAt(this.#pos);
  }

  /** The same, through byte order marks: a file has them inside that was put together of several. */
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
export function parsePiece({ text, path }: Pick<Piece, 'text' | 'path'>, location: string) {
  try {
    return parseJson(text);
  } catch (cause) {
    // Engines count from the beginning of the piece, which is not where people look.
    const message = (cause as SyntaxError).message.replace(/ at (position|line) \d.*$/, '');
    throw new CorruptError(`${location}: malformed JSON in ${path}: ${message}; correct the file there`, {
      file: location,
      reason: `malformed JSON: ${message}`,
      cause,
    });
  }
}

function kindOf(text: string, at: number): ReturnType<typeof kindOfMembers> {
  return kindOfMembers(members(text, at));
}

/** Key, and whether the value is an object or a list, of each member of an object; stops at anything odd. */
function* members(text: string, at: number): Generator<[key: string, nested: boolean]> {
  let pos = at;
  do {
    const key = skipSpace(text, pos + 1);
    if (text[key] !== '"') return;
    const end = endOfString(text, key + 1);
    pos = skipSpace(text, end);
    if (text[pos] !== ':') return;
    pos = skipSpace(text, pos + 1);
    yield [text.slice(key + 1, end - 1), text[pos] === '{' || text[pos] === '['];
    pos = skipSpace(text, endOfValue(text, pos));
  } while (text[pos] === ',');
}
