/** A disk that is really full, after any number of bytes: one line with advice, nothing lost, nothing left behind. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { galaxySystems } from '#data/galaxy.ts';
import { build, updateTileset } from '#pipeline/index.ts';
import { ndjson, writeInputs } from '#test/support/chunk-sets.ts';
import { copyOfFolder, type Place, publishVersions } from '#test/support/next-runs.ts';
import { versions, wholeVersionIn } from '#test/support/published-sets.ts';
import { run } from '#test/support/run-command.ts';
import { HAS_DISK, onSmallDisk, type SmallDisk } from '#test/support/small-disk.ts';
import { pathsBelow, temporaryFolder } from '#test/support/temporary.ts';

const folder = temporaryFolder();
afterAll(folder.remove);
const at = (name: string) => join(folder.path, name);
const RECORDS = [...galaxySystems({ count: 600 })] as never[];
const [input, edits] = writeInputs(folder.path, 'records', [ndjson(RECORDS), ndjson(RECORDS.slice(0, 100))]);
const published = versions(4);

beforeAll(async () => {
  await build([input!], at('new'), { search: { mode: 'none' } });
  await build([input!], at('old'), { search: { mode: 'none' } });
  const removed = RECORDS.slice(0, 100).map(({ id }) => ({ action: 'delete', id }) as const);
  await updateTileset(at('old'), { edits: removed });
  await publishVersions(published, at('published'));
});

/** Kibibytes that are free: none, and about 4 times as many each time. */
const ROOM = [0, 4, 16, 64, 256, 1_024, 4_096];

/** Runs a command with more and more room, until it succeeds. @returns the number of runs that failed */
async function runUntilDone(disk: SmallDisk, args: readonly string[], after: () => void): Promise<number> {
  for (const [failures, free] of ROOM.entries()) {
    disk.fill(free);
    const { code, stderr } = await run([...args, '--quiet']);
    disk.free();
    if (code === 0) return failures;
    expect(stderr).toMatch(/^haven-chunks: cannot write .*(ENOSPC|disk is full).*free some space.*\n$/);
    expect(code).toBe(3);
    after();
  }
  throw new Error('the command does not succeed with all the room');
}

describe.skipIf(!HAS_DISK)('a full disk', () => {
  test('leaves a set as it was before an update', () =>
    onSmallDisk(async ({ path, ...disk }) => {
      const { location } = copyOfFolder(at('old'), join(path, 'set'));
      const before = pathsBelow(path).sort();
      const index = readFileSync(join(location, 'index.json'));
      const failures = await runUntilDone({ path, ...disk }, ['update', location, '--upsert', edits!], () => {
        expect(pathsBelow(path).sort()).toEqual(before);
        expect(readFileSync(join(location, 'index.json'))).toEqual(index);
      });
      expect(failures).toBeGreaterThan(1);
      expectSameSet(location, at('new'));
    }));

  test('leaves the live generation as it was before a publish', () =>
    onSmallDisk(async ({ path, ...disk }) => {
      const { location, hidden } = copyOfFolder(at('old'), join(path, 'set'));
      const before = pathsBelow(path).filter(name => name.endsWith('.mpk'));
      const index = readFileSync(join(location, 'index.json'));
      const failures = await runUntilDone({ path, ...disk }, ['publish', at('new'), location], () => {
        expect(pathsBelow(path)).toEqual(expect.arrayContaining(before));
        expect(readFileSync(join(location, 'index.json'))).toEqual(index);
        expect(hidden()).toEqual([]);
      });
      expect(failures).toBeGreaterThan(1);
      expectSameSet(location, at('new'));
    }));

  test('does not keep a garbage collection from deleting files', () =>
    onSmallDisk(async ({ path, fill }) => {
      const place: Place = copyOfFolder(at('published'), join(path, 'set'));
      const before = pathsBelow(place.location).length;
      fill(0);
      const done = await run(['gc', place.location, '--keep', '2', '--grace', '1h', '--quiet']);
      expect(done).toMatchObject({ code: 0, stderr: '' });
      expect(pathsBelow(place.location).length).toBeLessThan(before);
      expect(await wholeVersionIn(place.store)).toBe(2);
      expect(place.hidden()).toEqual([]);
    }));

  test('keeps a garbage collection from marking files, which it can later', () =>
    onSmallDisk(async ({ path, fill, free }) => {
      const place: Place = copyOfFolder(at('published'), join(path, 'set'));
      const before = pathsBelow(place.location).sort();
      const args = ['gc', place.location, '--keep', '1', '--grace', '48h', '--quiet'];
      fill(0);
      const failed = await run(args);
      expect(failed.stderr).toMatch(
        /^haven-chunks: cannot write .*ENOSPC.*; gc writes \d{3,4} bytes there, .*\n$/,
      );
      expect(failed.code).toBe(3);
      expect(pathsBelow(place.location).sort()).toEqual(before);
      free();
      expect(await run(args)).toMatchObject({ code: 0, stderr: '' });
      expect(pathsBelow(place.location).length).toBe(before.length + 1);
    }));

  test.each(['out.json', 'out.ndjson.gz', 'out.csv', 'out.db'])('leaves nothing of an export to %s', name =>
    onSmallDisk(async ({ path, ...disk }) => {
      const file = join(path, name);
      const failures = await runUntilDone({ path, ...disk }, ['export', at('new'), '--to', file], () =>
        expect(pathsBelow(path)).toEqual([]),
      );
      expect(failures).toBeGreaterThan(1);
      expect(existsSync(file)).toBe(true);
    }),
  );
});

/** All files of a set are in another folder, with the same bytes. */
function expectSameSet(location: string, expected: string): void {
  for (const path of pathsBelow(expected).filter(name => /\.(mpk|json)$/.test(name)))
    expect(readFileSync(join(location, path)).equals(readFileSync(join(expected, path))), path).toBe(true);
}
