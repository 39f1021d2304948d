/** Describes the encodings of the columns of a file. All `packed` values come from valid files. */
import * as numbers from '#format/columns/numbers.ts';
import * as strings from '#format/columns/strings.ts';
import { LIST, MIXED, NUMBER, TEXT } from '#format/columns/values.ts';
import { counted } from '#pipeline/cli/print/units.ts';

/** One column: its number of values, and their encoding. */
export interface ColumnLine {
  readonly name: string;
  readonly rows: number;
  readonly encoding: string;
}

const CONSTANTS = ['null', 'false', 'true'];

/** A column of numbers. */
export function numberLines(name: string, packed: unknown, rows: number): ColumnLine[] {
  return [{ name, rows, encoding: `numbers, ${numbers.describeNumbers(packed, rows)}` }];
}

/** A column of strings. */
export function stringLines(name: string, packed: unknown, rows: number): ColumnLine[] {
  return [{ name, rows, encoding: `strings, ${strings.describeStrings(packed as strings.StringsPacked)}` }];
}

/** A column of JSON values, with the columns below it. */
export function describeColumn(name: string, packed: unknown, rows: number): ColumnLine[] {
  const [tag, ...payload] = packed as [number, ...unknown[]];
  if (tag < NUMBER) return [{ name, rows, encoding: `all ${CONSTANTS[tag]}` }];
  return tag === MIXED
    ? describeMixed(name, payload[0] as Uint8Array, payload.slice(1))
    : describeUniform(tag, name, payload, rows);
}

/** The columns of a table of objects; `prefix` is put before their keys. */
export function describeTable(prefix: string, packed: unknown, rows: number): ColumnLine[] {
  const [shapes, rowsPacked, ...columns] = packed as [string[][], unknown, ...unknown[]];
  const counts = new Map<string, number>();
  for (const keys of shapes) for (const key of keys) counts.set(key, 0);
  for (const shape of numbers.unpackNumbers(rowsPacked, rows)) {
    for (const key of shapes[shape]!) counts.set(key, counts.get(key)! + 1);
  }
  return Array.from(counts, ([key, count], i) => describeColumn(prefix + key, columns[i], count)).flat();
}

function describeUniform(tag: number, name: string, payload: readonly unknown[], rows: number): ColumnLine[] {
  switch (tag) {
    case NUMBER:
      return numberLines(name, payload[0], rows);
    case TEXT:
      return stringLines(name, payload[0], rows);
    case LIST: {
      const [lengths, elements] = payload;
      const total = numbers.unpackNumbers(lengths, rows).reduce((sum, length) => sum + length, 0);
      const encoding = `arrays, ${counted(total, 'element')}`;
      return [{ name, rows, encoding }, ...describeColumn(`${name}[]`, elements, total)];
    }
    default: {
      const shapes = payload[0] as string[][];
      const encoding = `objects, ${counted(shapes.length, 'shape')}`;
      return [{ name, rows, encoding }, ...describeTable(`${name}.`, payload, rows)];
    }
  }
}

/** Values of several types: the number of each, then the columns of the types that have one. */
function describeMixed(name: string, tags: Uint8Array, columns: readonly unknown[]): ColumnLine[] {
  const counts = new Array<number>(MIXED).fill(0);
  for (const tag of tags) counts[tag]!++;
  const constants = CONSTANTS.flatMap((word, tag) => (counts[tag]! > 0 ? [`${counts[tag]} ${word}`] : []));
  const present = counts.flatMap((count, tag) => (tag >= NUMBER && count > 0 ? [{ tag, count }] : []));
  const lines = present.flatMap(({ count }, i) => describeColumn(name, columns[i], count));
  const encoding = `mixed, ${[...constants, ...present.map(({ count }) => `${count} as below`)].join(', ')}`;
  return [{ name, rows: tags.length, encoding }, ...lines];
}
