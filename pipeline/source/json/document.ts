import { isUtf8 } from 'node:buffer';
import { PROSE, WRAPPERS } from '#format/record/catalogue-shape.ts';
import {
  ARRAY,
  COLON,
  COMMA,
  END_ARRAY,
  END_OBJECT,
  isMark,
  MARK_BYTES,
  OBJECT,
  QUOTE,
  SEPARATOR,
  SLASH,
} from '#pipeline/source/ascii.ts';
import { NOT_UTF8 } from '#pipeline/source/record-limits.ts';
import { BATCH_RECORDS, type Pause, type Sink } from '#pipeline/source/sink.ts';
import type { RawRecord, SourceLocation } from '#pipeline/source/source-types.ts';
import type { Window } from '#pipeline/source/window.ts';
import { type Container, EXPECTED, type Expect, type Key, memberPath } from './containers.ts';
import { objectKind, type Shape } from './detect-shape.ts';
import { cutError, type Spot, syntaxError, Validator } from './malformed.ts';
import { parse } from './parse-record.ts';
import { closeString, endWord, type Scanner } from './scanner.ts';

const MAX_KEY_BYTES = 1 << 20;

/** A value whose end is not found yet. */
interface Open {
  readonly location: SourceLocation;
  readonly use: 'record' | 'skip' | 'stray';
  readonly word: boolean;
  /** Offset at which the search continues. */
  resume: number;
  /** Set once the value is too large to hold in memory. */
  validator?: Validator;
}

/**
 * Reads a document of any shape except NDJSON: checks the grammar of the containers itself, finds the borders of the
 * values in them, and passes the values on unparsed.
 */
export class DocumentReader {
  readonly #window: Window;
  readonly #sink: Sink;
  readonly #scanner: Scanner;
  readonly #lookahead: number;
  /** A FeatureCollection: its member `features` has all the records. */
  readonly #isGeoJson: boolean;
  readonly #containers: Container[] = [];
  #expect: Expect;
  #key: Key | undefined;
  #open: Open | undefined;

  /** `scanner` is at the window's `pos`, the first byte of the document; `lookahead` is in bytes. */
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
    this.#isGeoJson = shape === 'features';
    if (shape === 'values') {
      this.#containers.push({ kind: 'series', path: '', count: 0 });
      this.#expect = 'value';
    } else {
      const kind = shape === 'features' ? 'keyed' : shape;
      this.#expect = this.#enter({ kind, path: '', count: 0 });
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
      // Between top-level values: separators of a text sequence, byte order marks of concatenated files.
      const isBetween = this.#expect === 'value' && this.#containers.at(-1)!.kind === 'series';
      if (isBetween && view[window.pos] === SEPARATOR) {
        window.pos++;
        continue;
      }
      const mark = isBetween && isMark(view, window.pos);
      if (mark === undefined && !window.ended) return 'starved';
      if (mark) {
        window.pos += MARK_BYTES;
        continue;
      }
      if (!this.#step(view[window.pos]!)) return 'starved';
    }
    return 'full';
  }

  #enter(container: Container): Expect {
    this.#containers.push(container);
    this.#window.pos++;
    return container.kind === 'list' ? 'value or end' : 'key or end';
  }

  /** Consumes one token that begins with `byte`; false if more of it must be in view first. */
  #step(byte: number): boolean {
    const container = this.#containers.at(-1);
    switch (this.#expect) {
      case 'value or end':
        if (byte === END_ARRAY) return this.#leave();
        return this.#value(byte, container!);
      case 'value':
        return this.#value(byte, container!);
      case 'key or end':
        if (byte === END_OBJECT) return this.#leave();
        return this.#readKey(byte);
      case 'key':
        return this.#readKey(byte);
      case 'colon':
        if (byte !== COLON) throw this.#unexpected();
        return this.#take('value');
      case 'comma or end': {
        const list = container!.kind === 'list';
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
    this.#containers.pop();
    return this.#take(this.#containers.length === 0 ? 'nothing' : 'comma or end');
  }

  #readKey(byte: number): boolean {
    if (byte !== QUOTE) throw this.#unexpected();
    const { view, pos, ended } = this.#window;
    const end = closeString(view, pos + 1);
    if (end < 0 && ended) throw cutError(this.#spot(view.length), undefined, 'the closing quote of a key');
    if (end < 0 && view.length - pos > MAX_KEY_BYTES)
      throw this.#unexpected(`a key of at most ${MAX_KEY_BYTES} bytes`);
    if (end < 0) return false;
    const bytes = view.subarray(pos, end);
    const { text, value } = parse(bytes, this.#location(pos));
    const invalid = text.includes('\uFFFD') && !isUtf8(bytes);
    this.#key = { text, value: value as string, ...(invalid && { flaw: `its key ${text}: ${NOT_UTF8}` }) };
    this.#window.pos = end;
    this.#expect = 'colon';
    return true;
  }

  /** Begins a value: enters a container of systems, or opens any other value as one piece. */
  #value(byte: number, container: Container): boolean {
    if (container.kind !== 'keyed') return this.#begin('record', byte, container);
    const key = this.#key!;
    const nested = byte === ARRAY || byte === OBJECT;
    if (key.value.startsWith('_') || (byte === QUOTE && PROSE.has(key.value)))
      return this.#begin('skip', byte, container);
    if (this.#isGeoJson && (key.value !== 'features' || byte !== ARRAY))
      return this.#begin('skip', byte, container);
    if (!nested) return this.#begin('stray', byte, container);
    if (this.#containers.length === 1 && (this.#isGeoJson || WRAPPERS.has(key.value))) {
      const { view, pos, ended } = this.#window;
      if (byte === OBJECT && !ended && view.length - pos < this.#lookahead) return false;
      if (byte === ARRAY || objectKind(view.subarray(pos)) !== 'record') {
        this.#expect = this.#enter({ kind: byte === ARRAY ? 'list' : 'keyed', path: key.value, count: 0 });
        return true;
      }
    }
    if (byte === OBJECT) return this.#begin('record', byte, container);
    this.#expect = this.#enter({
      kind: 'list',
      path: `${container.path}[${key.text}]`,
      count: 0,
      region: key,
    });
    return true;
  }

  #begin(use: Open['use'], byte: number, container: Container): true {
    const { view, pos, base } = this.#window;
    const word = byte !== ARRAY && byte !== OBJECT && byte !== QUOTE;
    if (word && (byte === SLASH || endWord(view, pos) === pos || isMark(view, pos) !== false))
      throw this.#unexpected();
    const location = this.#location(pos, memberPath(container, this.#key));
    container.count++;
    this.#open = { location, use, word, resume: base + (word ? pos : this.#scanner.enter(view, pos)) };
    return true;
  }

  /** Continues to search the end of the open value; false if the view ends first. */
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
      if (huge) open.validator ??= new Validator(open.location);
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
    this.#expect = this.#containers.at(-1)!.kind === 'series' ? 'value' : 'comma or end';
    return true;
  }

  #finish(batch: RawRecord[], { location, use, validator }: Open, bytes: Buffer, end: number): void {
    const { kind, region } = this.#containers.at(-1)!;
    const key = this.#key;
    if (validator) {
      validator.feed(bytes);
      validator.end();
      if (use === 'skip') this.#sink.skipLarge(location);
      else this.#sink.tooLarge(location, end - location.offset);
    } else if (use === 'skip') this.#sink.skip(bytes, location, key!.value);
    else if (use === 'stray') this.#sink.stray(bytes, location);
    else if (kind === 'keyed') this.#sink.record(batch, { bytes, location, key: key!.value }, key!.flaw);
    else if (region) this.#sink.record(batch, { bytes, location, region: region.value }, region.flaw);
    else this.#sink.record(batch, { bytes, location });
  }

  /** Throws for an input that ends inside a value, or for an earlier fault in that value. */
  #cut(open: Open): never {
    const validator = open.validator ?? new Validator(open.location);
    validator.feed(this.#window.view.subarray(this.#window.pos));
    validator.end();
    throw cutError(this.#spot(this.#window.view.length), open.location, 'the rest of the value');
  }

  #end(): void {
    if (this.#expect === 'nothing' || this.#containers.at(-1)!.kind === 'series') return;
    throw cutError(this.#spot(this.#window.pos), undefined, EXPECTED[this.#expect]);
  }

  #unexpected(expected = EXPECTED[this.#expect]): Error {
    return syntaxError(this.#spot(this.#window.pos), expected);
  }

  #spot(at: number): Spot {
    return { location: this.#location(at), view: this.#window.view, at };
  }

  #location(at: number, path?: string): SourceLocation {
    const offset = this.#window.base + at;
    return this.#sink.location(offset, this.#scanner.line, offset - this.#scanner.lineStart + 1, path);
  }
}
