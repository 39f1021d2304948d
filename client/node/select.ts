/** Rows of SQLite as JSON objects. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type JsonObject, type JsonValue, setOwn } from '../format/json.ts';

/** A value as SQLite stores it. */
export type Cell = null | number | bigint | string | Uint8Array;
export type Row = readonly Cell[];

/** Makes a JSON value of a number; integers that float64 may not hold come as bigint. */
export type NumberForm = (value: number | bigint) => JsonValue;

/** A query for rows of one table. */
export class Select {
  readonly columns: readonly string[];
  readonly #statement: StatementSync;
  /** Columns that are fields, and where they are. */
  readonly #fields: readonly (readonly [name: string, at: number])[];

  /** @param ties columns that are no fields */
  constructor(database: DatabaseSync, sql: string, ties: readonly string[] = []) {
    this.#statement = database.prepare(sql);
    this.#statement.setReadBigInts(true);
    this.#statement.setReturnArrays(true);
    this.columns = this.#statement.columns().map(({ name }) => name);
    this.#fields = this.columns
      .map((name, at) => [name, at] as const)
      .filter(([name]) => !ties.includes(name));
  }

  /** Rows one by one; asking again ends what was asked before. */
  rows(...parameters: string[]): Iterable<Row> {
    return this.#statement.iterate(...parameters) as Iterable<unknown> as Iterable<Row>;
  }

  cell(row: Row, column: string): Cell {
    return row[this.columns.indexOf(column)]!;
  }

  /** The fields of a row that are not NULL. */
  object(row: Row, form: NumberForm): JsonObject {
    const object: JsonObject = {};
    for (const [name, at] of this.#fields) {
      const cell = row[at]!;
      if (cell !== null) setOwn(object, name, jsonOf(cell, form));
    }
    return object;
  }
}

function jsonOf(cell: Exclude<Cell, null>, form: NumberForm): JsonValue {
  if (typeof cell === 'string') return cell;
  if (cell instanceof Uint8Array) return Buffer.from(cell).toString('base64');
  if (typeof cell === 'number') return form(cell);
  const number = Number(cell);
  return Number.isSafeInteger(number) ? number : form(cell);
}

/** A value that `JSON.stringify` writes with all the digits of a number, -0 and infinity (1e999) included. */
export function exactNumber(value: number | bigint): JsonValue {
  if (Number.isFinite(value) && !Object.is(value, -0)) return value as number;
  const text = Object.is(value, -0) ? '-0' : String(value).replace('Infinity', '1e999');
  return (JSON as unknown as { rawJSON(text: string): JsonValue }).rawJSON(text);
}
