/** Converts rows of CSV to records in JSON. */

import { isObject, type JsonObject, type JsonValue } from '#format/json.ts';
import { isBlank, recordText } from '#format/json-text.ts';
import type { Rejection } from '#format/record/limits.ts';
import { parseJson } from '#format/record/parse-json.ts';
import { numberOf } from '#format/record/position.ts';

/** Stands for a quoted empty cell: a lone surrogate, which no decoded cell contains. */
export const QUOTED_EMPTY = '\ud800';

/** Returns the record of a row in JSON, or the reason for refusing the row. */
export type RowReader = (cells: readonly string[]) => string | Rejection;

/** Columns that identify a file written by `export`; its header may have more. */
const EXPORTED = ['id', 'name', 'x', 'y', 'z', 'region', 'planets', 'space_station', 'other'];

export function isExportHeader(columns: readonly string[]): boolean {
  return EXPORTED.every(column => columns.includes(column));
}

/** @param columns unique names */
export function rowReader(columns: readonly string[], isExport: boolean): RowReader {
  return isExport ? exportedRow(columns) : plainRow(columns);
}

/**
 * Reads rows of any CSV: an empty cell is an absent field; a cell that equals the JSON form of its number becomes
 * that number (`007`, `1.50` and `1e3` do not); any other cell becomes a string.
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
 * Reads rows of an export: x, y, z, planets and space_station are JSON, `other` is a JSON object of further fields,
 * which override cells of the same name, and every other cell is a string. A blank `id`, `name` or `region` in
 * `other` is ignored: its cell has the value that a build derived from it.
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
          return {
            field: column,
            reason: `the cell ${column} is not valid JSON: correct it, or leave it empty`,
          };
        members.set(column, cell);
      } else if (['x', 'y', 'z'].includes(column) && numberOf(cell) !== undefined) members.set(column, cell);
      else members.set(column, JSON.stringify(cell === QUOTED_EMPTY ? '' : cell));
    }
    const cellMembers = () => Array.from(members, ([column, json]) => `${JSON.stringify(column)}:${json}`);
    if (other === '') return `{${cellMembers().join()}}`;
    const fields = parsed(other);
    if (!isObject(fields))
      return { field: 'other', reason: 'the cell other is not a JSON object: correct it, or leave it empty' };
    const blanks = ['id', 'name', 'region'].filter(name => name in fields && isBlankFor(name, fields));
    for (const name of Object.keys(fields)) if (!blanks.includes(name)) members.delete(name);
    let otherJson = other;
    if (blanks.length > 0) {
      for (const name of blanks) delete fields[name];
      otherJson = recordText(fields, cells[columns.indexOf('id')]!);
    }
    const others = otherJson.trim().slice(1, -1).trim();
    return `{${[...cellMembers(), ...(others === '' ? [] : [others])].join()}}`;
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
