import { expect, test } from 'vitest';
import { memoryStore } from '#pipeline/index.ts';
import { chainOf, type Ledger, type PublishRecord, readLedger } from '#pipeline/publish/ledger.ts';
import { retain } from '#pipeline/publish/retain.ts';
import { failure } from '#test/support/stored-files.ts';

const hash = (name: string) => name.repeat(64);

/** A record of the history: which generation replaced which, when by the store's clock, and by the publisher's. */
function entry(
  generation: string,
  parent: string | null,
  modified: number,
  own = modified,
  state: Partial<PublishRecord> = {},
) {
  const content: PublishRecord = {
    ...{
      kind: 'publish',
      generation: hash(generation),
      parent: parent && hash(parent),
      time: '',
      failed: false,
    },
    ...{
      counts: { systems: 0, planets: 0, moons: 0, stations: 0 },
      files: 0,
      bytes: 0,
      sent: { files: 0, bytes: 0 },
    },
    ...{ seconds: 1, removed: [], writes: [], ...state },
  };
  return { path: `history/publish-${own}-00000000.json`, modified, content };
}

test('a history follows the parents; the time of the store decides between records of one generation', () => {
  const first = entry('a', null, 1, 9);
  const second = entry('b', 'a', 2, 8);
  const third = entry('a', 'b', 3, 1);
  const lost = entry('c', 'a', 4, 4, { seconds: null, failed: true });
  const fourth = entry('c', 'a', 5, 5);
  const all = [fourth, lost, third, second, first];
  for (const list of [all, all.toReversed()]) {
    expect(chainOf(list, hash('c'))).toEqual([fourth, third, second, first]);
    const earlier = list.filter(({ modified }) => modified <= 2);
    expect(chainOf(earlier, hash('b'))).toEqual([second, first]);
  }
});

test('a record that was not completed counts, and a set without a record follows the latest publish', () => {
  const first = entry('a', null, 1);
  const killed = entry('b', 'a', 2, 2, { seconds: null, writes: ['chunks/x.mpk'] });
  expect(chainOf([first, killed], hash('b'))).toEqual([killed, first]);
  expect(chainOf([first, killed], hash('f'))).toEqual([first]);
  expect(chainOf([], hash('f'))).toEqual([]);
});

test.each([
  ['publish', entry('a', null, 1).content],
  ['marks', { files: [], generations: [hash('a')], records: [] }],
])('a file of the kind %s that lacks a value is an error that names it', async (kind, content) => {
  const path = `history/${kind}-1-00000000.json`;
  const read = async (value: unknown) => {
    const store = memoryStore();
    await store.put(path, new TextEncoder().encode(JSON.stringify(value)));
    return readLedger(store, undefined);
  };
  await read(content);
  const lacking = (value: object): object[] =>
    Object.entries(value).flatMap(([key, own]) => [
      ...[undefined, {}, [null]].map(other => ({ ...value, [key]: other })),
      ...(own?.constructor === Object ? lacking(own).map(part => ({ ...value, [key]: part })) : []),
    ]);
  for (const value of [null, ...lacking(content)]) {
    const error = await failure(read(value));
    expect(error, JSON.stringify(value)).toMatchObject({ name: 'CorruptError', file: path });
  }
});

test('records are kept as long as the generations that they made live, each of the times', () => {
  const first = entry('a', null, 1);
  const second = entry('b', 'a', 2);
  const third = entry('a', 'b', 3);
  const generations = new Set([hash('a'), hash('b')]);
  const ledger: Ledger = { publishes: [first, second, third], marks: [], sweeps: [], generations };
  const recordsOf = (keep: number) => retain(ledger, hash('a'), keep).records;
  expect(recordsOf(2)).toEqual([]);
  expect(recordsOf(1)).toEqual([second, first]);
  expect(retain(ledger, hash('a'), 2)).toMatchObject({ kept: [hash('a'), hash('b')], dropped: [] });
  expect(retain(ledger, hash('a'), 1)).toMatchObject({ kept: [hash('a')], dropped: [hash('b')] });
});
