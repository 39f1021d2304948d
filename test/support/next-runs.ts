/** A folder with published versions, for tests of writers that are stopped; and what the next runs must leave of it. */
import { cpSync, mkdirSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { collectGarbage, folderStore, publishTileset, type Store, updateTileset } from '#pipeline/index.ts';
import { agingStore, pathsIn, recordsOf, upsertOf, type Versions, wholeVersionIn } from './published-sets.ts';

const HOUR = 3_600_000;

/** A published set. */
export interface Place {
  readonly location: string;
  readonly store: Store;
  /** Paths of temporary files and locks, which no store lists. */
  hidden(): string[];
}

/** Publishes versions 0 to 2 to a folder; what only version 0 needs was marked long ago. */
export async function publishVersions({ folders }: Versions, location: string): Promise<void> {
  for (const version of [0, 1, 2]) await publishTileset(folders[version]!, location, { flush: false });
  for (const path of await pathsIn(folderStore(location))) makeOlder(join(location, path), 48);
  await collectGarbage(location, { keep: 2, grace: HOUR });
  for (const path of await pathsIn(folderStore(location), 'history/marks-'))
    makeOlder(join(location, path), 24);
}

function makeOlder(path: string, hours: number): void {
  const time = Date.now() / 1000 - hours * 3600;
  utimesSync(path, time, time);
}

/** A copy of a folder, which keeps the times of its files. */
export function copyOfFolder(from: string, location: string): Place {
  mkdirSync(location);
  cpSync(from, location, { recursive: true, preserveTimestamps: true });
  const hidden = () =>
    readdirSync(location, { recursive: true }).filter((path): path is string => /(^|\/)\./.test(`${path}`));
  return { location, store: folderStore(location), hidden };
}

/** The next runs publish version 3, and keep nothing else but `live`. */
export async function publishNext(
  versions: Versions,
  { location, store }: Place,
  live: number,
  options = {},
): Promise<void> {
  await publishTileset(versions.folders[3]!, location, options);
  expect(await wholeVersionIn(store)).toBe(3);
  await expectOnly(versions, store, [3, live]);
}

/** Nothing is there but the files of the kept versions, their indexes and their records. */
async function expectOnly(
  { folders, generations }: Versions,
  store: Store,
  kept: readonly number[],
): Promise<void> {
  const aging = agingStore(store);
  for (let run = 0; run < 4; run++) {
    await collectGarbage(aging, { keep: kept.length, grace: HOUR });
    await aging.age(HOUR);
  }
  const paths = await pathsIn(store);
  const sets = await Promise.all(kept.map(version => pathsIn(folderStore(folders[version]!))));
  const names = kept.map(version => `generations/${generations[version]}.json`);
  expect(paths.filter(path => !path.startsWith('history/'))).toEqual(
    [...new Set([...sets.flat(), ...names])].sort(),
  );
  expect(paths.filter(path => /^history\/(?!publish-)/.test(path))).toEqual([]);
}

/** The next run is an update of version 1 or 2 to 3: there are only files of the versions, all of this one. */
export async function updateNext({ folders }: Versions, { location, store }: Place): Promise<void> {
  await updateTileset(location, { edits: recordsOf(3).map(upsertOf) });
  expect(await wholeVersionIn(store)).toBe(3);
  const paths = await pathsIn(store);
  const [before, stopped, own] = await Promise.all(
    [2, 1, 3].map(version => pathsIn(folderStore(folders[version]!))),
  );
  expect(paths).toEqual(expect.arrayContaining(own!));
  expect([...before!, ...stopped!, ...own!]).toEqual(expect.arrayContaining(paths));
}
