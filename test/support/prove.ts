/** Reads a set back and proves it, as tests of whole builds do. */
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect } from 'vitest';
import { openTileset, type SystemRecord, type Tileset } from '#client/node/index.ts';
import { folderStore } from '#pipeline/store/folder-store.ts';
import { verifySet } from '#pipeline/verify/index.ts';

/** Paths of all files of a set, relative to its folder. */
export function pathsOf(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(directory, join(entry.parentPath, entry.name)));
}

/** Opens a set of so many systems once every file of it has been verified, and none is left over. */
export async function provenSet(directory: string, systems: number): Promise<Tileset> {
  const report = await verifySet(folderStore(directory), { canonical: true });
  expect({ ...report, generation: '', bytes: 0, files: 0 }).toEqual({
    ...{ generation: '', bytes: 0, files: 0, systems },
    ...{ problems: [], orphans: [] },
  });
  return openTileset(directory);
}

/** All systems of a set by id. */
export async function systemsOf(tileset: Tileset): Promise<Map<string, SystemRecord>> {
  const systems = new Map<string, SystemRecord>();
  for await (const batch of tileset.records()) for (const system of batch) systems.set(system.id, system);
  expect(systems.size).toBe(tileset.counts.systems);
  return systems;
}
