/** Reads CSV and TSV: a header, then one record per row. */
import { isUtf8 } from 'node:buffer';
import { type Parser, parse } from 'csv-parse';
import { InputError } from '#pipeline/errors.ts';
import type { CsvFormat } from './csv-format.ts';
import { QUOTED_EMPTY, type RowReader, rowReader } from './csv-row.ts';
import { NOT_UTF8 } from './record-limits.ts';
import { BATCH_RECORDS, type Pause, type Sink } from './sink.ts';
import type { RawRecord } from './source-types.ts';
import type { Window } from './window.ts';

/** Bytes above ASCII, in a string of Latin-1. */
const HIGH = /[\x80-\xff]/;

/** A cell that is not valid UTF-8. */
const INVALID = Symbol('invalid UTF-8');

/**
 * Reads rows as records. The parser cuts cells from the bytes as Latin-1, so that it counts bytes; the cells are
 * decoded afterwards, so that invalid UTF-8 is found. A row with more or fewer cells than the header is rejected. A
 * misplaced quote ends the reading, since the beginning of the next row is unknown.
 */
export class CsvReader {
  readonly #window: Window;
  readonly #sink: Sink;
  readonly #format: CsvFormat;
  readonly #checkColumns: (columns: readonly string[]) => void;
  readonly #parser: Parser;
  /** Offset of the first byte that the parser gets. */
  readonly #base: number;
  #rowOffset: number;
  #line: number;
  #row: RowReader | undefined;
  #columns: readonly string[] = [];
  /** Parsed records, and the index of the next one to return. */
  #records: RawRecord[] = [];
  #next = 0;
  #isOver = false;
  #failure: Error | undefined;

  /**
   * @param window stands at the first byte of the header
   * @param line number of that line
   * @param checkColumns called with the names in the header; throws if records of them have no position
   */
  constructor(
    window: Window,
    sink: Sink,
    format: CsvFormat,
    line: number,
    checkColumns: (columns: readonly string[]) => void,
  ) {
    this.#window = window;
    this.#sink = sink;
    this.#format = format;
    this.#checkColumns = checkColumns;
    this.#line = line;
    this.#base = window.base + window.pos;
    this.#rowOffset = this.#base;
    this.#parser = parse({
      delimiter: format.delimiters,
      encoding: 'latin1',
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      max_record_size: sink.recordBytes,
      // An export quotes the empty string, and leaves a cell without a value empty.
      ...(format.isExport && {
        cast: (cell: string, { quoting }: { quoting: boolean }) =>
          quoting && cell === '' ? QUOTED_EMPTY : cell,
      }),
      on_record: (cells: string[], { bytes }: { bytes: number }) => {
        this.#addRow(cells, bytes);
        return null;
      },
    });
    // Errors arrive in the callbacks of `write` and `end`.
    this.#parser.on('error', () => {});
    this.#parser.resume();
  }

  async read(batch: RawRecord[]): Promise<Pause> {
    if (this.#next === this.#records.length) await this.#parse();
    while (batch.length < BATCH_RECORDS && this.#next < this.#records.length)
      this.#sink.record(batch, this.#records[this.#next++]!);
    if (this.#next < this.#records.length) return 'full';
    if (this.#failure) throw this.#failure;
    return this.#isOver ? 'done' : 'starved';
  }

  async #parse(): Promise<void> {
    const window = this.#window;
    this.#records = [];
    this.#next = 0;
    if (window.pos < window.view.length) {
      // A copy: the parser keeps a view of unused bytes, and the window is overwritten.
      const bytes = Buffer.from(window.view.subarray(window.pos));
      window.pos = window.view.length;
      await this.#call(done => this.#parser.write(bytes, done));
    }
    if (!window.ended || this.#isOver || this.#failure) return;
    this.#isOver = true;
    await this.#call(done => this.#parser.end(done));
  }

  async #call(start: (done: (error?: Error | null) => void) => void): Promise<void> {
    const error = await new Promise<Error | null | undefined>(resolve => start(resolve));
    if (error) this.#failure ??= error instanceof InputError ? error : this.#syntaxError(error);
  }

  #addRow(cells: string[], bytes: number): void {
    const offset = this.#rowOffset;
    const line = this.#line;
    this.#rowOffset = this.#base + bytes;
    this.#line += 1 + cells.reduce((sum, cell) => sum + (cell.match(/\r\n|\r|\n/g)?.length ?? 0), 0);
    if (cells.length === 1 && (cells[0] === QUOTED_EMPTY || cells[0]!.trim() === '')) return;
    const texts = cells.map(decoded);
    if (!this.#row) {
      this.#row = this.#readHeader(texts, line);
      return;
    }
    const location = this.#sink.location(offset, line, 1);
    const reject = this.#flaw(cells, texts);
    if (reject) {
      this.#sink.reject({ location, ...reject });
      return;
    }
    const row = this.#row(texts as string[]);
    if (typeof row === 'string') this.#records.push({ bytes: Buffer.from(row), location });
    else this.#sink.reject({ location, ...row });
  }

  #flaw(cells: string[], texts: readonly (string | typeof INVALID)[]) {
    const columns = this.#columns;
    if (cells.length !== columns.length) {
      const reason = `the row has ${cells.length} cells, expected ${columns.length} as in the header: `;
      const advice = cells[0]!.startsWith('#')
        ? 'comment lines are allowed only before the header'
        : 'quote cells that contain the delimiter';
      return { reason: reason + advice };
    }
    const invalid = texts.indexOf(INVALID);
    return invalid < 0 ? undefined : { field: columns[invalid]!, reason: NOT_UTF8 };
  }

  #readHeader(texts: readonly (string | typeof INVALID)[], line: number): RowReader {
    const { name } = this.#format;
    const fail = (fault: string) =>
      new InputError(`${this.#sink.file} looks like ${name}, but its header (line ${line}) ${fault}`, {
        file: this.#sink.file,
        line,
        reason: fault,
      });
    const columns = texts.map((text, i) => {
      if (text === INVALID) throw fail('is not valid UTF-8: convert the file to UTF-8');
      return text.trim() || `column ${i + 1}`;
    });
    const number = columns.find(column => /^[-+]?\.?\d/.test(column) && Number.isFinite(Number(column)));
    if (number !== undefined)
      throw fail(`contains the number ${number}, expected names of columns: add a line with the names`);
    const twice = columns.find((column, i) => columns.indexOf(column) !== i);
    if (twice !== undefined)
      throw fail(`names the column "${twice}" twice: give each column a different name`);
    this.#checkColumns(columns);
    this.#columns = columns;
    return rowReader(columns, this.#format.isExport);
  }

  #syntaxError(error: Error): InputError {
    const where = `${this.#sink.file}: malformed ${this.#format.name} in the row that begins at line ${this.#line} (byte ${this.#rowOffset})`;
    const { code } = error as Error & { code?: string };
    const cause = CAUSES[code ?? ''] ?? error.message;
    return new InputError(`${where}: ${cause}`, { file: this.#sink.file, line: this.#line, reason: cause });
  }
}

const CAUSES: Readonly<Record<string, string>> = {
  INVALID_OPENING_QUOTE:
    'a quote inside a cell without quotes: put the cell in quotes, and write each quote in it twice',
  CSV_INVALID_CLOSING_QUOTE:
    'after the closing quote of a cell, expected a delimiter or the end of the line: write each quote inside a cell twice',
  CSV_QUOTE_NOT_CLOSED:
    'the input ends inside a quoted cell: close the quote, or write each quote inside a cell twice',
  CSV_MAX_RECORD_SIZE:
    'the row is longer than the maximum size of a record: check whether a quote is missing',
};

function decoded(cell: string): string | typeof INVALID {
  if (!HIGH.test(cell)) return cell;
  const bytes = Buffer.from(cell, 'latin1');
  return isUtf8(bytes) ? bytes.toString() : INVALID;
}
