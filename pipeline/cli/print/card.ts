/** Prints one JSON object for people: one field per line, and arrays of objects as tables. */
import { isObject, type JsonObject, type JsonValue } from '#format/json.ts';
import type { Output } from './output.ts';
import { clipped, printable, widthOf } from './printable.ts';
import { type PrintedColumn, TablePrinter, valueText } from './table-printer.ts';

/** Maximum length of a line if the output is not a terminal. */
const LINE = 120;

export async function printCard(output: Output, object: JsonObject, indent = '  '): Promise<void> {
  const fields = flatten(object, '');
  const lines = fields.filter(([, value]) => !isTable(value));
  const width = Math.max(0, ...lines.map(([name]) => widthOf(name)));
  const valueWidth = Math.max(20, (output.columns ?? LINE) - indent.length - width - 2);
  for (const [name, value] of lines) {
    const space = ' '.repeat(width - widthOf(name) + 2);
    await output.write(`${indent}${name}${space}${clipped(valueText(value), valueWidth)}\n`);
  }
  for (const [name, value] of fields) {
    if (!isTable(value)) continue;
    await output.write(`${indent}${name} (${value.length})\n`);
    const table = new TablePrinter(output, columnsOf(value), `${indent}  `);
    for (const row of value) await table.add(row);
    await table.end();
  }
}

/** Fields by name; those of a nested object as `outer.inner`. */
function flatten(object: JsonObject, prefix: string): [name: string, value: JsonValue][] {
  return Object.entries(object).flatMap(([key, value]): [string, JsonValue][] => {
    const name = printable(prefix + key);
    return isObject(value) && prefix === '' ? flatten(value, `${key}.`) : [[name, value]];
  });
}

function isTable(value: JsonValue): value is JsonObject[] {
  return Array.isArray(value) && value.length > 0 && value.every(isObject);
}

/** The columns of objects, in the order in which their keys appear. */
function columnsOf(rows: readonly JsonObject[]): PrintedColumn<JsonObject>[] {
  const keys = new Set(rows.flatMap(Object.keys));
  return [...keys].map(key => ({
    heading: printable(key),
    value: row => (Object.hasOwn(row, key) ? row[key] : undefined),
  }));
}
