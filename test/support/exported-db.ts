/** Sets that are written as databases, and what is in those. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openTileset, type SystemRecord } from '#client/node/index.ts';
import type { JsonObject } from '#format/json.ts';
import { build, type DatabaseLosses, exportSet } from '#pipeline/index.ts';
import { PLAIN } from './sets.ts';

export interface ExportedDatabase {
  readonly set: string;
  readonly file: string;
  readonly losses: DatabaseLosses;
}

/** Builds a set of a catalogue, and writes it as a database. */
export async function exportDatabase(folder: string, input: string): Promise<ExportedDatabase> {
  const set = join(folder, 'set');
  const file = join(folder, 'export.db');
  await build([input], set, { ...PLAIN, onDuplicate: 'first' });
  const { database } = await exportSet(await openTileset(set), file);
  return { set, file, losses: database! };
}

/** Rows of a query, as plain objects. */
export function ask(file: string, sql: string, ...parameters: (string | number)[]): JsonObject[] {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    return db
      .prepare(sql)
      .all(...parameters)
      .map(row => ({ ...row }) as JsonObject);
  } finally {
    db.close();
  }
}

/** The systems of a set by id. */
export async function systemsOf(directory: string): Promise<Map<string, SystemRecord>> {
  const all = new Map<string, SystemRecord>();
  for await (const batch of (await openTileset(directory)).records()) {
    for (const system of batch) all.set(system.id, system);
  }
  return all;
}
