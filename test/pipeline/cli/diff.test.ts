/** diff as a person and a script meet it: lines, tables, numbers, exit codes; and generations of a published set. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '#client/index.ts';
import { ndjson } from '#test/support/chunk-sets.ts';
import { startServer } from '#test/support/file-server.ts';
import { versions } from '#test/support/published-sets.ts';
import { call, jsonLines } from '#test/support/run-command.ts';
import { STARS, starFolder } from './star-folder.ts';

const { at, write } = starFolder();
const { folders, generations } = versions(2);
const published = () => at('published');

/** The stars after some edits: one is new, one is gone, one has another name, one another moon. */
const EDITED: JsonObject[] = [
  ...STARS.slice(1, 10),
  { ...STARS[10]!, planets: [{ moons: [{ name: 'other' }] }, { moons: [{ name: 'n' }] }] },
  { ...STARS[11]!, name: 'Renamed' },
  ...STARS.slice(12),
  { id: 'NEW', name: 'New star', x: 5, y: 5, z: 5, region: 'West' },
] as JsonObject[];

const build = async (name: string, text: string, ...options: string[]) => {
  const input = write(`${name}.json`, text);
  const args = ['--chunk-limit', '8', '--listings', 'kind,kind:desc', '--quiet', ...options];
  expect((await call(['build', input, '--out', at(name), ...args])).code).toBe(0);
};

beforeAll(async () => {
  await build('edited', ndjson(EDITED));
  for (const set of folders) expect((await call(['publish', set, published(), '--quiet'])).code).toBe(0);
});

describe('diff', () => {
  test('in a pipe: a change a line, with the record after it', async () => {
    const { code, stdout, stderr } = await call(['diff', at('set'), at('edited')]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = jsonLines<JsonObject>(stdout);
    expect(lines).toHaveLength(4);
    expect(lines).toEqual(
      expect.arrayContaining([
        { change: 'added', id: 'NEW', name: 'New star', region: 'West', record: EDITED.at(-1) },
        { change: 'removed', id: 'S00', name: 'Star 0' },
        {
          change: 'changed',
          id: 'S11',
          name: 'Renamed',
          region: 'West',
          fields: ['name'],
          record: EDITED[10],
        },
        {
          change: 'changed',
          id: 'S10',
          name: 'Star 10',
          region: 'West',
          fields: ['planets'],
          record: EDITED[9],
        },
      ]),
    );
  });

  test('--fields: values before and after', async () => {
    const { stdout } = await call(['diff', at('set'), at('edited'), '--fields']);
    const changed = jsonLines<JsonObject>(stdout).filter(({ change }) => change === 'changed');
    expect(Object.fromEntries(changed.map(({ id, fields }) => [id, fields]))).toEqual({
      S10: [{ path: 'planets[0].moons[0].name', before: 'm', after: 'other' }],
      S11: [{ path: 'name', before: 'Star 11', after: 'Renamed' }],
    });
    const table = await call(['diff', at('set'), at('edited'), '--fields', '--table']);
    expect(table.stdout).toMatch(/^change +name +id +field +before +after\n/);
    expect(table.stdout).toMatch(/changed +Renamed +S11 +name +Star 11 +Renamed\n/);
    expect(table.stdout).toMatch(/removed +Star 0 +S00\n/);
  });

  test('on a terminal: a table, then the numbers', async () => {
    const { code, stdout, stderr } = await call(['diff', at('set'), at('edited')], { isTTY: true });
    expect(code).toBe(0);
    expect(stdout).toMatch(/changed +Renamed +S11 +name\n/);
    expect(stderr).toMatch(
      /^4 systems: 1 added, 1 removed, 2 changed\n\d+ files \([\d.]+ kB before compression\) only in NEW, \d+ files \([\d.]+ kB\) only in OLD\n$/,
    );
  });

  test('--json: one object with the numbers', async () => {
    const { code, stdout } = await call(['diff', at('set'), at('edited'), '--json']);
    expect(code).toBe(0);
    const [numbers, ...more] = jsonLines<JsonObject>(stdout);
    expect(more).toEqual([]);
    expect(numbers).toMatchObject({ added: 1, removed: 1, changed: 2, meta: false, options: [] });
    const reversed = JSON.parse((await call(['diff', at('edited'), at('set'), '--json'])).stdout);
    const { before, after, files, bytes, oldFiles, oldBytes } = reversed;
    expect(numbers).toMatchObject({
      ...{ before: after, after: before, files: oldFiles, bytes: oldBytes, oldFiles: files, oldBytes: bytes },
    });
    expect(files).toBeGreaterThan(5);
    expect(bytes).toBeGreaterThan(1000);
  });

  test('equal sets: exit code 4, and no line', async () => {
    const { code, stdout, stderr } = await call(['diff', at('set'), at('set')]);
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toMatch(/^haven-chunks: no difference: both sets are generation [0-9a-f]{64}\n$/);
    const json = await call(['diff', at('set'), at('set'), '--json', '--stats']);
    expect(json.code).toBe(4);
    expect(JSON.parse(json.stdout)).toMatchObject({ added: 0, removed: 0, changed: 0, files: 0, bytes: 0 });
    expect(json.stderr).toContain('{"requests":2,');
  });

  test('other _meta values and options, with equal systems', async () => {
    await build('meta', `{"_meta":{"of":"tests"},"systems":[${ndjson(STARS).trim().split('\n').join()}]}`);
    await build('plain', ndjson(STARS), '--search', 'none');
    const { code, stdout } = await call(['diff', at('plain'), at('meta')]);
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(jsonLines(stdout)).toEqual([{ change: 'meta', meta: [{ of: 'tests' }] }]);
    const { stderr } = await call(['diff', at('plain'), at('set')]);
    expect(stderr).toBe('haven-chunks: no system differs; the options of the sets do: search\n');
    const table = await call(['diff', at('plain'), at('meta'), '--table']);
    expect(table.stderr).toMatch(/The options differ: search\nThe _meta values differ\n$/);
  });

  test('a set that is not there', async () => {
    const { code, stderr } = await call(['diff', at('set'), at('sett')]);
    expect(code).toBe(3);
    expect(stderr).toContain(`Did you mean ${at('set')}?`);
    expect((await call(['diff', at('set')])).code).toBe(2);
  });
});

describe('SET@GENERATION', () => {
  test('is a kept generation, or the live one, in every command that reads a set', async () => {
    const [old, now] = generations.map(name => `${published()}@${name.slice(0, 8)}`) as [string, string];
    const { code, stdout } = await call(['diff', old, now]);
    expect(code).toBe(0);
    expect(jsonLines<JsonObject>(stdout).map(({ change, fields }) => [change, fields])).toEqual(
      Array.from({ length: 8 }, () => ['changed', ['version']]),
    );
    expect((await call(['diff', now, published()])).code).toBe(4);
    for (const command of ['inspect', 'verify', 'export'] as const) {
      const more = command === 'export' ? ['--to', '-'] : ['--json'];
      const result = await call([command, old, ...more]);
      expect(result.code, command).toBe(0);
      if (command !== 'export') expect(result.stdout).toContain(generations[0]!);
    }
    expect((await call(['verify', `${at('set')}@${'0'.repeat(8)}`])).code).toBe(2);
  });

  test('of a folder that was built in place: its live generation', async () => {
    expect((await call(['diff', `${folders[0]}@${generations[0]!.slice(0, 4)}`, folders[1]!])).code).toBe(0);
  });

  test('that is not kept, or too short', async () => {
    const { code, stderr } = await call(['query', 'regions', `${published()}@00000000`]);
    expect(code).toBe(2);
    const names = /is not kept; kept generations: [0-9a-f]{12}, [0-9a-f]{12}\n/;
    expect(stderr).toMatch(names);
  });

  test('at a URL: with all digits', async () => {
    const server = await startServer(published());
    try {
      const whole = await call(['diff', `${server.url}@${generations[0]}`, published()]);
      expect(whole).toMatchObject({ code: 0, stderr: '' });
      const short = await call(['diff', `${server.url}@${generations[0]!.slice(0, 8)}`, published()]);
      expect(short.code).toBe(2);
      expect(short.stderr).toContain('generations at a URL cannot be listed; give all 64 digits');
      const unknown = await call(['diff', `${server.url}@${'0'.repeat(64)}`, published()]);
      expect(unknown.code).toBe(2);
      expect(unknown.stderr).toContain('it is not kept');
    } finally {
      await server.close();
    }
  });

  test('at a URL of a set that was built in place: its live generation', async () => {
    const server = await startServer(folders[0]!);
    try {
      expect((await call(['diff', `${server.url}@${generations[0]}`, folders[0]!])).code).toBe(4);
      expect((await call(['diff', `${server.url}@${generations[1]}`, folders[0]!])).code).toBe(2);
    } finally {
      await server.close();
    }
  });
});
