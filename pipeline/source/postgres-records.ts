/** Reads Haven's schema in PostgreSQL as a catalogue: one record per row of its table `systems`. */
import type { Client, DatabaseError } from 'pg';
import { HavenChunksError, NetworkError, NotFoundError } from '#client/errors.ts';
import { clashingColumn, type KnownTable, strayReason, TIES } from '#client/providers/sqlite/known-tables.ts';
import { InputError, UsageError } from '#pipeline/errors.ts';
import {
  COLUMNS_QUERY,
  type PostgresColumn,
  type PostgresTables,
  straysQuery,
  systemsQuery,
} from './postgres-query.ts';
import { Sink } from './sink.ts';
import { nowhere } from './source-location.ts';
import type { Input, RawRecord, ReadOptions, SourceEvents } from './source-types.ts';

const PACKAGE = 'pg';
const CONNECT_MS = 10_000;
/** Approximate bytes of records that are fetched together, and the number of the first ones. */
const FETCH_BYTES = 1 << 20;
const FIRST_ROWS = 64;
const MAX_ROWS = 4_096;

/**
 * Settings of the session: times in UTC, all digits, the same order in each run, a plan for all rows, and an end of the
 * query when the client is gone (since version 14).
 */
const SETTINGS = [
  "SET TIME ZONE 'UTC'",
  'SET extra_float_digits = 1',
  'SET synchronize_seqscans = off',
  'SET cursor_tuple_fraction = 1',
  "SELECT set_config(name, '1s', false) FROM pg_settings WHERE name = 'client_connection_check_interval'",
];

/** URLs by the name without password: plans and messages have only the name. */
const urls = new Map<string, string>();

/** True for the URL of a PostgreSQL database. */
export function isPostgres(location: string): boolean {
  return /^postgres(?:ql)?:\/\//i.test(location);
}

/**
 * A PostgreSQL database as an input; its name has no password. Only the process that was given the URL can read it.
 * @param location its URL
 * @throws UsageError if the URL is not valid
 */
export function postgresInput(location: string, index: number): Input {
  const file = postgresName(location);
  // The URL that was given last counts: the password before may have been wrong.
  urls.set(file, location);
  return namedPostgresInput(file, index);
}

/** @param file the name of an input that `postgresInput` returned before */
export function namedPostgresInput(file: string, index: number): Input {
  return {
    file,
    index,
    open: () => {
      throw new UsageError(`${file} is a database: it has no bytes`);
    },
    records: (events, options) => postgresRecords(file, index, events, options),
  };
}

/** Parameters of a URL that choose the database and what it shows; others may be secret. */
const NAMED_PARAMETERS = ['host', 'port', 'options'];

/** The URL of a database without its password. @throws UsageError if the URL is not valid */
export function postgresName(location: string): string {
  if (!URL.canParse(location))
    throw new UsageError('the URL of PostgreSQL is not valid: expected postgres://USER@HOST:PORT/DATABASE', {
      reason: 'not a URL',
    });
  const url = new URL(location);
  url.password = '';
  for (const name of [...url.searchParams.keys()])
    if (!NAMED_PARAMETERS.includes(name)) url.searchParams.delete(name);
  return url.href;
}

/**
 * The systems of a database, as JSON that the server writes, through a cursor in one read-only transaction: all rows
 * come from one state of the database, and memory has one batch of them. Planets, moons and stations without a system
 * are rejected.
 * @throws NetworkError if the server does not answer or refuses, NotFoundError if there is no such database, InputError
 *   if it lacks Haven's tables, UsageError if the package `pg` is not installed; the signal's reason
 */
async function* postgresRecords(
  file: string,
  index: number,
  events: SourceEvents,
  options: ReadOptions,
): AsyncGenerator<RawRecord[], void, void> {
  const { signal } = options;
  signal?.throwIfAborted();
  const client = await connect(urls.get(file)!);
  // A connection that breaks fails the query under way, which reports it.
  client.on('error', () => {});
  const stop = () => void client.end();
  signal?.addEventListener('abort', stop);
  try {
    await client.connect();
    for (const statement of SETTINGS) await client.query(statement);
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const tables = await tablesOf(client, file);
    const sink = new Sink({ file, index }, events, options);
    let row = 0;
    for await (const rows of fetched(client, systemsQuery(tables), signal)) {
      const batch: RawRecord[] = [];
      for (const { id, record } of rows) {
        const path = id === null ? `systems row ${row + 1}` : `systems id ${JSON.stringify(id)}`;
        const location = { ...nowhere(file, index), offset: ++row, path };
        sink.record(batch, { bytes: Buffer.from(record), location });
      }
      yield batch;
    }
    for (const table of ['planets', 'moons', 'space_stations'] as const) {
      if (!tables.has(table)) continue;
      const key = table === 'moons' ? 'planet_id' : 'system_id';
      for await (const rows of fetched(client, straysQuery(tables, table), signal)) {
        for (const { parent, record } of rows) {
          const reason = strayReason(table, key, parent);
          events.onReject?.({ location: nowhere(file, index), record: JSON.parse(record), reason });
        }
      }
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw postgresError(file, error);
  } finally {
    signal?.removeEventListener('abort', stop);
    await client.end().catch(() => {});
  }
}

async function connect(connectionString: string): Promise<Client> {
  try {
    const { default: pg } = await import('pg');
    return new pg.Client({
      connectionString,
      connectionTimeoutMillis: CONNECT_MS,
      keepAlive: true,
      application_name: 'haven-chunks',
    });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new UsageError(
      `postgres:// needs the package ${PACKAGE}, which is not installed: npm install ${PACKAGE}`,
      { reason: (cause as Error).message, cause },
    );
  }
}

/**
 * @throws InputError if there is no table of systems, a table lacks the columns that link its rows, or a column has the
 *   name of a field that holds the rows of another table
 */
async function tablesOf(client: Client, file: string): Promise<PostgresTables> {
  const { rows } = await client.query<PostgresColumn & { table: KnownTable }>(COLUMNS_QUERY, [
    Object.keys(TIES),
  ]);
  const tables = new Map<KnownTable, PostgresColumn[]>();
  for (const { table, ...column } of rows) tables.set(table, [...(tables.get(table) ?? []), column]);
  if (!tables.has('systems'))
    throw new InputError(
      `${file} has no table "systems" in its search path: expected Haven's schema, or a view of that name`,
      { file, expected: 'systems' },
    );
  const needed = { systems: ['id'], planets: ['id', 'system_id'], moons: ['planet_id'] } as const;
  for (const [table, names] of Object.entries({ ...needed, space_stations: ['system_id'] as const })) {
    const columns = tables.get(table as KnownTable);
    const missing = columns && names.find(name => !columns.some(column => column.name === name));
    if (missing !== undefined)
      throw new InputError(`${file}: the table "${table}" has no column "${missing}"`, {
        file,
        expected: missing,
      });
  }
  const clash = clashingColumn(table => tables.get(table)?.map(({ name }) => name));
  if (clash)
    throw new InputError(
      `${file}: ${clash.problem}: rename the column, or hide it by a view in a schema that the search path names first`,
      { file, field: clash.field },
    );
  return tables;
}

/** A row of a query: JSON as text. */
interface FetchedRow {
  readonly id: string | null;
  readonly parent: string | null;
  readonly record: string;
}

/** The rows of a query in batches, through a cursor; their number follows from their size. */
async function* fetched(
  client: Client,
  query: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<FetchedRow[], void, void> {
  // By default the driver parses JSON, which would round numbers.
  const types = { getTypeParser: () => (text: string) => text };
  await client.query(`DECLARE haven NO SCROLL CURSOR FOR ${query}`);
  let count = FIRST_ROWS;
  for (;;) {
    signal?.throwIfAborted();
    const { rows } = await client.query<FetchedRow>({ text: `FETCH ${count} FROM haven`, types });
    if (rows.length > 0) yield rows;
    if (rows.length < count) break;
    const bytes = rows.reduce((sum, { record }) => sum + record.length, 0);
    count = Math.max(1, Math.min(MAX_ROWS, 4 * count, Math.floor((FETCH_BYTES * rows.length) / bytes)));
  }
  await client.query('CLOSE haven');
}

/** SQLSTATE classes, https://www.postgresql.org/docs/current/errcodes-appendix.html. */
const NO_DATABASE = '3D000';
const AUTHORIZATION = '28';
const DATA = ['22', '42'];

function postgresError(file: string, error: unknown): unknown {
  const { code = '', message } = error as DatabaseError;
  if (error instanceof HavenChunksError) return error;
  const fields = { file, reason: message, cause: error };
  if (code === NO_DATABASE)
    return new NotFoundError(`${file}: ${message}: check the name of the database`, fields);
  if (code.startsWith(AUTHORIZATION))
    return new NetworkError(
      `${file}: ${message}: check the user, and give the password in the URL, PGPASSWORD or ~/.pgpass`,
      fields,
    );
  if (DATA.some(start => code.startsWith(start)))
    return new InputError(`${file} cannot be read as Haven's schema: ${message}`, fields);
  // A server that responds is running: its errors have a severity, and one without TLS says so.
  const isResponse = 'severity' in (error as DatabaseError) || /\bSSL\b/.test(message);
  const hint = isResponse ? '' : ': is the server running?';
  return new NetworkError(`${file} cannot be read: ${message || code}${hint}`, fields);
}
