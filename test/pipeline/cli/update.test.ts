import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ndjson } from '#test/support/chunk-sets.ts';
import { call, jsonLines } from '#test/support/run-command.ts';
import { leftoversIn } from '#test/support/temporary.ts';
import { STARS, starFolder } from './star-folder.ts';

const { at, write } = starFolder();

const indexOf = (set: string) => readFileSync(join(at(set), 'index.json'), 'utf8');
const extra = { id: 'extra', name: 'Extra', region: 'North', x: 1, y: 2, z: 3 };

/** A new set, updated by some arguments; `files` are given by name in these. */
async function update(
  name: string,
  files: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<Awaited<ReturnType<typeof call>>> {
  const built = await call(['build', at('systems.ndjson'), '--out', at(name), '--quiet', '--no-flush']);
  expect(built.code).toBe(0);
  for (const [file, text] of Object.entries(files)) write(file, text);
  return call(['update', at(name), ...args.map(arg => (Object.hasOwn(files, arg) ? at(arg) : arg))]);
}

describe('update', () => {
  test('prints a summary, and the set is that of a build', async () => {
    const { code, stdout, stderr } = await update(
      'updated',
      { 'one.ndjson': ndjson([extra]), 'two.ndjson': ndjson([{ ...extra, id: 'other' }]), gone: 'unknown\n' },
      ...['--upsert', 'one.ndjson', 'two.ndjson', '--delete', 'gone'],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^Updated .*updated: 2 added, 0 changed, 0 removed\n {2}62 systems, generation [0-9a-f]{64}\n/,
    );
    expect(stdout).toMatch(/\n {2}read \d+ files \([\d.]+ kB\), wrote \d+ files \([\d.]+ kB\)\n/);
    expect(stdout).toMatch(
      /\n {2}1 conflict; --rejects FILE lists them\n {4}.*gone, line 1: no system has the id or name "unknown"\n/,
    );
    write('all.ndjson', ndjson([...STARS, extra, { ...extra, id: 'other' }]));
    await call(['build', at('all.ndjson'), '--out', at('whole'), '--quiet', '--no-flush']);
    expect(indexOf('updated')).toBe(indexOf('whole'));
  });

  test('says which edits are not made, and nothing else, with --quiet', async () => {
    expect(await update('quiet', { gone: 'unknown\n' }, '--delete', 'gone', '--quiet')).toEqual({
      code: 0,
      stdout: '',
      stderr: expect.stringMatching(/^haven-chunks: 1 conflict; .*\n {2}.*line 1: no system has .*\n$/),
    });
  });

  test('--json prints one object; --dry-run changes nothing; nothing to do is exit code 0', async () => {
    const planned = await update('planned', { x: ndjson([extra]) }, '--upsert', 'x', '--dry-run', '--json');
    expect({ code: planned.code, stderr: planned.stderr }).toEqual({ code: 0, stderr: '' });
    const { generation, previous, read, written, ...summary } = JSON.parse(planned.stdout);
    expect(summary).toMatchObject({ systems: 61, added: 1, changed: 0, removed: 0, conflicts: 0 });
    expect(Math.min(read.files, read.bytes, written.files, written.bytes)).toBeGreaterThan(0);
    expect(JSON.parse(indexOf('planned')).generation).toBe(previous);
    expect(generation).not.toBe(previous);
    const nothing = await call(['update', at('planned'), '--upsert', at('systems.ndjson')]);
    expect(nothing.code).toBe(0);
    expect(nothing.stdout).toMatch(
      /^Nothing to change in .*planned\n {2}60 systems.*\n {2}60 systems edited to what it was\n/s,
    );
  });

  test('with options that are wrong keeps what --rejects has written before', async () => {
    const { code } = await update(
      'kept',
      { more: ndjson([extra]), 'before.ndjson': 'of another command' },
      ...['--upsert', 'more', '--map', 'bogus', '--rejects', 'before.ndjson'],
    );
    expect(code).toBe(2);
    expect(readFileSync(at('before.ndjson'), 'utf8')).toBe('of another command');
  });

  test('--strict fails at a conflict with exit code 1, and --rejects lists it', async () => {
    const { code, stdout, stderr } = await update(
      'strict',
      { gone: 'unknown\n', 'rejects.ndjson': '' },
      ...['--delete', 'gone', '--strict', '--rejects', 'rejects.ndjson'],
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/--strict: 1 edit does not fit the set; nothing was written/);
    expect(jsonLines(readFileSync(at('rejects.ndjson'), 'utf8'))).toMatchObject([
      { line: 1, reason: 'no system has the id or name "unknown"' },
    ]);
    expect(leftoversIn(at('strict'))).toEqual([]);
  });

  test('says before it makes very many edits that a build takes less, unless it is quiet', async () => {
    const many = Array.from({ length: 10_000 }, (_, i) => `unknown ${i}\n`);
    const { code, stdout, stderr } = await update('many', { gone: many.join('') }, '--delete', 'gone');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Nothing to change/);
    expect(stderr).toBe(
      'haven-chunks: 10,000 edits of a set of 60 systems: a build of the edited catalogue takes less time and memory than an update\n',
    );
    const quiet = await call(['update', at('many'), '--delete', at('gone'), '--quiet']);
    expect(quiet.stderr).not.toContain('a build of the edited catalogue');
    write('few', many.slice(1).join(''));
    expect((await call(['update', at('many'), '--delete', at('few')])).stderr).toBe('');
  });

  test('takes the lines of diff for a copy of the older set', async () => {
    await update(
      'newer',
      { x: ndjson([extra]), p: '{"id":"extra","note":"n"}' },
      '--upsert',
      'x',
      '--patch',
      'p',
    );
    await call(['build', at('systems.ndjson'), '--out', at('older'), '--quiet', '--no-flush']);
    const { stdout } = await call(['diff', at('older'), at('newer')]);
    write('changes', stdout);
    const { code } = await call(['update', at('older'), '--changes', at('changes'), '--quiet']);
    expect(code).toBe(0);
    expect(indexOf('older')).toBe(indexOf('newer'));
  });

  test.each<[string, string[], number, RegExp]>([
    ['no edits', [], 2, /no edits are given: give --upsert, --patch, --delete or --changes FILE/],
    ['a missing file', ['--upsert', 'nothing.json'], 2, /nothing\.json/],
    ['a mistaken option', ['--remove', 'x'], 2, /unknown option --remove. Did you mean --delete\?/],
    ['an unexpected argument', ['--json', 'more'], 2, /unexpected argument "more"/],
  ])('refuses %s', async (_, args, code, message) => {
    const result = await update('refused', {}, ...args);
    expect({ code: result.code, stdout: result.stdout }).toEqual({ code, stdout: '' });
    expect(result.stderr).toMatch(message);
  });

  test('says that _meta is replaced, where nothing else changes', async () => {
    const named = await update('described', { x: '{"_meta":{"v":2},"systems":[]}' }, '--upsert', 'x');
    expect(named.stdout).toMatch(
      /^Updated .*: 0 added, 0 changed, 0 removed\n.*\n {2}_meta is that of the new files\n/s,
    );
    const again = await call(['update', at('described'), '--upsert', at('x'), '--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({ meta: false, written: { files: 0 } });
  });

  test('takes the index.json or the file URL of a set, as other commands do', async () => {
    await update('named', { patch: '{"id":"none","note":""}' }, '--patch', 'patch');
    const [index, url] = [at('named/index.json'), pathToFileURL(at('named')).href];
    for (const [location, note] of [
      [index, 'a'],
      [url, 'b'],
    ] as const) {
      write('patch', JSON.stringify({ id: STARS[0]!.id, note }));
      expect(await call(['update', location, '--patch', at('patch')])).toMatchObject({ code: 0, stderr: '' });
      const rejects = await call(['update', location, '--patch', at('patch'), '--rejects', at('named/x')]);
      expect(rejects).toMatchObject({ code: 2, stderr: expect.stringContaining('is inside the chunk set') });
    }
  });

  test('says what is at a location without a set, as other commands do', async () => {
    const missing = await call(['update', at('refuse'), '--upsert', at('systems.ndjson')]);
    expect(missing.code).toBe(3);
    expect(missing.stderr).toMatch(/refuse" does not exist. Did you mean .*refused\?/);
    const file = await call(['update', at('systems.ndjson'), '--upsert', at('systems.ndjson')]);
    expect(file.code).toBe(2);
    expect(file.stderr).toMatch(/is a catalogue, not a chunk set. Build it first: haven-chunks build/);
  });

  test('of a published set says to update its folder', async () => {
    const { code, stderr } = await call(['update', 's3://bucket/set', '--upsert', at('systems.ndjson')]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/s3:\/\/bucket\/set is not a folder: update a set in a folder, then publish/);
  });
});
