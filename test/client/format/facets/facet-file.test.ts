import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  compareValues,
  type FacetValue,
  type Packable,
  pack,
  packFacetFile,
  unpack,
  unpackFacetFile,
  valueKey,
} from '#format/index.ts';
import { weighed } from '#format/memory-cost.ts';
import { facetValue } from '#test/support/arbitrary.ts';

/** Values of a system in two fields. */
const row = fc.tuple(values(4), values(2));

function values(most: number) {
  return fc
    .uniqueArray(facetValue, { maxLength: most, selector: valueKey })
    .map(own => own.sort(compareValues));
}

const read = (content: Packable) => unpackFacetFile(unpack(pack(content)));

describe('a facet file', () => {
  test('gives the values of each row back, and the rows of each value', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40, size: 'max' }), rows => {
        const content = packFacetFile(['a', 'b'], rows);
        expect(content === undefined).toBe(rows.every(own => own.every(({ length }) => length === 0)));
        if (!content) return;
        const file = read(content);
        expect(file.rows).toBe(rows.length);
        ['a', 'b'].forEach((field, i) => {
          const column = file.columns.get(field);
          expect(column === undefined).toBe(rows.every(own => own[i]!.length === 0));
          rows.forEach((own, number) => {
            expect(column?.valuesOf(number).map(index => column.values[index]) ?? []).toEqual(own[i]);
          });
          column?.values.forEach((value, index) => {
            const has = rows.map(own => own[i]!.includes(value));
            expect(has).toContain(true);
            expect(rows.map((_, number) => column.has(index, number))).toEqual(has);
            const bits = column.rowsOf(index);
            expect(rows.map((_, number) => ((bits[number >> 3]! >> (number & 7)) & 1) === 1)).toEqual(has);
          });
        });
      }),
      { numRuns: 300 },
    );
  });

  test('has the same bytes whatever the order of the values of a row', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40, size: 'max' }), rows => {
        const reversed = rows.map(own => own.map(values => values.toReversed()));
        expect(packFacetFile(['a', 'b'], reversed)).toEqual(packFacetFile(['a', 'b'], rows));
      }),
    );
  });

  test('has bits for values that many rows share, indices for values of few rows', () => {
    const shared = Array.from({ length: 64 }, (_, i) => [[i % 2 ? 'Gold' : 'Iron']]);
    const own = Array.from({ length: 64 }, (_, i) => [[`S${i}`]]);
    const form = (rows: FacetValue[][][]) =>
      (packFacetFile(['a'], rows) as { columns: [[number]] }).columns[0][0];
    expect(form(shared)).toBe(0);
    expect(form(own)).toBe(1);
    // Both sizes are 16 bytes: bits are chosen.
    expect(form(Array.from({ length: 8 }, (_, i) => [[i]]))).toBe(0);
    expect(form(Array.from({ length: 9 }, (_, i) => [[`S${i}`]]))).toBe(0);
    expect(form(Array.from({ length: 17 }, (_, i) => [[`S${i}`]]))).toBe(1);
  });

  test.each<[string, Packable]>([
    ['a facet file lacks a column for each field', { rows: 1, fields: ['a'], columns: [] }],
    ['facet fields do not ascend', file('a', [0, 1, [2], bytes(1)], 'a')],
    ['a facet column is not an array', file('a', bytes(1))],
    ['a facet column has no values', file('a', [0, 0, [0], bytes()])],
    ['a facet column has the unknown form 2', file('a', [2, 1, [2], bytes(1)])],
    ['a facet value is null', file('a', [0, 1, [0], bytes(1)])],
    ['values nest deeper', file('a', [0, 1, [5, [0, 0, bytes()], [0]], bytes(1)])],
    ['facet values do not ascend', file('a', [0, 2, [2], bytes(1, 1)])],
    ['2 sets of bits for 1 items lack their 2 bytes', file('a', [0, 2, [7, bytes(1, 2)], bytes(1)])],
    ['a set of bits has more than 1 items', file('a', [0, 2, [7, bytes(1, 2)], bytes(1, 2)])],
    [
      'a column holds 1, expected an integer from 0 to 0',
      file('a', [1, 1, [2], [0, 1, bytes()], [0, 1, bytes()]]),
    ],
    ['values of a row do not ascend', file('a', [1, 2, [7, bytes(1, 2)], [0, 2, bytes()], [0, 1, bytes()]])],
  ])('%s: refused', (message, content) => {
    expect(() => read(content)).toThrow(message);
  });

  test('takes no more memory than allowed, however few bytes it has', () => {
    const indices: Packable = [1, 1, [2], [0, 0, bytes()], [0, 0, bytes()]];
    const bytesOfFile = pack({ rows: 2 ** 24, fields: ['a'], columns: [indices] });
    expect(() => weighed(2 ** 20, () => unpackFacetFile(unpack(bytesOfFile)))).toThrow('maxFileBytes');
    const many = pack({
      rows: 8,
      fields: ['a'],
      columns: [[1, 2 ** 26, [3, [0, 0, bytes()]], [0, 0, bytes()], [0, 0, bytes()]]],
    });
    expect(() => weighed(2 ** 20, () => unpackFacetFile(unpack(many)))).toThrow('maxFileBytes');
  });
});

function bytes(...own: number[]): Uint8Array {
  return Uint8Array.from(own);
}

function file(field: string, column: Packable, second?: string): Packable {
  const fields = second === undefined ? [field] : [field, second];
  return { rows: 1, fields, columns: fields.map(() => column) };
}
