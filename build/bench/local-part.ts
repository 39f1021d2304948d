/** Builds and queries on this machine, beside peers with the same systems. */
import { copyFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ask, columnsOf, titleOf } from './asked.ts';
import { buildCost, buildLine, COMMAND } from './build-part.ts';
import type { Questions } from './catalogue.ts';
import { localChunkSets } from './chunk-set.ts';
import { duckdb } from './duckdb.ts';
import { askGuide, migrate } from './guide.ts';
import { processCost } from './process-cost.ts';
import { sqliteWithPlaces } from './sqlite-rtree.ts';
import { duration, markdownTable } from './table.ts';

const scriptOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** The files of all peers, in one folder. */
export interface PeerFiles {
  readonly set: string;
  readonly json: string;
  readonly database: string;
  readonly places: string;
  readonly parquet: string;
}

/**
 * Builds all stores, one after another.
 * @returns their files, and a table in Markdown
 */
export async function buildPeers(
  catalogue: string,
  folder: string,
): Promise<{ files: PeerFiles; table: string }> {
  const files = {
    ...{ set: join(folder, 'set'), json: join(folder, 'data.json'), database: join(folder, 'haven.db') },
    ...{ places: join(folder, 'places.db'), parquet: join(folder, 'morton.parquet') },
  };
  const built = await buildCost(catalogue, files.set, []);
  const plain = await buildCost(catalogue, join(folder, 'plain'), ['--search', 'none', '--facets', 'none']);
  await processCost(process.execPath, [COMMAND, 'export', files.set, '--to', files.json, '--quiet']);
  const migrated = await migrate(files.json, files.database);
  await copyFile(files.database, files.places);
  const places = await processCost(process.execPath, [scriptOf('sqlite-rtree.ts'), files.places]);
  const parquet = await processCost(process.execPath, [scriptOf('duckdb.ts'), catalogue, files.parquet]);
  const sizeOf = async (file: string) => (await stat(file)).size;
  const rows = [
    buildLine('chunk set, with search and facets', built.cost, built.summary.bytes),
    buildLine('chunk set, without', plain.cost, plain.summary.bytes),
    buildLine("the guide's migration to SQLite (Python)", migrated, await sizeOf(files.database)),
    buildLine('an R*Tree for it, in addition', places.cost, await sizeOf(files.places)),
    buildLine('DuckDB, Parquet in Morton order', parquet.cost, await sizeOf(files.parquet)),
  ];
  return { files, table: markdownTable(['', 'wall time', 'CPU', 'memory at peak', 'size'], rows) };
}

/** Asks all local stores in turn. Files are warm; a chunk set has no cache. */
export async function localPart(files: PeerFiles, questions: Questions, folder: string): Promise<string> {
  const columns = columnsOf(questions);
  const peers = [
    ...(await localChunkSets(files.set)),
    sqliteWithPlaces(files.places),
    await duckdb(files.parquet),
  ];
  const rows: string[][] = [];
  for (const peer of peers) {
    const times: string[] = [];
    for (const column of columns) {
      await ask(peer, column, questions);
      times.push(duration(await ask(peer, column, questions)));
    }
    rows.push([peer.name, ...times]);
    await peer.close();
  }
  const asked = await askGuide(files.database, await questionFile(questions, folder));
  rows.push([
    "the guide's SQLite (Python)",
    ...columns.map(column => duration(asked[column === 'name' ? column : `sphere ${column}`]!)),
  ]);
  return markdownTable(['', ...columns.map(titleOf)], rows);
}

/** Writes the questions for Python. */
export async function questionFile({ questions }: Questions, folder: string): Promise<string> {
  const path = join(folder, 'questions.json');
  await writeFile(
    path,
    JSON.stringify(questions.map(question => ({ ...question, radii: [...question.radii] }))),
  );
  return path;
}
