import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  changes,
  type JsonObject,
  openTileset,
  type QueryOptions,
  type SystemChange,
} from '#client/node/index.ts';
import { exactText } from '#test/support/arbitrary.ts';
import { buildTexts, ndjson, PLAIN } from '#test/support/chunk-sets.ts';
import { edited, GALAXY } from '#test/support/edited-catalogues.ts';
import { inFolder } from '#test/support/temporary.ts';

const OPTIONS = { ...PLAIN, chunkLimit: 40, detailWeight: 20_000 };

/** Key order of the record itself is not kept by a set. */
const textOf = (record: JsonObject) =>
  exactText(Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))));

/** The ids of the systems that differ, by SQL. */
function expectedChanges(before: readonly JsonObject[], after: readonly JsonObject[]) {
  const database = new DatabaseSync(':memory:');
  try {
    for (const [table, records] of Object.entries({ old: before, new: after })) {
      database.exec(`CREATE TABLE ${table} (id TEXT PRIMARY KEY, record TEXT)`);
      const insert = database.prepare(`INSERT INTO ${table} VALUES (?, ?)`);
      for (const record of records) insert.run(record['id'] as string, textOf(record));
    }
    const ids = (from: string) =>
      database
        .prepare(`SELECT id FROM ${from} ORDER BY id`)
        .all()
        .map(row => row['id'] as string);
    return {
      removed: ids('old WHERE id NOT IN (SELECT id FROM new)'),
      added: ids('new WHERE id NOT IN (SELECT id FROM old)'),
      changed: ids('old JOIN new USING (id) WHERE old.record <> new.record'),
    };
  } finally {
    database.close();
  }
}

/** Builds two sets and compares them. */
async function compared(
  before: readonly JsonObject[],
  after: readonly JsonObject[],
  options: QueryOptions = {},
) {
  return inFolder(async folder => {
    const old = await buildTexts(folder, [ndjson(before)], OPTIONS, 'old');
    const now = await buildTexts(folder, [ndjson(after)], OPTIONS, 'new');
    const found: SystemChange[] = [];
    const sets = [await openTileset(old.directory), await openTileset(now.directory)] as const;
    for await (const change of changes(...sets, options)) found.push(change);
    return found;
  });
}

const byKind = (found: readonly SystemChange[]) => {
  const ids = (kind: SystemChange['kind']) =>
    found
      .filter(change => change.kind === kind)
      .map(({ id }) => id)
      .sort();
  return { removed: ids('removed'), added: ids('added'), changed: ids('changed') };
};

test('removed and added systems come in the order of the bytes of their ids', async () => {
  const ids = ['a', '\uff5e', '\u{1f680}'];
  const systems = ids.map((id, i) => ({ id, x: i, y: 0, z: 0 }));
  const other = [{ id: 'other', x: 9, y: 9, z: 9 }];
  for (const [before, after] of [
    [other, systems],
    [systems, other],
  ] as const) {
    const found = await compared(before, after);
    expect(found.map(({ id }) => id).filter(id => id !== 'other')).toEqual(ids);
  }
});

test('the changes between two sets are those of SQL, with both records', async () => {
  await fc.assert(
    fc.asyncProperty(edited, async ({ before, after }) => {
      const found = await compared(before, after);
      expect(byKind(found)).toEqual(expectedChanges(before, after));
      const records = (all: readonly JsonObject[]) =>
        new Map(all.map(record => [record['id'], textOf(record)]));
      const [old, now] = [records(before), records(after)];
      for (const change of found) {
        if (change.kind !== 'added') expect(textOf(change.before.record)).toBe(old.get(change.id));
        if (change.kind !== 'removed') expect(textOf(change.after.record)).toBe(now.get(change.id));
      }
    }),
    { numRuns: 15 },
  );
});

test('a change names the fields that differ', async () => {
  const [first, second] = [GALAXY[0]!, GALAXY[1]!];
  const { materials: _, ...rest } = first;
  const found = await compared(
    [first, second],
    [{ ...rest, name: 'Renamed', noted: null } as JsonObject, second],
  );
  expect(found).toMatchObject([{ kind: 'changed', id: first['id'], fields: ['materials', 'name', 'noted'] }]);
});

test('equal sets need no request, and one new system in a cluster few', async () => {
  const before = GALAXY;
  const usage = { requests: 0, bytes: 0, roundTrips: 0, cacheHits: 0, ms: 0 };
  expect(await compared(before, before, { usage })).toEqual([]);
  expect(usage.requests).toBe(0);
  const after = [...before, { ...GALAXY[7]!, id: 'NEW' } as JsonObject];
  expect(byKind(await compared(before, after, { usage })).added).toEqual(['NEW']);
  expect(usage.requests).toBeLessThan(40);
});

test('a signal ends a comparison, and anything but a set is refused', async () => {
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(compared([GALAXY[0]!], [GALAXY[1]!], { signal })).rejects.toThrow('enough');
  await expect(changes({} as never, {} as never).next()).rejects.toThrow(
    'changes compares two open chunk sets',
  );
});
