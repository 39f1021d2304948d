import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderSource, type JsonObject, memorySource, openTileset } from '#client/node/index.ts';
import { galaxySystems } from '#data/galaxy.ts';
import {
  type BuildOptions,
  type EditConflict,
  EditConflictError,
  InputError,
  LockedError,
  memoryStore,
  type Reject,
  type SetEdits,
  UsageError,
  updateTileset,
  verifySet,
} from '#pipeline/index.ts';
import { lockFolder } from '#pipeline/store/folder-lock.ts';
import { EditedFiles } from '#pipeline/update/edited-files.ts';
import { conflictLine } from '#pipeline/update/update-tileset.ts';
import { exactText, seeded } from '#test/support/arbitrary.ts';
import { type Built, buildTexts, ndjson, readSet, writeInputs } from '#test/support/chunk-sets.ts';
import { failure } from '#test/support/stored-files.ts';
import { inFolder, leftoversIn } from '#test/support/temporary.ts';

const FAST = { flush: false } as const;
const star = (i: number, more: JsonObject = {}): JsonObject => ({
  ...{ id: `S${i}`, name: `Star ${i}`, region: `R${i % 3}`, x: i, y: (i * 7) % 50, z: -i },
  sentinel: i % 2 === 0 ? 'high' : 'low',
  ...more,
});
const STARS = Array.from({ length: 60 }, (_, i) => star(i));

/** Names and contents of files that the index leads to, and the index. */
function stateOf(directory: string) {
  return readFileSync(join(directory, 'index.json'), 'utf8');
}

/** Builds a set and updates it; the files of `edits` have the given texts. */
async function withUpdate<T>(
  records: readonly JsonObject[],
  options: BuildOptions,
  use: (set: {
    readonly built: Built;
    readonly folder: string;
    update(
      texts: { readonly [K in 'upsert' | 'patch' | 'delete' | 'changes']?: string },
    ): ReturnType<typeof updateTileset>;
  }) => Promise<T>,
): Promise<T> {
  return inFolder(async folder => {
    const built = await buildTexts(folder, [ndjson(records)], { gzipLevel: 1, chunkLimit: 8, ...options });
    let count = 0;
    const update = (texts: Readonly<Record<string, string>>) => {
      const edits = Object.fromEntries(
        Object.entries(texts).map(([kind, text]) => [kind, writeInputs(folder, `edit-${count++}`, [text])]),
      );
      return updateTileset(built.directory, edits as SetEdits, FAST);
    };
    return use({ built, folder, update });
  });
}

/** Expects that a set has the index and all files of a build of other records with its options. */
async function expectBuiltFrom(
  directory: string,
  records: readonly JsonObject[],
  folder: string,
  metas: readonly string[] = [],
): Promise<void> {
  const { index, stored } = readSet(directory);
  const { options } = index;
  const text = `${ndjson(records)}`;
  const inputs = [text, ...metas.map(meta => `{"_meta":${meta}}`)];
  const expected = await buildTexts(folder, inputs, options, `expected-${readdirSync(folder).length}`);
  expect(index).toEqual(expected.files.index);
  for (const [path, bytes] of expected.files.stored)
    if (path !== 'index.json') expect(stored.get(path), path).toEqual(bytes);
  expect(leftoversIn(directory)).toEqual([]);
}

describe('an update of a folder', () => {
  test('has the files of a build of the edited catalogue, compressed alike, and leaves nothing else', async () => {
    await withUpdate(STARS, { chunkLimit: 8, gzipLevel: 9 }, async ({ built, folder, update }) => {
      const moved = star(7, { x: -500 });
      const summary = await update({
        upsert: ndjson([star(100), moved, star(3)]),
        patch: '{"id":"S9","sentinel":null,"note":"n"}\n{"name":"Star 10","region":"New"}',
        delete: 'S20\nStar 21\n',
      });
      expect(summary).toMatchObject({
        ...{ added: 1, changed: 3, removed: 2, identical: 1, conflicts: 0, rejected: 0 },
        ...{ systems: 59, previous: built.summary.generation },
      });
      const others = STARS.filter(({ id }) => !['S7', 'S9', 'S10', 'S20', 'S21'].includes(id as string));
      const patched = [star(9, { sentinel: null, note: 'n' }), star(10, { region: 'New' })];
      await expectBuiltFrom(built.directory, [...others, star(100), moved, ...patched], folder);
      expect(summary.written.files).toBeGreaterThan(5);
      const report = await verifySet(folderSource(built.directory), { canonical: true });
      expect(report.problems).toEqual([]);
    });
  });

  test('keeps its files in place where they do not change', async () => {
    await withUpdate(STARS, {}, async ({ built, update }) => {
      const before = new Map(
        [...built.files.stored.keys()].map(path => [path, statSync(join(built.directory, path)).mtimeMs]),
      );
      await update({ patch: '{"id":"S9","note":"n"}' });
      const { stored } = readSet(built.directory);
      const kept = [...before.keys()].filter(path => path !== 'index.json');
      for (const path of kept) expect(statSync(join(built.directory, path)).mtimeMs).toBe(before.get(path));
      expect(stored.size).toBeGreaterThan(before.size);
    });
  });

  test('grows from an empty set, and can become empty again', async () => {
    await withUpdate([], { facets: 'sentinel' }, async ({ built, folder, update }) => {
      const empty = stateOf(built.directory);
      expect(await update({ upsert: ndjson([star(1)]) })).toMatchObject({ systems: 1, added: 1 });
      await expectBuiltFrom(built.directory, [star(1)], folder);
      expect(await update({ upsert: ndjson(STARS) })).toMatchObject({ systems: 60, added: 59, identical: 1 });
      await expectBuiltFrom(built.directory, STARS, folder);
      const ids = JSON.stringify(STARS.map(({ id }) => id!));
      expect(await update({ delete: ids })).toMatchObject({ systems: 0, removed: 60 });
      expect(stateOf(built.directory)).toBe(empty);
    });
  });

  test('changes nothing where nothing differs, and says so', async () => {
    await withUpdate(STARS, {}, async ({ built, update }) => {
      const before = stateOf(built.directory);
      const summary = await update({ upsert: ndjson(STARS.slice(3, 6)), patch: '{"id":"S9","region":"R0"}' });
      expect(summary).toMatchObject({ identical: 4, added: 0, changed: 0, removed: 0 });
      expect(summary).toMatchObject({
        written: { files: 0, bytes: 0 },
        generation: built.summary.generation,
      });
      expect(stateOf(built.directory)).toBe(before);
    });
  });

  test('keeps _meta, or takes that of the new files', async () => {
    const first = `{"_meta":{"v":1},"systems":[${STARS.map(own => exactText(own)).join()}]}`;
    await inFolder(async folder => {
      const { directory } = await buildTexts(folder, [first], { chunkLimit: 8, gzipLevel: 1 });
      const upsert = (text: string) => writeInputs(folder, `upsert-${text.length}`, [text]);
      await updateTileset(directory, { upsert: upsert(ndjson([star(100)])) }, FAST);
      await expectBuiltFrom(directory, [...STARS, star(100)], folder, ['{"v":1}']);
      await updateTileset(directory, { upsert: upsert('{"_meta":{"v":2},"systems":[]}') }, FAST);
      await expectBuiltFrom(directory, [...STARS, star(100)], folder, ['{"v":2}']);
    });
  });

  test('of one edit reads and writes few files of a set of thousands', async () => {
    const records = [...galaxySystems({ count: 4_000, seed: 5 })] as unknown as JsonObject[];
    await withUpdate(records, { chunkLimit: 32 }, async ({ built, folder, update }) => {
      const record = records[77]!;
      const summary = await update({ patch: exactText({ id: record['id']!, discovered_by: 'Somebody' }) });
      expect(summary).toMatchObject({ changed: 1 });
      const files = built.summary.files;
      expect(files).toBeGreaterThan(500);
      expect(summary.read.files).toBeLessThan(files / 10);
      expect(summary.written.files).toBeLessThan(files / 15);
      const after = records.map(own => (own === record ? { ...own, discovered_by: 'Somebody' } : own));
      await expectBuiltFrom(built.directory, after, folder);
    });
  });

  test('of a random third of a real catalogue, several times over, has the files of a build', async () => {
    const path = new URL('../../../data/nearby-stars.json', import.meta.url);
    const { _meta, ...bundled } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, JsonObject>;
    const all = Object.values(bundled);
    const idOf = (own: JsonObject) => own['id'] as string;
    const random = seeded(3);
    await inFolder(async folder => {
      const first = all.slice(0, 200);
      const options = { chunkLimit: 16, preview: { size: 4 } };
      const { directory } = await buildTexts(folder, [ndjson(first)], options);
      const catalogue = new Map(first.map(own => [idOf(own), own]));
      for (let round = 0; round < 3; round++) {
        const upserted = all.filter(() => random() < 0.2).map((own): JsonObject => ({ ...own, round }));
        const deleted = [...catalogue.keys()].filter(() => random() < 0.2);
        const [upsert, gone] = writeInputs(folder, `round-${round}`, [
          ndjson(upserted),
          JSON.stringify(deleted),
        ]);
        await updateTileset(directory, { upsert: [upsert!], delete: [gone!] }, FAST);
        for (const own of upserted) catalogue.set(idOf(own), own);
        for (const id of deleted) catalogue.delete(id);
        await expectBuiltFrom(directory, [...catalogue.values()], folder);
      }
    });
  });
});

describe('an edit that does not fit', () => {
  const conflictsOf = async (directory: string, edits: SetEdits) => {
    const conflicts: Pick<EditConflict, 'reason' | 'key'>[] = [];
    const onConflict = ({ reason, key }: EditConflict) => void conflicts.push({ reason, key });
    const summary = await updateTileset(directory, edits, FAST, { onConflict });
    expect(summary.conflicts).toBe(conflicts.length);
    return { summary, conflicts };
  };

  test('is reported and counted, and the others are made', async () => {
    const twins = [star(1, { name: 'Twin' }), star(2, { name: 'Twin' }), star(3)];
    await withUpdate(twins, {}, async ({ built, folder }) => {
      const { summary, conflicts } = await conflictsOf(built.directory, {
        edits: [
          { action: 'delete', id: 'unknown' },
          { action: 'delete', name: 'Twin' },
          { action: 'delete', text: 'nobody' },
          { action: 'patch', id: 'unknown', updates: { note: 'n' } },
          { action: 'patch', id: 'S3', updates: { note: 'n', kept: true } },
          { action: 'patch', id: 'S3', updates: { note: 'm' } },
        ],
      });
      expect(conflicts).toEqual([
        { reason: 'unknown id', key: 'unknown' },
        { reason: 'ambiguous name', key: 'Twin' },
        { reason: 'unknown name', key: 'nobody' },
        { reason: 'unknown id', key: 'unknown' },
        { reason: 'id twice', key: 'S3' },
      ]);
      expect(summary).toMatchObject({ changed: 1, removed: 0 });
      await expectBuiltFrom(
        built.directory,
        [...twins.slice(0, 2), star(3, { note: 'm', kept: true })],
        folder,
      );
      expect(conflictLine({ reason: 'id twice', key: 'S3', isApplied: true })).toBe(
        'an earlier edit changes the system "S3" too: this one was made after it',
      );
    });
  });

  test('fails a strict update, which changes nothing', async () => {
    await withUpdate(STARS, {}, async ({ built, folder }) => {
      const before = stateOf(built.directory);
      const [gone] = writeInputs(folder, 'gone', ['S1\nnobody\n']);
      const edits = { delete: [gone!] };
      const error = await failure(updateTileset(built.directory, edits, { ...FAST, strict: true }));
      expect(error).toBeInstanceOf(EditConflictError);
      expect(error).toMatchObject({ file: gone, line: 2, reason: 'unknown name', found: 'nobody' });
      expect(error.message).toMatch(
        /1 edits? do.* not fit the set.*\n.*line 2: no system has the id or name "nobody"/,
      );
      expect(stateOf(built.directory)).toBe(before);
      expect(leftoversIn(built.directory)).toEqual([]);
    });
  });

  test('is a rejected record if its data is bad; an update of nothing else fails', async () => {
    await withUpdate(STARS, {}, async ({ built, folder, update }) => {
      const before = stateOf(built.directory);
      const bad = '{"id":"S1","x":"far"}';
      const upserted = await failure(update({ upsert: bad }));
      expect(upserted).toBeInstanceOf(InputError);
      expect(upserted.message).toMatch('there is no valid edit: 1 record was rejected; nothing was written');
      expect(await failure(update({ patch: bad }))).toMatchObject({ line: 1, field: 'x' });
      expect(await failure(update({ upsert: '{"id":' }))).toBeInstanceOf(InputError);
      expect(stateOf(built.directory)).toBe(before);
      const [mixed] = writeInputs(folder, 'mixed', [`${bad}\n${exactText(star(100))}\n`]);
      const rejects: Reject[] = [];
      const onReject = (reject: Reject) => void rejects.push(reject);
      const summary = await updateTileset(built.directory, { upsert: [mixed!] }, FAST, { onReject });
      expect(summary).toMatchObject({ rejected: 1, added: 1 });
      expect(rejects).toMatchObject([{ field: 'x', location: { line: 1 } }]);
    });
  });

  test('is not a failure beside a rejected record if it undoes another', async () => {
    await withUpdate(STARS, {}, async ({ built, update }) => {
      const before = stateOf(built.directory);
      const upsert = `${exactText(star(100))}\n{"id":"S1","x":"far"}\n`;
      expect(await update({ upsert, delete: 'S100\n' })).toMatchObject({
        ...{ added: 0, changed: 0, removed: 0, conflicts: 1, rejected: 1 },
      });
      expect(stateOf(built.directory)).toBe(before);
    });
  });
});

describe('an update', () => {
  test('that is a dry run says the same, and writes nothing', async () => {
    await withUpdate(STARS, {}, async ({ built }) => {
      const edits = { edits: [{ action: 'delete', id: 'S5' }] } as const;
      const names = readdirSync(built.directory, { recursive: true }).sort();
      const { seconds: _, ...planned } = await updateTileset(built.directory, edits, { dryRun: true });
      expect(readdirSync(built.directory, { recursive: true }).sort()).toEqual(names);
      const { seconds: __, ...done } = await updateTileset(built.directory, edits, FAST);
      expect(done).toEqual(planned);
    });
  });

  test('that is aborted, or finds a damaged file, leaves the set as it was', async () => {
    await withUpdate(STARS, {}, async ({ built }) => {
      const edits = { edits: [{ action: 'delete', id: 'S5' }] } as const;
      const names = readdirSync(built.directory, { recursive: true }).sort();
      const reason = new Error('enough');
      const aborted = updateTileset(built.directory, edits, FAST, {}, AbortSignal.abort(reason));
      expect(await failure(aborted)).toBe(reason);
      const chunk = [...built.files.stored.keys()].find(path => path.startsWith('tree/'))!;
      writeFileSync(join(built.directory, chunk), 'damaged');
      expect(await failure(updateTileset(built.directory, edits, FAST))).toMatchObject({ file: chunk });
      expect(readdirSync(built.directory, { recursive: true }).sort()).toEqual(names);
    });
  });

  test('leaves the event loop its turns while it reads cached files, so that a signal stops it', async () => {
    await withUpdate(STARS, {}, async ({ built: { files } }) => {
      const controller = new AbortController();
      const source = memorySource(files.stored);
      const edited = new EditedFiles(source, memoryStore(), files.index, controller.signal);
      const reads = async () => {
        for (let i = 0; i < 1_000; i++) await edited.get({ kind: 'tree', ...files.index.tree! });
      };
      await reads();
      const reason = new Error('enough');
      setImmediate(() => controller.abort(reason));
      expect(await failure(reads())).toBe(reason);
    });
  });

  test('takes the lock of the folder', async () => {
    await withUpdate(STARS, {}, async ({ built, update }) => {
      const lock = lockFolder(built.directory);
      try {
        expect(await failure(update({ delete: 'S1' }))).toBeInstanceOf(LockedError);
      } finally {
        lock.release();
      }
      expect(await update({ delete: 'S1' })).toMatchObject({ removed: 1 });
    });
  });

  test('needs a folder with a set of this version', async () => {
    await inFolder(async folder => {
      const edits = { edits: [{ action: 'delete', id: 'a' }] } as const;
      const remote = await failure(updateTileset('https://example.org/set', edits));
      expect(remote).toBeInstanceOf(UsageError);
      expect(remote.message).toMatch(/update a set in a folder, then publish/);
      expect(await failure(updateTileset(join(folder, 'nothing'), edits))).toMatchObject({
        name: 'NotFoundError',
      });
      expect(readdirSync(folder)).toEqual([]);
    });
  });

  test('is seen by a client as one generation or the other', async () => {
    await withUpdate(STARS, {}, async ({ built, update }) => {
      const before = await openTileset(built.directory, { cacheBytes: 0 });
      await update({ upsert: ndjson([star(5, { name: 'Renamed' })]), delete: 'S6' });
      const after = await openTileset(built.directory, { cacheBytes: 0 });
      expect((await before.systemById('S5'))?.name).toBe('Star 5');
      expect((await before.systemsByName('Star 6')).length).toBe(1);
      expect((await after.systemById('S5'))?.name).toBe('Renamed');
      expect(await after.systemById('S6')).toBeUndefined();
      expect((await after.search('renamed')).systems.map(({ id }) => id)).toEqual(['S5']);
    });
  });
});
