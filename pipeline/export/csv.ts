/**
 * A set as CSV (RFC 4180): a header, then a row a system.
 *
 * - `id`, `name` and `region` are the texts that queries go by, and `x`, `y`, `z` have all digits of the float64.
 * - The other texts of Haven's schema are the record's own: an empty one is quoted, an absent one is nothing.
 * - `planets` and `space_station` are JSON, whatever the record has there.
 * - `other` is a JSON object of all else, be it for its key or for its type (null or a number in place of a text).
 *
 * So the record is what the cells say, and in place of that what `other` says, where it has a member of that name.
 */
import { jsonText, recordText } from '../../client/format/json-text.ts';
import type { SystemRecord, Tileset } from '../../client/index.ts';
import { fieldColumns } from './schema.ts';
import { allSystems, type ExportOptions } from './walk.ts';

/** Columns of JSON texts; numbers are such. */
const JSON_COLUMNS = new Set(['x', 'y', 'z', 'planets', 'space_station']);
const SCHEMA = fieldColumns('systems').map(({ name }) => name);
const TEXT_COLUMNS = new Set(SCHEMA.filter(name => !['id', 'name', 'region'].includes(name)));
const HEADER = [...SCHEMA, 'planets', 'space_station', 'other'];

/** The lines of the file, each with its end. */
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
