import { isUtf8 } from 'node:buffer';
import { NOT_UTF8 } from './fitness.ts';
import { cutError, type Spot, syntaxError, Validator } from './malformed.ts';
import { closeString, endWord, type Scanner } from './scanner.ts';
import { kindOf, type Shape, WRAPPERS } from './shape.ts';
import { BATCH_RECORDS, type Pause, parse, type Sink } from './sink.ts';
import type { Place, RawRecord } from './types.ts';
import type { Window } from './window.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const ARRAY = 0x5b;
const END_ARRAY = 0x5d;
const OBJECT = 0x7b;
const END_OBJECT = 0x7d;
const MAX_KEY_BYTES = 1 << 20;

/** Keys of texts that stand beside the systems. */
const PROSE = new Set(['$schema', 'title', 'description']);

/** What may come next. */
type Expect = 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end' | 'nothing';

const WORDS: Record<Expect, string> = {
  value: 'a value',
  'value or end': "a value or ']'",
  key: 'a key in double quotes',
  'key or end': "a key in double quotes or '}'",
  colon: "':'",
  'comma or end': "',' or the closing bracket",
  nothing: 'nothing after the end of the document',
};

/** A container that is being read; the root of a series of values is one without brackets. */
interface Frame {
  readonly kind: 'series' | 'list' | 'keyed';
  /** Path of its members, up to their own key or index. */
  readonly path: string;
  readonly region?: string;
  /** What is wrong with the region key. */
  readonly flaw?: string;
  /** Members begun. */
  count: number;
}

interface Key {
  /** As it stands in the text, with its quotes. */
  readonly text: string;
  readonly value: string;
  readonly flaw?: string;
}

/** A value that is being looked through for its end. */
interface Open {
  readonly place: Place;
  readonly use: 'record' | 'skip' | 'stray';
  readonly word: boolean;
  /** Offset to go on from. */
  resume: number;
  /** Where it became too large to hold. */
  validator?: Validator;
}

/**
 * Reads a document of any shape but NDJSON: checks the grammar of the containers itself, finds the borders of the
 * values in them, and hands the values on unparsed.
 */
export class DocumentReader {
  readonly #window: Window;
  readonly #sink: Sink;
  readonly #scanner: Scanner;
  readonly #lookahead: number;
  readonly #frames: Frame[] = [];
  #expect: Expect;
  #key: Key | undefined;
  #open: Open | undefined;

  /** `scanner` stands at the window's `pos`, the first byte of the document; `lookahead` is in bytes. */
  constructor(
    window: Window,
    sink: Sink,
    scanner: Scanner,
    shape: Exclude<Shape, 'lines'>,
    lookahead: number,
  ) {
    this.#window = window;
    this.#sink = sink;
    this.#scanner = scanner;
    this.#lookahead = lookahead;
    if (shape === 'values') {
      this.#frames.push({ kind: 'series', path: '', count: 0 });
      this.#expect = 'value';
    } else {
      this.#expect = this.#enter({ kind: shape, path: '', count: 0 });
    }
  }

  read(batch: RawRecord[]): Pause {
    const window = this.#window;
    const { view, base } = window;
    while (batch.length < BATCH_RECORDS) {
      if (this.#open) {
        if (!this.#advance(batch, this.#open)) return 'starved';
        continue;
      }
      window.pos = this.#scanner.skipSpace(view, window.pos, base);
      if (window.pos === view.length) {
        if (!window.ended) return 'starved';
        this.#end();
        return 'done';
      }
      if (!this.#step(view[window.pos]!)) return 'starved';
    }
    return 'full';
  }

  #enter(frame: Frame): Expect {
    this.#frames.push(frame);
    this.#window.pos++;
    return frame.kind === 'list' ? 'value or end' : 'key or end';
  }

  /** Takes one token that begins with `byte`; false where more of it must be in view first. */
  #step(byte: number): boolean {
    const frame = this.#frames.at(-1);
    switch (this.#expect) {
      case 'value or end':
        if (byte === END_ARRAY) return this.#leave();
        return this.#value(byte, frame!);
      case 'value':
        return this.#value(byte, frame!);
      case 'key or end':
        if (byte === END_OBJECT) return this.#leave();
        return this.#readKey(byte);
      case 'key':
        return this.#readKey(byte);
      case 'colon':
        if (byte !== COLON) throw this.#unexpected();
        return this.#take('value');
      case 'comma or end': {
        const list = frame!.kind === 'list';
        if (byte === (list ? END_ARRAY : END_OBJECT)) return this.#leave();
        if (byte !== COMMA) throw this.#unexpected(list ? "',' or ']'" : "',' or '}'");
        return this.#take(list ? 'value' : 'key');
      }
      default:
        throw this.#unexpected();
    }
  }

  #take(expect: Expect): true {
    this.#window.pos++;
    this.#expect = expect;
    return true;
  }

  #leave(): true {
    this.#frames.pop();
    return this.#take(this.#frames.length === 0 ? 'nothing' : 'comma or end');
  }

  #readKey(byte: number): boolean {
    if (byte !== QUOTE) throw this.#unexpected();
    const { view, pos, ended } = this.#window;
    const end = closeString(view, pos + 1);
    if (end < 0 && !ended && view.length - pos <= MAX_KEY_BYTES) return false;
    if (end < 0) throw cutError(this.#spot(view.length), this.#place(pos), 'the closing quote of a key');
    const bytes = view.subarray(pos, end);
    const { text, value } = parse(bytes, this.#place(pos));
    const invalid = text.includes('\uFFFD') && !isUtf8(bytes);
    this.#key = { text, value: value as string, ...(invalid && { flaw: `its key: ${NOT_UTF8}` }) };
    this.#window.pos = end;
    this.#expect = 'colon';
    return true;
  }

  /** Begins a value: goes into a container of systems, or opens anything else as one piece. */
  #value(byte: number, frame: Frame): boolean {
    if (frame.kind !== 'keyed') return this.#begin('record', byte, frame);
    const key = this.#key!;
    const nested = byte === ARRAY || byte === OBJECT;
    if (key.value.startsWith('_') || (byte === QUOTE && PROSE.has(key.value)))
      return this.#begin('skip', byte, frame);
    if (!nested) return this.#begin('stray', byte, frame);
    if (this.#frames.length === 1 && WRAPPERS.has(key.value)) {
      const { view, pos, ended } = this.#window;
      if (byte === OBJECT && !ended && view.length - pos < this.#lookahead) return false;
      if (byte === ARRAY || kindOf(view, pos) !== 'record') {
        this.#expect = this.#enter({ kind: byte === ARRAY ? 'list' : 'keyed', path: key.value, count: 0 });
        return true;
      }
    }
    if (byte === OBJECT) return this.#begin('record', byte, frame);
    const { text, value: region, flaw } = key;
    this.#expect = this.#enter({
      kind: 'list',
      path: `${frame.path}[${text}]`,
      count: 0,
      region,
      ...(flaw !== undefined && { flaw }),
    });
    return true;
  }

  #begin(use: Open['use'], byte: number, frame: Frame): true {
    const { view, pos, base } = this.#window;
    const word = byte !== ARRAY && byte !== OBJECT && byte !== QUOTE;
    if (word && endWord(view, pos) === pos) throw this.#unexpected();
    const path =
      frame.kind === 'list'
        ? `${frame.path}[${frame.count}]`
        : frame.kind === 'keyed'
          ? `${frame.path}[${this.#key!.text}]`
          : undefined;
    const place = this.#place(pos, path);
    frame.count++;
    this.#open = { place, use, word, resume: base + (word ? pos : this.#scanner.enter(view, pos)) };
    return true;
  }

  /** Looks on for the end of the open value; false where the view ends first. */
  #advance(batch: RawRecord[], open: Open): boolean {
    const window = this.#window;
    const { view, base, ended } = window;
    const from = open.resume - base;
    let end = open.word ? endWord(view, from) : this.#scanner.leave(view, from, base);
    if (open.word && end === view.length && !ended) end = ~end;
    if (end < 0) {
      open.resume = base + ~end;
      if (ended) this.#cut(open);
      const huge = view.length - window.pos > this.#sink.recordBytes;
      if (huge) open.validator ??= new Validator(open.place);
      if (open.validator) {
        open.validator.feed(view.subarray(window.pos));
        window.pos = view.length;
      }
      return false;
    }
    const bytes = view.subarray(window.pos, end);
    window.pos = end;
    this.#open = undefined;
    this.#finish(batch, open, bytes, base + end);
    this.#expect = this.#frames.at(-1)!.kind === 'series' ? 'value' : 'comma or end';
    return true;
  }

  #finish(batch: RawRecord[], { place, use, validator }: Open, bytes: Buffer, end: number): void {
    const { kind, region, flaw } = this.#frames.at(-1)!;
    const key = kind === 'keyed' ? this.#key! : undefined;
    if (validator) {
      validator.feed(bytes);
      validator.end();
      if (use === 'skip') this.#sink.skipLarge(place);
      else this.#sink.tooLarge(place, end - place.offset);
    } else if (use === 'skip') this.#sink.skip(bytes, place, key!.value);
    else if (use === 'stray') this.#sink.stray(bytes, place);
    else if (key) this.#sink.record(batch, { bytes, place, key: key.value }, key.flaw);
    else this.#sink.record(batch, region === undefined ? { bytes, place } : { bytes, place, region }, flaw);
  }

  /** The text ends inside a value: says so, unless the value is broken further up. */
  #cut(open: Open): never {
    const validator = open.validator ?? new Validator(open.place);
    validator.feed(this.#window.view.subarray(this.#window.pos));
    validator.end();
    throw cutError(this.#spot(this.#window.view.length), open.place, 'the rest of it');
  }

  #end(): void {
    if (this.#expect === 'nothing' || this.#frames.at(-1)!.kind === 'series') return;
    throw cutError(this.#spot(this.#window.pos), undefined, WORDS[this.#expect]);
  }

  #unexpected(expected = WORDS[this.#expect]): Error {
    return syntaxError(this.#spot(this.#window.pos), expected);
  }

  #spot(at: number): Spot {
    return { place: this.#place(at), view: this.#window.view, at };
  }

  #place(at: number, path?: string): Place {
    const offset = this.#window.base + at;
    return this.#sink.place(offset, this.#scanner.line, offset - this.#scanner.lineStart + 1, path);
  }
}
