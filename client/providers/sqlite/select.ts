/** Reads rows of an SQLite table as JSON objects, with the flaws of their values. */
import { isUtf8 } from 'node:buffer';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type JsonObject, type JsonValue, setOwn } from '#format/json.ts';
import { CORE_FIELDS } from '#format/octree/record-fields.ts';
import { MAX_RECORD_BYTES } from '#format/record/limits.ts';
import { damageError } from './node-sqlite.ts';

/** A stored value of SQLite. */
export type SqlValue = null | number | bigint | string | Uint8Array;
export type Row = readonly SqlValue[];

/** Converts a number to a JSON value; integers that may exceed float64 are passed as bigint. */
export type NumberForm = (value: number | bigint) => JsonValue;

/** A row of a table, before conversion. */
export interface TableRow {
  readonly cells: Row;
  /** Its row id; in a table without row ids, its number, from 1. */
  readonly number: number | bigint;
  /** Lower bound for its bytes as JSON. */
  readonly size: number;
  /** The value that cannot be used, if any. */
  readonly flaw: SqlFlaw | undefined;
}

/** A value that cannot be used. */
export interface SqlFlaw {
  readonly column: string;
  readonly reason: string;
}

export interface SelectOptions {
  /** A table, a view, or a query in brackets. */
  readonly from: string;
  readonly where?: string;
  /** Whether rows have row ids; if so, they are read in that order. */
  readonly hasRowIds?: boolean;
  /** Columns that only link rows, and are not fields. */
  readonly ties?: readonly string[];
  /** Whether a value may exceed the maximum size of a record; the check costs time. */
  readonly mayBeLarge?: boolean;
}

/** Known fields, and columns that link rows. SQLite ignores the case of column names. */
const KNOWN_NAMES = new Set([...CORE_FIELDS, 'attributes', 'materials', 'type', 'system_id', 'planet_id']);
/** Minimum bytes of a field as JSON, without its name and the characters of a string. */
const FIELD_BYTES = 5;
/** Maximum number of bytes of a string in messages. */
const SHOWN_BYTES = 16;

/** A query for rows of one table. */
export class Select {
  /** Names of the columns; known names are in lower case. */
  readonly columns: readonly string[];
  /** Name of the row ids, if the table has them. */
  readonly rowId: string | undefined;
  readonly #statement: StatementSync;
  /** Reads the strings of a row as bytes, by row id; without row ids, each row has the bytes after its columns. */
  readonly #bytesOf: StatementSync | undefined;
  readonly #encoding: string;
  /** Minimum bytes of each column as JSON, without the characters of a string. */
  readonly #sizes: readonly number[];
  /** Columns that are fields, and their indexes. */
  readonly #fields: readonly (readonly [name: string, at: number])[];

  constructor(database: DatabaseSync, options: SelectOptions) {
    const { from, where = 'true', hasRowIds = false, ties = [], mayBeLarge = false } = options;
    const names = columnsOf(database, from);
    this.columns = names.map(fieldName);
    this.#fields = this.columns
      .map((name, at) => [name, at] as const)
      .filter(([name]) => !ties.includes(name));
    this.#sizes = this.columns.map(name => (ties.includes(name) ? 0 : name.length + FIELD_BYTES));
    this.#encoding = String(database.prepare('PRAGMA encoding').get()!['encoding']);
    const isTaken = (name: string) => names.some(column => column.toLowerCase() === name);
    const rowId = hasRowIds ? ['rowid', 'oid', '_rowid_'].find(name => !isTaken(name)) : undefined;
    this.rowId = rowId;
    const isLarge = names.map(name => `octet_length(${quoted(name)}) > ${MAX_RECORD_BYTES}`);
    const unlessLarge = (value: string, at: number) =>
      mayBeLarge ? `iif(${isLarge[at]}, NULL, ${value})` : value;
    const values = names.map((name, at) => unlessLarge(quoted(name), at));
    const bytes = names.map((name, at) => unlessLarge(`CAST(${quoted(name)} AS BLOB)`, at));
    const large = mayBeLarge
      ? `CASE ${isLarge.map((is, at) => `WHEN ${is} THEN ${at}`).join(' ')} END`
      : 'NULL';
    const sql = `SELECT ${[...values, large, ...(rowId ? [rowId] : bytes)].join()} FROM ${from} WHERE ${where}`;
    this.#statement = prepare(database, rowId ? `${sql} ORDER BY ${rowId}` : sql);
    this.#bytesOf =
      rowId === undefined
        ? undefined
        : prepare(database, `SELECT ${bytes.join()} FROM ${from} WHERE ${rowId} = ?`);
  }

  /** Yields the rows; a second call ends the first iteration. */
  *rows(...parameters: string[]): Generator<TableRow, void, undefined> {
    const width = this.columns.length;
    const isUtf8 = this.#encoding === 'UTF-8';
    let count = 0;
    for (const cells of this.#statement.iterate(...parameters) as Iterable<unknown> as Iterable<Row>) {
      count++;
      let size = 0;
      let isSuspect = cells[width] !== null;
      for (let at = 0; at < width; at++) {
        const cell = cells[at]!;
        if (cell === null) continue;
        size += this.#sizes[at]!;
        if (typeof cell === 'string') {
          size += cell.length;
          // SQLite combines a lone surrogate and the next code unit to a character above U+FFFF.
          isSuspect ||= cell.includes('\uFFFD') || (!isUtf8 && /[\ud800-\udfff]/.test(cell));
        } else if (typeof cell === 'object') size += cell.length;
      }
      const number = this.rowId === undefined ? count : (cells[width + 1] as bigint);
      yield { cells, number, size, flaw: isSuspect ? this.#flawOf(cells) : undefined };
    }
  }

  cell({ cells }: TableRow, column: string): SqlValue {
    return cells[this.columns.indexOf(column)]!;
  }

  /** The fields of a row that are not NULL. */
  object({ cells }: TableRow, form: NumberForm): JsonObject {
    const object: JsonObject = {};
    for (const [name, at] of this.#fields) {
      const cell = cells[at]!;
      if (cell !== null) setOwn(object, name, jsonOf(cell, form));
    }
    return object;
  }

  #flawOf(cells: Row): SqlFlaw | undefined {
    const width = this.columns.length;
    const large = cells[width];
    if (large !== null) {
      const mebibytes = MAX_RECORD_BYTES / 2 ** 20;
      return {
        column: this.columns[Number(large)]!,
        reason: `it has more than ${mebibytes} MiB: shorten it`,
      };
    }
    const id = cells.at(-1) as bigint;
    const bytes = this.#bytesOf
      ? (this.#bytesOf.get(id) as unknown as Row | undefined)
      : cells.slice(width + 1);
    if (!bytes) throw damageError(`row ${id} is listed, but not found by its row id`);
    for (let at = 0; at < width; at++) {
      if (typeof cells[at] !== 'string') continue;
      const text = Buffer.from(bytes[at] as Uint8Array);
      if (isWellFormed(text, this.#encoding)) continue;
      const shown = `${text.toString('hex', 0, SHOWN_BYTES)}${text.length > SHOWN_BYTES ? '…' : ''}`;
      const reason = `it is not valid ${this.#encoding.replace(/[lb]e$/, '')} (bytes ${shown}): correct it`;
      return { column: this.columns[at]!, reason };
    }
    return undefined;
  }
}

/** The columns of a table, view, or query in brackets, in their original spelling. */
export function columnsOf(database: DatabaseSync, from: string): string[] {
  return database
    .prepare(`SELECT * FROM ${from}`)
    .columns()
    .map(({ name }) => name);
}

/** The field of a column. */
export function fieldName(column: string): string {
  const name = column.toLowerCase();
  return KNOWN_NAMES.has(name) ? name : column;
}

/** Whether the bytes of a string are valid in a database's encoding. */
export function isWellFormed(bytes: Buffer, encoding: string): boolean {
  if (encoding === 'UTF-8') return isUtf8(bytes);
  return (encoding === 'UTF-16be' ? Buffer.from(bytes).swap16() : bytes).toString('utf16le').isWellFormed();
}

export function quoted(column: string): string {
  return `"${column.replaceAll('"', '""')}"`;
}

function prepare(database: DatabaseSync, sql: string): StatementSync {
  const statement = database.prepare(sql);
  statement.setReadBigInts(true);
  statement.setReturnArrays(true);
  return statement;
}

function jsonOf(cell: Exclude<SqlValue, null>, form: NumberForm): JsonValue {
  if (typeof cell === 'string') return cell;
  if (cell instanceof Uint8Array) return Buffer.from(cell).toString('base64');
  if (typeof cell === 'number') return form(cell);
  const number = Number(cell);
  return Number.isSafeInteger(number) ? number : form(cell);
}

/** A value that `JSON.stringify` writes with all digits of the number, including -0 and infinity (1e999). */
export function exactNumber(value: number | bigint): JsonValue {
  if (Number.isFinite(value) && !Object.is(value, -0)) return value as number;
  const text = Object.is(value, -0) ? '-0' : String(value).replace('Infinity', '1e999');
  return (JSON as unknown as { rawJSON(text: string): JsonValue }).rawJSON(text);
}
