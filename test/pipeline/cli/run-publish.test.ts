/** publish, history, rollback and gc as a person and a script meet them: output, exit codes, messages. */
import { readdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { HistoryEntry } from '#pipeline/index.ts';
import { lockFolder } from '#pipeline/store/folder-lock.ts';
import { versions } from '#test/support/published-sets.ts';
import { call, jsonLines } from '#test/support/run-command.ts';
import { pathsBelow } from '#test/support/temporary.ts';
import { starFolder } from './star-folder.ts';

const { at } = starFolder();
const { folders, generations } = versions(3);
const published = () => at('published');

/** Time passes for all files of the published set. */
function age(hours: number): void {
  for (const path of pathsBelow(published())) {
    const time = Date.now() / 1000 - hours * 3600;
    if (path.includes('.')) utimesSync(join(published(), path), time, time);
  }
}

beforeAll(async () => {
  for (const version of [0, 1])
    expect((await call(['publish', folders[version]!, published(), '--quiet'])).stdout).toBe('');
});

describe('publish', () => {
  test('prints a summary, and nothing new where the generation is live already', async () => {
    const place = at('first');
    const first = await call(['publish', folders[0]!, place]);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(
      new RegExp(`^Published ${place}, generation ${generations[0]}\\n {2}the first generation here\\n`),
    );
    expect(first.stdout).toMatch(
      /\n {2}\d+ files, [\d.]+ kB: \d+ files \([\d.]+ kB\) sent, 0 files unchanged\n/,
    );
    const second = await call(['publish', folders[1]!, place, '--no-flush']);
    expect(second.stdout).toContain(`  replaces ${generations[0]}\n`);
    const again = await call(['publish', folders[1]!, place]);
    expect(again.stdout).toMatch(new RegExp(`^${place} has generation ${generations[1]} already\n`));
  });

  test('prints a plan: files, bytes, requests, and for a bucket the cost with its prices', async () => {
    const { code, stdout } = await call(['publish', folders[2]!, published(), '--plan']);
    expect(code).toBe(0);
    expect(stdout).toContain(`  replaces ${generations[1]}\n`);
    expect(stdout).not.toContain('USD');
    const { planPublish, memoryStore } = await import('#pipeline/index.ts');
    const plan = await planPublish(folders[2]!, memoryStore());
    expect(plan.cost!.requests).toBeCloseTo((0.005 * (plan.requests.put + plan.requests.list)) / 1000, 9);
    const { describePlan } = await import('#pipeline/cli/commands/run-publish.ts');
    expect(describePlan(plan, 's3://bucket')).toMatch(
      /about \d+ PUT, 3 LIST and 0 GET: 0\.\d+ USD.*\n.*0\.0050 USD for 1,000 PUT or LIST, 0\.00040 USD for 1,000 GET, 0\.023 USD/,
    );
  });

  test('has exit code 3 for the loser of a race, and a message that says what to do', async () => {
    const place = at('raced');
    await call(['publish', folders[0]!, place, '--base', 'none']);
    const lost = await call(['publish', folders[1]!, place, '--base', generations[2]!]);
    expect(lost).toMatchObject({ code: 3, stdout: '' });
    expect(lost.stderr).toContain(`the live generation was expected to be generation ${generations[2]}`);
    expect(lost.stderr).toContain(`is generation ${generations[0]}; apply the changes to the live one`);
    expect((await call(['publish', folders[1]!, place, '--base', 'none'])).code).toBe(3);
    const lock = lockFolder(place);
    try {
      expect(await call(['publish', folders[1]!, place])).toMatchObject({
        code: 3,
        stderr: expect.stringContaining('is in use'),
      });
    } finally {
      lock.release();
    }
    expect((await call(['publish', folders[1]!, place, '--base', generations[0]!])).code).toBe(0);
  });

  test.each([
    [['publish', 'SET'], /DEST is missing: give where clients read it: a folder, or s3:/],
    [
      ['publish', 'SET', 'x', '--base', 'abc'],
      /--base is "abc", expected a generation of 64 hexadecimal digits/,
    ],
    [['publish', 'SET', 'x', '--parent', 'none'], /unknown option --parent. Did you mean --base\?/],
    [
      ['publish', 'SET', 'https://example.org/set'],
      /can only be read: give a folder or s3:\/\/bucket\/prefix/,
    ],
    [['publish', 'SET', 's3://'], /expected s3:\/\/bucket\/prefix/],
    [['publish', 'SET', 's3://bucket', '--endpoint', 'localhost'], /endpoint is "localhost": expected a URL/],
    [['publish', 'SET', 'SET'], /are the same folder/],
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await call(args.map(word => word.replace('SET', folders[0]!)));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  test('of a catalogue says how to build it', async () => {
    const { code, stderr } = await call(['publish', at('systems.ndjson'), at('x')]);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('Build it first') });
  });
});

describe('history', () => {
  test('is a table for a person, and JSON for a script', async () => {
    const table = await call(['history', published(), '--table']);
    const [head, ...rows] = table.stdout.trimEnd().split('\n');
    expect(head).toMatch(/^generation +state +kind +time +systems/);
    expect(rows.map(row => row.split(/ +/).slice(0, 2))).toEqual([
      [generations[1]!.slice(0, 12), 'live'],
      [generations[0]!.slice(0, 12), 'kept'],
    ]);
    const json = await call(['history', published()]);
    expect(jsonLines<HistoryEntry>(json.stdout)).toMatchObject([
      { generation: generations[1], parent: generations[0], kind: 'publish', live: true, kept: true },
      { generation: generations[0], parent: null, counts: { systems: 24 }, live: false, kept: true },
    ]);
  });

  test('of a set that was only built has one entry; of no set an error', async () => {
    const { stdout } = await call(['history', at('set')]);
    expect(jsonLines<HistoryEntry>(stdout)).toMatchObject([{ kind: 'unrecorded', time: null, live: true }]);
    expect((await call(['history', at('sett')])).stderr).toContain(`Did you mean ${at('set')}?`);
  });
});

describe('rollback', () => {
  test('makes a kept generation live, and is an entry of the history', async () => {
    const { code, stdout } = await call(['rollback', published(), '--to', generations[0]!.slice(0, 6)]);
    expect(code).toBe(0);
    expect(stdout).toContain(`generation ${generations[0]}\n  replaces ${generations[1]}\n  24 systems\n`);
    const index = JSON.parse(readFileSync(join(published(), 'index.json'), 'utf8'));
    expect(index.generation).toBe(generations[0]);
    const again = await call(['rollback', published(), '--to', generations[0]!, '--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({ changed: false, generation: generations[0] });
    const kinds = jsonLines<HistoryEntry>((await call(['history', published()])).stdout).map(
      ({ kind }) => kind,
    );
    expect(kinds).toEqual(['rollback', 'publish', 'publish']);
    expect((await call(['rollback', published(), '--to', generations[1]!, '--quiet'])).stdout).toBe('');
  });

  test.each([
    ['abc', 'is too short'],
    ['f'.repeat(64), 'is not kept; kept generations: '],
  ])('refuses %s', async (generation, reason) => {
    const { code, stderr } = await call(['rollback', published(), '--to', generation]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(reason) });
  });
});

describe('gc', () => {
  test('marks, waits, deletes, and says so', async () => {
    age(48);
    const gc = (...args: string[]) => call(['gc', published(), '--keep', '1', '--grace', '24h', ...args]);
    const before = pathsBelow(published()).sort();
    const dry = await gc('--dry-run');
    expect(dry.stdout).toMatch(/ {2}would be marked for a later run: [1-9]\d* files, 1 generation\n/);
    expect(pathsBelow(published()).sort()).toEqual(before);
    const first = await gc();
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(/^1 generation of .* kept, the live one included\n {2}deleted: 0 files/);
    const waiting = await gc();
    expect(waiting.stdout).toMatch(/\n {2}marked earlier: [1-9]\d* files, the first of them due at 20\d\d-/);
    for (const name of readdirSync(join(published(), 'history'))) {
      const time = Date.now() / 1000 - 30 * 3600;
      utimesSync(join(published(), 'history', name), time, time);
    }
    const { deleted, dropped } = JSON.parse((await gc('--json')).stdout);
    expect([deleted.files > 0, dropped]).toEqual([true, [generations[0]]]);
    expect((await call(['verify', published()])).stdout).toContain('No orphans');
  });

  test.each([
    [['--keep', '0', '--grace', '1d'], /--keep is "0", expected an integer of at least 1/],
    [
      ['--keep', '1', '--grace', '1 day'],
      /--grace is "1 day", expected a duration such as 90s, 45m, 24h or 7d/,
    ],
    [['--keep', '1', '--grace', '-1d'], /--grace needs a value|--grace is "-1d"/],
    [['--keep', '1'], /--grace is missing/],
    [['--keep', '1', '--grace', '0s'], /the grace is 0 s, shorter than the longest recorded publish/],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await call(['gc', published(), ...args]);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  test('of no set deletes nothing', async () => {
    expect((await call(['gc', at('nowhere'), '--keep', '1', '--grace', '1d'])).code).toBe(3);
    expect(readdirSync(at('.'))).not.toContain('nowhere');
  });
});
