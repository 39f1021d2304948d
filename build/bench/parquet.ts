/**
 * Parquet files on a static host, read with hyparquet by ranges of bytes, set up as its experts would.
 * `node build/bench/parquet.ts CATALOGUE.ndjson FOLDER` writes three files: `pages.parquet`, in k-d order with an index
 * of its pages; `names.parquet`, a second copy in order of names; `groups.parquet`, in k-d order in small row groups,
 * with its footer as a compressed file beside it.
 */
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { type HavenRecord, systemsOf } from './catalogue.ts';
import { COLUMNS, importPeer, type Peer } from './peers.ts';

/** Rows of a page, by the bytes of a position's numbers. */
const PAGE_BYTES = 512 * 8;
const PAGED_GROUP = 16_384;
const SMALL_GROUP = 1_024;
/** The column of all other fields. */
const REST = 'rest';

interface Writer {
  parquetWriteFile(options: Record<string, unknown>): void | Promise<void>;
}

interface Reader {
  asyncBufferFromUrl(options: { url: string; byteLength?: number }): Promise<unknown>;
  parquetMetadata(bytes: ArrayBuffer): unknown;
  parquetMetadataAsync(file: unknown, options: { initialFetchSize: number }): Promise<unknown>;
  parquetReadObjects(options: Record<string, unknown>): Promise<Record<string, unknown>[]>;
}

if (import.meta.main) await write(...(process.argv.slice(2) as [string, string]));

async function write(catalogue: string, folder: string): Promise<void> {
  const systems: HavenRecord[] = [];
  for await (const system of systemsOf(catalogue)) systems.push(system);
  const places = kdOrder(systems);
  const byName = systems.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  await writeRows(join(folder, 'pages.parquet'), places, PAGED_GROUP, ['x', 'y', 'z']);
  await writeRows(join(folder, 'names.parquet'), byName, PAGED_GROUP, ['name']);
  const groups = join(folder, 'groups.parquet');
  await writeRows(groups, places, SMALL_GROUP, []);
  const footer = (await readFile(groups)).subarray(-(await footerBytes(groups)));
  await writeFile(join(folder, 'groups.footer.gz'), gzipSync(footer, { level: 9 }));
}

async function writeRows(
  filename: string,
  systems: readonly HavenRecord[],
  rowGroupSize: number,
  indexed: readonly string[],
): Promise<void> {
  const { parquetWriteFile } = await importPeer<Writer>('hyparquet-writer');
  const column = (name: string) => ({
    name,
    data: systems.map(system => system[name] ?? null),
    type: ['x', 'y', 'z'].includes(name) ? 'DOUBLE' : 'STRING',
    columnIndex: indexed.includes(name),
    offsetIndex: indexed.length > 0,
    statistics: ['x', 'y', 'z', 'name'].includes(name),
  });
  const columnData = [
    ...COLUMNS.map(column),
    {
      name: REST,
      data: systems.map(restOf),
      type: 'STRING',
      offsetIndex: indexed.length > 0,
      statistics: false,
    },
  ];
  const compressors = { ZSTD: (bytes: Uint8Array) => zstdCompressSync(bytes) };
  await parquetWriteFile({
    ...{ filename, columnData, compressors, codec: 'ZSTD', rowGroupSize },
    ...(indexed.length > 0 && { pageSize: PAGE_BYTES }),
  });
}

function restOf(system: HavenRecord): string {
  return JSON.stringify(
    Object.fromEntries(
      Object.entries(system).filter(([name]) => !(COLUMNS as readonly string[]).includes(name)),
    ),
  );
}

/** Halves the systems along the longest axis, until a page holds a part. */
function kdOrder(systems: readonly HavenRecord[]): HavenRecord[] {
  if (systems.length <= 512) return [...systems];
  const spans = (['x', 'y', 'z'] as const).map(axis => {
    let [low, high] = [Infinity, -Infinity];
    for (const system of systems) {
      low = Math.min(low, system[axis]);
      high = Math.max(high, system[axis]);
    }
    return [axis, high - low] as const;
  });
  const [axis] = spans.reduce((a, b) => (b[1] > a[1] ? b : a));
  const sorted = systems.toSorted((a, b) => a[axis] - b[axis]);
  const middle = Math.ceil(sorted.length / 1_024) * 512;
  return [...kdOrder(sorted.slice(0, middle)), ...kdOrder(sorted.slice(middle))];
}

/** Bytes of the footer of a file, which stands at its end. */
async function footerBytes(path: string): Promise<number> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const { buffer } = await file.read(Buffer.alloc(8), 0, 8, size - 8);
    return buffer.readUInt32LE(0) + 8;
  } finally {
    await file.close();
  }
}

/**
 * The files of `write`, for clients that have just started and know how long the footers are.
 * @param url the address of the folder
 */
export async function hyparquetPeers(folder: string, url: string): Promise<Peer[]> {
  const reader = await importPeer<Reader>('hyparquet');
  const compressors = { ZSTD: (bytes: Uint8Array) => zstdDecompressSync(bytes) };
  const footers = new Map<string, number>();
  for (const name of ['pages', 'names'])
    footers.set(name, await footerBytes(join(folder, `${name}.parquet`)));
  const paged = async (name: string) => {
    const file = await reader.asyncBufferFromUrl({ url: `${url}${name}.parquet` });
    const metadata = await reader.parquetMetadataAsync(file, { initialFetchSize: footers.get(name)! });
    return { file, metadata, compressors, usePageIndex: true, useOffsetIndex: true };
  };
  const grouped = async () => {
    const [file, footer] = await Promise.all([
      reader.asyncBufferFromUrl({ url: `${url}groups.parquet` }),
      fetch(`${url}groups.footer.gz`).then(response => response.arrayBuffer()),
    ]);
    const metadata = reader.parquetMetadata(Uint8Array.from(gunzipSync(Buffer.from(footer))).buffer);
    return { file, metadata, compressors };
  };
  const sphere = async (
    opened: Record<string, unknown>,
    center: readonly [number, number, number],
    radius: number,
  ) => {
    const bounds = ['x', 'y', 'z'].map((axis, i) => ({
      [axis]: { $gte: center[i]! - radius, $lte: center[i]! + radius },
    }));
    const filter = { $and: bounds };
    const rows = await reader.parquetReadObjects({ ...opened, columns: COLUMNS, filter });
    const distance = (row: Record<string, unknown>) =>
      Math.hypot(...['x', 'y', 'z'].map((axis, i) => Number(row[axis]) - center[i]!));
    return rows.filter(row => distance(row) <= radius).length;
  };
  const byName = async (name: string) => {
    const rows = await reader.parquetReadObjects({
      ...(await paged('names')),
      filter: { name: { $eq: name } },
    });
    return rows.length > 0 && JSON.parse(String(rows[0]![REST])) !== null;
  };
  const close = async () => {};
  return [
    {
      name: 'hyparquet, page index',
      sphere: async (center, radius) => sphere(await paged('pages'), center, radius),
      ...{ byName, close },
    },
    {
      name: 'hyparquet, footer beside the file',
      sphere: async (center, radius) => sphere(await grouped(), center, radius),
      ...{ byName, close },
    },
  ];
}
