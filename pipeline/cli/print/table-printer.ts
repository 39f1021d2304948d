/** Prints tables of any number of rows. */
import { isObject, type JsonValue } from '#format/json.ts';
import { jsonText } from '#format/json-text.ts';
import { paint } from './colour.ts';
import type { Output } from './output.ts';
import { clipped, printable, widthOf } from './printable.ts';

export interface PrintedColumn<T> {
  readonly heading: string;
  readonly value: (row: T) => JsonValue | undefined;
}

/** Width and alignment of a column, from the first rows. */
interface Form {
  width: number;
  /** A narrower column would show too little. */
  readonly least: number;
  /** Longer values are cut. */
  longest: number;
  /** Digits after the point, if all values are numbers; undefined for a column of text. */
  readonly decimals: number | undefined;
}

/** Number of first rows that set the widths of the columns. */
const SAMPLE_ROWS = 200;
const MAX_CELL = 56;
const MAX_DECIMALS = 4;
/** Columns of long texts, beyond this width, are made narrower on a narrow terminal: names and ids stay complete. */
const LONG = 32;
const NARROWEST = 16;
/** Number of columns that are shown on any terminal, even if it is too narrow. */
const LEAST_COLUMNS = 2;
const GAP = '  ';

/**
 * Prints rows as a table in bounded memory. On a narrow terminal long texts are cut; columns that do not fit then are left
 * out, with a note at the end.
 */
export class TablePrinter<T> {
  readonly #output: Output;
  readonly #columns: readonly PrintedColumn<T>[];
  readonly #indent: string;
  #waiting: T[] = [];
  #forms: Form[] | undefined;

  constructor(output: Output, columns: readonly PrintedColumn<T>[], indent = '') {
    this.#output = output;
    this.#columns = columns;
    this.#indent = indent;
  }

  async add(row: T): Promise<void> {
    if (this.#forms) return this.#print(row, this.#forms);
    this.#waiting.push(row);
    if (this.#waiting.length === SAMPLE_ROWS) await this.#begin();
  }

  async end(): Promise<void> {
    if (!this.#forms && this.#waiting.length > 0) await this.#begin();
    const hidden = this.#forms ? this.#columns.slice(this.#forms.length) : [];
    if (hidden.length === 0) return;
    const names = hidden.map(({ heading }) => heading).join(', ');
    await this.#write(paint('dim', `Too narrow for ${names}: --json prints all fields`, this.#output));
  }

  async #begin(): Promise<void> {
    const rows = this.#waiting;
    this.#waiting = [];
    const forms = this.#columns.map(column => formOf(column, rows));
    fitColumns(forms, (this.#output.columns ?? Number.POSITIVE_INFINITY) - this.#indent.length);
    this.#forms = forms;
    const heading = forms.map((form, i) => aligned(this.#columns[i]!.heading, form)).join(GAP);
    await this.#write(paint('bold', heading.trimEnd(), this.#output));
    for (const row of rows) await this.#print(row, forms);
  }

  #print(row: T, forms: readonly Form[]): Promise<void> {
    const cells = forms.map((form, i) => aligned(cellOf(this.#columns[i]!.value(row), form), form));
    return this.#write(cells.join(GAP).trimEnd());
  }

  #write(line: string): Promise<void> {
    return this.#output.write(`${this.#indent}${line}\n`);
  }
}

function formOf<T>({ heading, value }: PrintedColumn<T>, rows: readonly T[]): Form {
  const values = rows.map(value).filter(cell => cell !== undefined);
  const numbers = values.filter(cell => typeof cell === 'number');
  const decimals = values.length > 0 && numbers.length === values.length ? decimalsFor(numbers) : undefined;
  const widths = values.map(cell => widthOf(cellOf(cell, { decimals, longest: MAX_CELL })));
  const width = Math.max(widthOf(heading), ...widths);
  const least = decimals === undefined && width > LONG ? Math.max(widthOf(heading), NARROWEST) : width;
  return { width, least, longest: MAX_CELL, decimals };
}

/** Removes the last columns for which there is no room, then makes columns of long texts narrower. */
function fitColumns(forms: Form[], columns: number): void {
  const total = (width: 'width' | 'least') =>
    forms.reduce((sum, form) => sum + form[width] + GAP.length, -GAP.length);
  while (total('least') > columns && forms.length > LEAST_COLUMNS) forms.pop();
  for (let excess = total('width') - columns; excess > 0; excess--) {
    const widest = forms.filter(form => form.width > form.least).sort((a, b) => b.width - a.width)[0];
    if (!widest) return;
    widest.longest = --widest.width;
  }
}

/** Number of decimals: as many as the numbers have, at most four, or more if all numbers are small. */
function decimalsFor(numbers: readonly number[]): number {
  const largest = Math.max(...numbers.map(Math.abs));
  const zeros = largest > 0 && largest < 1 ? -Math.floor(Math.log10(largest)) - 1 : 0;
  return Math.min(MAX_DECIMALS + zeros, Math.max(...numbers.map(decimalsOf)));
}

function decimalsOf(value: number): number {
  const [digits, exponent = '0'] = value.toExponential().split('e');
  return Math.max(0, digits!.replace(/^.*\.|^[^.]*$/, '').length - Number(exponent));
}

function cellOf(
  value: JsonValue | undefined,
  { decimals, longest }: Pick<Form, 'decimals' | 'longest'>,
): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return '';
  if (typeof value === 'number' && decimals !== undefined) return fixed(value, decimals);
  return clipped(valueText(value), longest);
}

/** A string unchanged; an array of strings, or of objects with names, joined by commas; anything else as JSON. */
export function valueText(value: JsonValue): string {
  if (typeof value === 'string') return printable(value);
  if (Array.isArray(value) && value.length > 0) {
    const names = value.map(item => (isObject(item) ? item['name'] : item));
    if (names.every(name => typeof name === 'string')) return printable(names.join(', '));
  }
  return printable(jsonText(value));
}

/** A number with fixed decimals; very small and very large numbers with an exponent. */
function fixed(value: number, decimals: number): string {
  const size = Math.abs(value);
  const isExtreme = size >= 1e15 || (size > 0 && size < 10 ** -decimals / 2);
  return isExtreme ? value.toPrecision(6) : value.toFixed(decimals);
}

function aligned(text: string, { width, decimals }: Pick<Form, 'width' | 'decimals'>): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return decimals === undefined ? text + space : space + text;
}
