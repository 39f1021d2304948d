/**
 * Writes a set as CSV (RFC 4180): a header, then one row per system.
 *
 * - `id`, `name` and `region` are the normalised strings; `x`, `y`, `z` have all digits of the float64.
 * - Other string columns of Haven's schema have the record's value: an empty string is quoted, an absent field is an
 *   empty cell.
 * - `planets` and `space_station` are JSON.
 * - `other` is a JSON object of all other fields, and of values of other types (null or a number instead of a
 *   string).
 *
 * To restore the record, take the cells, then the members of `other`, which override cells of the same name.
 */

import type { SystemRecord, Tileset } from '#client/index.ts';
import { jsonText, recordText } from '#format/json-text.ts';
import { allSystems, type ExportOptions } from './all-systems.ts';
import { fieldColumns } from './haven-schema.ts';

/** Columns in JSON, which includes numbers. */
const JSON_COLUMNS = new Set(['x', 'y', 'z', 'planets', 'space_station']);
const SCHEMA = fieldColumns('systems').map(({ name }) => name);
const TEXT_COLUMNS = new Set(SCHEMA.filter(name => !['id', 'name', 'region'].includes(name)));
const HEADER = [...SCHEMA, 'planets', 'space_station', 'other'];

/** The lines of the file, each with its line ending. */
export async function* csvLines(
  tileset: Tileset,
  options: ExportOptions,
): AsyncGenerator<string, void, undefined> {
  yield `${HEADER.join()}\r\n`;
  for await (const system of allSystems(tileset, options)) yield `${rowOf(system)}\r\n`;
}

function rowOf({ id, name, region, record }: SystemRecord): string {
  const cells = new Map([
    ['id', id],
    ['name', name],
    ['region', region],
  ]);
  const others: string[] = [];
  for (const [key, value] of Object.entries(record!)) {
    if (value === cells.get(key)) continue;
    if (JSON_COLUMNS.has(key)) cells.set(key, jsonText(value));
    else if (TEXT_COLUMNS.has(key) && typeof value === 'string') cells.set(key, value);
    else others.push(recordText({ [key]: value }, id).slice(1, -1));
  }
  if (others.length > 0) cells.set('other', `{${others.join()}}`);
  return HEADER.map(column => cellOf(cells.get(column))).join();
}

function cellOf(text: string | undefined): string {
  if (text === undefined) return '';
  return /^$|[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
