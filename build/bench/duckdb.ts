/**
 * DuckDB over a Parquet file in Morton order.
 * `node build/bench/duckdb.ts CATALOGUE.ndjson OUT.parquet` writes the file.
 */
import { COLUMNS, importPeer, type Peer } from './peers.ts';

interface DuckDb {
  readonly DuckDBInstance: { create(): Promise<{ connect(): Promise<Connection> }> };
}

interface Connection {
  runAndReadAll(sql: string): Promise<{ getRows(): unknown[][] }>;
  closeSync(): void;
}

/** Bits of a number of 16 bits, three places apart. */
const SPREAD = `CREATE MACRO spread0(v) AS (v | (v << 32)) & 8725724278095871;
CREATE MACRO spread1(v) AS (v | (v << 16)) & 8725728556220671;
CREATE MACRO spread2(v) AS (v | (v << 8)) & 1157144660301377551;
CREATE MACRO spread3(v) AS (v | (v << 4)) & 1207822528635744451;
CREATE MACRO spread4(v) AS (v | (v << 2)) & 1317624576693539401;
CREATE MACRO spread(v) AS spread4(spread3(spread2(spread1(spread0(v)))));
CREATE MACRO scaled(v, low, high) AS spread(CAST(65535 * (v - low) / greatest(high - low, 1e-9) AS BIGINT));`;

if (import.meta.main) {
  const [catalogue, out] = process.argv.slice(2) as [string, string];
  const connection = await connect();
  await connection.runAndReadAll(SPREAD);
  await connection.runAndReadAll(`CREATE VIEW catalogue AS SELECT * FROM read_ndjson('${catalogue}')`);
  await connection.runAndReadAll(`COPY (
    SELECT c.* FROM catalogue c, (SELECT min(x) x0, max(x) x1, min(y) y0, max(y) y1, min(z) z0, max(z) z1 FROM catalogue)
    ORDER BY scaled(x, x0, x1) | (scaled(y, y0, y1) << 1) | (scaled(z, z0, z1) << 2)
  ) TO '${out}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 10240)`);
  connection.closeSync();
}

async function connect(): Promise<Connection> {
  const { DuckDBInstance } = await importPeer<DuckDb>('@duckdb/node-api');
  return (await DuckDBInstance.create()).connect();
}

export async function duckdb(file: string): Promise<Peer> {
  const connection = await connect();
  const rows = async (columns: string, condition: string) =>
    (await connection.runAndReadAll(`SELECT ${columns} FROM '${file}' WHERE ${condition}`)).getRows();
  return {
    name: 'DuckDB over Parquet',
    async sphere(center, radius) {
      const box = ['x', 'y', 'z'].map(
        (axis, i) => `${axis} BETWEEN ${center[i]! - radius} AND ${center[i]! + radius}`,
      );
      const square = ['x', 'y', 'z'].map((axis, i) => `(${axis} - (${center[i]!})) ** 2`).join(' + ');
      const found = await rows(
        COLUMNS.join(),
        `${box.join(' AND ')} AND sqrt(${square}) <= ${radius} ORDER BY ${square}`,
      );
      return found.length;
    },
    async byName(name) {
      return (await rows('*', `name = '${name.replaceAll("'", "''")}'`)).length > 0;
    },
    async close() {
      connection.closeSync();
    },
  };
}
