/** The guide's database on a static host: SQLite in WebAssembly reads its pages by ranges of bytes. */
import { readFile } from 'node:fs/promises';
import { importPeer, type Peer, peerFile } from './peers.ts';

type Factory = (options: { wasmBinary: Buffer }) => Promise<unknown>;

interface Api {
  vfs_register(vfs: object, makeDefault: boolean): number;
  open_v2(path: string, flags: number, vfs: string): Promise<number>;
  exec(database: number, sql: string, row?: (values: unknown[], columns: string[]) => void): Promise<number>;
  close(database: number): Promise<number>;
}

interface VfsModule {
  readonly Base: new () => object;
  readonly SQLITE_OK: number;
  readonly SQLITE_IOERR: number;
  readonly SQLITE_NOTFOUND: number;
  readonly SQLITE_OPEN_READONLY: number;
}

/** Opens the database for each query, as a client that has just started. */
export async function sqliteByRanges(url: string): Promise<Peer> {
  const [{ default: factory }, { Factory: api }, vfs] = await Promise.all([
    importPeer<{ default: Factory }>('wa-sqlite/dist/wa-sqlite-async.mjs'),
    importPeer<{ Factory: (module: unknown) => Api }>('wa-sqlite'),
    importPeer<VfsModule>('wa-sqlite/src/VFS.js'),
  ]);
  const wasmBinary = await readFile(peerFile('wa-sqlite/dist/wa-sqlite-async.wasm'));
  const sqlite = api(await factory({ wasmBinary }));
  sqlite.vfs_register(rangeVfs(vfs, url), false);
  /** Runs statements on a new connection; returns the rows of the last. */
  const ask = async (...statements: readonly string[]) => {
    const database = await sqlite.open_v2('remote', vfs.SQLITE_OPEN_READONLY, 'ranges');
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) {
      rows = [];
      await sqlite.exec(database, statement, (values, columns) => {
        rows.push(Object.fromEntries(columns.map((column, i) => [column, values[i]])));
      });
    }
    await sqlite.close(database);
    return rows;
  };
  return {
    name: "SQLite by ranges, the guide's schema",
    async sphere(center, radius) {
      const box = ['x', 'y', 'z'].map(
        (axis, i) => `${axis} BETWEEN ${center[i]! - radius} AND ${center[i]! + radius}`,
      );
      const rows = await ask(`SELECT * FROM systems WHERE ${box.join(' AND ')}`);
      const distance = (row: Record<string, unknown>) =>
        Math.hypot(...['x', 'y', 'z'].map((axis, i) => Number(row[axis]) - center[i]!));
      return rows.filter(row => distance(row) <= radius).length;
    },
    async byName(name) {
      const system = `(SELECT id FROM systems WHERE name = '${name.replaceAll("'", "''")}')`;
      const rows = await ask(
        `SELECT * FROM planets WHERE system_id = ${system}`,
        `SELECT * FROM moons WHERE planet_id IN (SELECT id FROM planets WHERE system_id = ${system})`,
        `SELECT * FROM space_stations WHERE system_id = ${system}`,
        `SELECT * FROM systems WHERE name = '${name.replaceAll("'", "''")}'`,
      );
      return rows.length > 0;
    },
    async close() {},
  };
}

/** A file system with one file, which reads what SQLite asks for. */
function rangeVfs(vfs: VfsModule, url: string): object {
  const base = new vfs.Base() as { handleAsync(work: () => Promise<number>): number };
  /** Runs what must not fail by an error: SQLite ends the statement by its own. */
  const handle = (work: () => Promise<void>) =>
    base.handleAsync(() =>
      work().then(
        () => vfs.SQLITE_OK,
        () => vfs.SQLITE_IOERR,
      ),
    );
  return Object.assign(base, {
    name: 'ranges',
    xOpen(_name: string, _file: number, flags: number, out: DataView) {
      out.setInt32(0, flags, true);
      return vfs.SQLITE_OK;
    },
    xAccess(_name: string, _flags: number, out: DataView) {
      out.setInt32(0, 0, true);
      return vfs.SQLITE_OK;
    },
    xFileSize: (_file: number, out: DataView) =>
      handle(async () => {
        const { headers } = await fetch(url, { method: 'HEAD' });
        out.setBigInt64(0, BigInt(headers.get('content-length')!), true);
      }),
    xRead: (_file: number, into: Uint8Array, start: number) =>
      handle(async () => {
        const range = `bytes=${start}-${start + into.length - 1}`;
        into.set(new Uint8Array(await (await fetch(url, { headers: { range } })).arrayBuffer()));
      }),
    xFileControl: () => vfs.SQLITE_NOTFOUND,
    xClose: () => vfs.SQLITE_OK,
  });
}
