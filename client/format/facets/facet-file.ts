/** Facet files: the facet values of the rows of a chunk, a preview or the overview. FORMAT.md, section 20. */

import { indexWidth } from '#format/columns/dictionary.ts';
import { packNumbers, unpackIntegers } from '#format/columns/numbers.ts';
import { isTexts } from '#format/columns/strings.ts';
import { packColumn, unpackColumn } from '#format/columns/values.ts';
import { reserve, SLOT, take } from '#format/memory-cost.ts';
import type { Packable, PackedMap } from '#format/pack.ts';
import { countField } from '#format/unpack.ts';
import { compareText } from '#format/utf8.ts';
import { bitAt, bitBytes, setBit, unpackBits } from './bits.ts';
import type { FacetRow } from './facet-extractor.ts';
import { compareValues, type FacetValue } from './facet-value.ts';
import { type NumberedValues, numberedFields, rowBits, sortedInRows } from './numbered-values.ts';

/** The values of one field in the rows of a file. */
export interface FacetColumn {
  /** Distinct values, in the order of `compareValues`. */
  readonly values: readonly FacetValue[];
  /** Whether a row has the value of an index. */
  has(value: number, row: number): boolean;
  /** The rows of the value of an index: bit `row & 7` of byte `row >> 3`. */
  rowsOf(value: number): Uint8Array;
  /** Indices of the values of a row, ascending. */
  valuesOf(row: number): number[];
}

/** A decoded facet file. */
export interface FacetFile {
  readonly rows: number;
  /** By field; a field that no row has a value of is missing. */
  readonly columns: ReadonlyMap<string, FacetColumn>;
}

const BITS = 0;
const INDICES = 1;
/** Approximate memory of a column without its arrays. */
const COLUMN_COST = 512;

/**
 * Returns the content of a facet file, for `pack`; undefined if no row has a value.
 * @param fields names of the fields, ascending
 * @param rows values of each row: for each field its distinct values
 */
export function packFacetFile(fields: readonly string[], rows: readonly FacetRow[]): PackedMap | undefined {
  return packFacetColumns(fields, numberedFields(rows, fields.length));
}

/**
 * Returns the content of a facet file, as `packFacetFile` does.
 * @param columns the values of each field in all rows
 */
export function packFacetColumns(
  fields: readonly string[],
  columns: readonly NumberedValues[],
): PackedMap | undefined {
  const own = columns.filter(({ values }) => values.length > 0);
  if (own.length === 0) return undefined;
  return {
    rows: own[0]!.counts.length,
    fields: fields.filter((_, field) => columns[field]!.values.length > 0),
    columns: own.map(packFacetColumn),
  };
}

function packFacetColumn(numbered: NumberedValues): Packable {
  const { values, counts, indices } = numbered;
  const head = [values.length, packColumn(values)] as const;
  const size = values.length * bitBytes(counts.length);
  const greatest = counts.reduce((most, count) => Math.max(most, count));
  if (counts.length * indexWidth(greatest + 1) + indices.length * indexWidth(values.length) < size)
    return [INDICES, ...head, packNumbers(counts), packNumbers(sortedInRows(numbered))];
  return [BITS, ...head, rowBits(numbered)];
}

/**
 * Decodes a facet file.
 * @throws Error if it is not valid
 */
export function unpackFacetFile(file: Record<string, unknown>): FacetFile {
  const rows = countField(file, 'rows');
  const columns = unpackFields(file, packed => unpackFacetColumn(packed, rows));
  return { rows, columns };
}

/**
 * The columns of a facet file or page by their fields.
 * @throws Error if fields do not ascend, or have other columns
 */
export function unpackFields<T>(
  file: Record<string, unknown>,
  decode: (packed: readonly unknown[]) => T,
): Map<string, T> {
  const { fields, columns } = file;
  if (!isTexts(fields) || !Array.isArray(columns) || columns.length !== fields.length)
    throw new Error('a facet file lacks a column for each field');
  return new Map(
    fields.map((field, i) => {
      if (i > 0 && compareText(fields[i - 1]!, field) >= 0) throw new Error('facet fields do not ascend');
      if (!Array.isArray(columns[i])) throw new Error('a facet column is not an array');
      take(COLUMN_COST);
      return [field, decode(columns[i] as unknown[])];
    }),
  );
}

/**
 * Decodes `count` distinct values.
 * @throws Error if they do not ascend, or one is not a string, a number or a boolean
 */
export function unpackValues(packed: unknown, count: unknown): FacetValue[] {
  const values = unpackColumn(packed, count as number, 0) as FacetValue[];
  values.forEach((value, i) => {
    if (value === null) throw new Error('a facet value is null');
    if (i > 0 && compareValues(values[i - 1]!, value) >= 0) throw new Error('facet values do not ascend');
  });
  return values;
}

function unpackFacetColumn([form, count, packed, ...payload]: readonly unknown[], rows: number): FacetColumn {
  const values = unpackValues(packed, count);
  if (values.length === 0) throw new Error('a facet column has no values');
  if (form === BITS) return bitColumn(values, unpackBits(payload[0], rows, values.length), rows);
  if (form === INDICES) return indexColumn(values, payload, rows);
  throw new Error(`a facet column has the unknown form ${String(form)}`);
}

function bitColumn(values: readonly FacetValue[], bits: Uint8Array, rows: number): FacetColumn {
  take(bits.length);
  const size = bitBytes(rows);
  const own = bits.slice();
  const rowsOf = (value: number) => own.subarray(value * size, (value + 1) * size);
  const has = (value: number, row: number) => bitAt(rowsOf(value), row);
  return { values, has, rowsOf, valuesOf: row => [...values.keys()].filter(value => has(value, row)) };
}

function indexColumn(
  values: readonly FacetValue[],
  [countsPacked, indicesPacked]: readonly unknown[],
  rows: number,
): FacetColumn {
  const counts = unpackIntegers(countsPacked, rows, 0, values.length);
  reserve(SLOT * rows);
  const ends = new Float64Array(rows);
  let total = 0;
  counts.forEach((count, row) => {
    total += count;
    ends[row] = total;
  });
  const indices = unpackIntegers(indicesPacked, total, 0, values.length - 1);
  take(SLOT * (rows + total));
  for (let row = 0, at = 0; row < rows; row++)
    for (const first = at; at < ends[row]!; at++)
      if (at > first && indices[at - 1]! >= indices[at]!) throw new Error('values of a row do not ascend');
  const startOf = (row: number) => (row === 0 ? 0 : ends[row - 1]!);
  const has = (value: number, row: number) => {
    for (let at = startOf(row); at < ends[row]!; at++) if (indices[at] === value) return true;
    return false;
  };
  return {
    values,
    has,
    rowsOf: value => {
      const bits = new Uint8Array(bitBytes(rows));
      for (let row = 0; row < rows; row++) if (has(value, row)) setBit(bits, row);
      return bits;
    },
    valuesOf: row => [...indices.subarray(startOf(row), ends[row])],
  };
}
