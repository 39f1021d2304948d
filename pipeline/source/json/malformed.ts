import { jsonVerifier } from 'stream-json/utils/verifier.js';
import { InputError } from '#pipeline/errors.ts';
import { NEWLINE } from '#pipeline/source/ascii.ts';
import type { RawRecord, SourceLocation } from '#pipeline/source/source-types.ts';

const PIECE = 1 << 16;
const EXCERPT = 28;

/** A location in the input, with the bytes around it. */
export interface Spot {
  readonly location: SourceLocation;
  readonly view: Buffer;
  /** Index in `view`. */
  readonly at: number;
}

/** The error for JSON with a syntax error at a spot. */
export function syntaxError(spot: Spot, expected: string): InputError {
  const { file, line, column, offset, path } = spot.location;
  const where = `line ${line}, column ${column} (byte ${offset})${path === undefined ? '' : `, in ${path}`}`;
  const found = foundAt(spot);
  return new InputError(
    `${file}: malformed JSON at ${where}: expected ${expected}, found ${found}, near ${excerpt(spot)}: correct the file there`,
    { file, line, column, reason: 'malformed JSON', expected, found },
  );
}

/** The error for an input that ends early; `inside` is the location of the value that is incomplete. */
export function cutError(end: Spot, inside: SourceLocation | undefined, expected: string): InputError {
  const { file, line, column, offset } = end.location;
  const incomplete = inside
    ? `${inside.path ?? 'the record'} that begins at line ${inside.line}, column ${inside.column} (byte ${inside.offset})`
    : 'the document';
  return new InputError(
    `${file}: malformed JSON: the input ends inside ${incomplete}, at line ${line}, column ${column} (byte ${offset}): ` +
      `expected ${expected}, near ${excerpt(end)}: the file is truncated, or a bracket or quote is missing`,
    { file, line, column, reason: 'malformed JSON', expected, found: 'the end' },
  );
}

/** The location `count` bytes after `location`, where `bytes` begin; a negative count stays on the same line. */
export function placeAfter(location: SourceLocation, bytes: Buffer, count: number): SourceLocation {
  let { line, column } = location;
  let from = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0 && at < count; at = bytes.indexOf(NEWLINE, from)) {
    from = at + 1;
    line++;
    column = 1;
  }
  return { ...location, offset: location.offset + count, line, column: column + count - from };
}

function foundAt({ view, at }: Spot): string {
  const byte = view[at];
  if (byte === undefined) return 'the end';
  if (byte < 0x20 || byte === 0x7f) return `the control character 0x${byte.toString(16).padStart(2, '0')}`;
  const [character, next] = view.toString('utf8', at, at + 4);
  if (character === '/' && (next === '/' || next === '*')) return 'a comment, which JSON does not allow';
  if (character === '\uFEFF') return 'a byte order mark (U+FEFF)';
  return character === '\uFFFD' ? `the byte 0x${byte.toString(16)}` : `"${character}"`;
}

/** One line of text around a spot; `>>>` stands before the byte at the spot. */
function excerpt({ view, at }: Spot): string {
  const text = (from: number, to: number) =>
    view
      .toString('utf8', Math.max(from, 0), Math.max(to, 0))
      .replace(/^\uFFFD+|\uFFFD+$/g, '')
      .replace(/[\s\p{Cc}]+/gu, ' ');
  return `… ${text(at - EXCERPT, at)}>>>${text(at, at + EXCERPT)} …`;
}

/** Translates a message of stream-json to the words for what was expected. */
function expectation(message: string): string {
  if (/escaped characters/.test(message)) return 'a valid character or escape in a string';
  if (/string value/.test(message)) return 'the closing quote of a string';
  if (/unexpected token '\]'|expected a value/.test(message)) return 'a value';
  if (/unexpected token '}'|object key/.test(message)) return 'a key in double quotes';
  if (/unexpected characters/.test(message)) return 'the end of the value';
  if (/expected ','/.test(message)) return "',' or a closing bracket";
  if (/digit|number/.test(message)) return 'a digit';
  return /expected (.+)$/.exec(message)?.[1] ?? 'JSON';
}

interface Fault {
  offset: number;
  message: string;
}

/**
 * Checks one JSON value that arrives in pieces, with stream-json's verifier. The verifier gets the bytes as Latin-1,
 * so that its offsets count bytes: its grammar allows characters from U+0080 up in strings only, which is where bytes
 * above ASCII may occur.
 */
export class Validator {
  readonly #start: SourceLocation;
  readonly #verify = jsonVerifier();
  /** Location of the current piece, and the piece. */
  #location: SourceLocation;
  #piece: Buffer = Buffer.alloc(0);

  constructor(location: SourceLocation) {
    this.#start = location;
    this.#location = location;
  }

  /** @throws InputError at the first byte that breaks the grammar. */
  feed(bytes: Buffer): void {
    for (let from = 0; from < bytes.length; from += PIECE) {
      this.#location = placeAfter(this.#location, this.#piece, this.#piece.length);
      this.#piece = bytes.subarray(from, from + PIECE);
      try {
        this.#verify(this.#piece.toString('latin1'));
      } catch (fault) {
        throw this.#error(fault as Fault);
      }
    }
  }

  /** @throws InputError if the value is incomplete. */
  end(): void {
    try {
      // The verifier returns the symbol that signals the end of the input.
      this.#verify(this.#verify('') as unknown as string);
    } catch (fault) {
      throw this.#error(fault as Fault);
    }
  }

  #error({ offset, message }: Fault): InputError {
    const at = this.#start.offset + offset - this.#location.offset;
    const spot = { location: placeAfter(this.#location, this.#piece, at), view: this.#piece, at };
    const expected = expectation(message);
    return at < this.#piece.length ? syntaxError(spot, expected) : cutError(spot, this.#start, expected);
  }
}

/** @throws InputError if the bytes are not one JSON value. */
export function validate(bytes: Buffer, location: SourceLocation): void {
  const validator = new Validator(location);
  validator.feed(bytes);
  validator.end();
}

/** The error for a record that `JSON.parse` refuses, with the line, column and byte of the fault. */
export function malformed(raw: RawRecord): InputError {
  try {
    validate(raw.bytes, raw.location);
  } catch (error) {
    return error as InputError;
  }
  return syntaxError({ location: raw.location, view: raw.bytes, at: 0 }, 'JSON');
}
