/** Rows of CSV as JSON texts of records. */
import type { Rejection } from '../../client/format/fitness.ts';
import { isObject, type JsonObject, type JsonValue } from '../../client/format/json.ts';
import { isBlank, recordText } from '../../client/format/json-text.ts';
import { parseJson } from '../../client/format/parse.ts';
import { numberOf } from '../../client/format/position.ts';

/** Stands for an empty cell that is quoted; no cell of Latin-1 or UTF-8 text is this character alone. */
export const QUOTED_EMPTY = '\ud800';

/** Gives the JSON text of a row's record, or why there is none. */
export type RowReader = (cells: readonly string[]) => string | Rejection;

/** Columns by which a file that `export` wrote is known, whatever else its header has. */
const EXPORTED = ['id', 'name', 'x', 'y', 'z', 'region', 'planets', 'space_station', 'other'];

export function isExportHeader(columns: readonly string[]): boolean {
  return EXPORTED.every(column => columns.includes(column));
}

/** @param columns names that differ */
export function rowReader(columns: readonly string[], isExport: boolean): RowReader {
  return isExport ? exportedRow(columns) : plainRow(columns);
}

/**
 * Rows of any CSV: an empty cell is no field; a cell that is just what JSON would write for the number that it is
 * becomes that number (`007`, `1.50` and `1e3` do not), and any other a string.
 */
function plainRow(columns: readonly string[]): RowReader {
  const keys = columns.map(column => JSON.stringify(column));
  return cells => {
    let members = '';
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i]!;
      if (cell !== '')
        members += `${members && ','}${keys[i]}:${isNumber(cell) ? cell : JSON.stringify(cell)}`;
    }
    return `{${members}}`;
  };
}

function isNumber(cell: string): boolean {
  const value = Number(cell);
  return String(value) === cell && Number.isFinite(value);
}

/**
 * Rows of an export: x, y, z, planets and space_station are JSON, `other` is a JSON object of more fields, which count in
 * place of cells of their names, and all else is strings. A blank `id`, `name` or `region` in `other` does not count: the
 * cell has what a build made of it.
 */
function exportedRow(columns: readonly string[]): RowReader {
  return cells => {
    const members = new Map<string, string>();
    let other = '';
    for (const [i, cell] of cells.entries()) {
      const column = columns[i]!;
      if (cell === '') continue;
      if (column === 'other') other = cell;
      else if (column === 'planets' || column === 'space_station') {
        if (parsed(cell) === undefined)
          return { field: column, reason: `the cell ${column} is no JSON: correct it, or empty it` };
        members.set(column, cell);
      } else if (['x', 'y', 'z'].includes(column) && numberOf(cell) !== undefined) members.set(column, cell);
      else members.set(column, JSON.stringify(cell === QUOTED_EMPTY ? '' : cell));
    }
    const texts = () => Array.from(members, ([column, text]) => `${JSON.stringify(column)}:${text}`);
    if (other === '') return `{${texts().join()}}`;
    const fields = parsed(other);
    if (!isObject(fields))
      return { field: 'other', reason: 'the cell other is no JSON object: correct it, or empty it' };
    const blanks = ['id', 'name', 'region'].filter(name => name in fields && isBlankFor(name, fields));
    for (const name of Object.keys(fields)) if (!blanks.includes(name)) members.delete(name);
    let text = other;
    if (blanks.length > 0) {
      for (const name of blanks) delete fields[name];
      text = recordText(fields, cells[columns.indexOf('id')]!);
    }
    const others = text.trim().slice(1, -1).trim();
    return `{${[...texts(), ...(others === '' ? [] : [others])].join()}}`;
  };
}

/** A region may be the empty string. */
function isBlankFor(name: string, fields: JsonObject): boolean {
  return name === 'region' ? fields[name] === null : isBlank(fields[name]);
}

function parsed(text: string): JsonValue | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
