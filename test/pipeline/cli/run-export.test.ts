import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { call, jsonLines } from '#test/support/run-command.ts';
import { STARS, starFolder } from './star-folder.ts';

const { at, write } = starFolder();

describe('export', () => {
  test('to a file, with a summary on standard error; to standard output', async () => {
    const { code, stdout, stderr } = await call(['export', at('set'), '--to', at('out.ndjson')]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toMatch(/^Exported 60 systems to .*out\.ndjson in [\d.]+ s\n$/);
    const printed = await call(['export', at('set'), '--to', '-', '--quiet']);
    expect(printed).toEqual({ code: 0, stdout: readFileSync(at('out.ndjson'), 'utf8'), stderr: '' });
    const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
    expect(jsonLines<{ id: string }>(printed.stdout).sort(byId)).toEqual(STARS);
  });

  test('says what the shape has no room for', async () => {
    const input = write('meta.json', '{"_meta":{"a":1},"A":{"x":1,"y":2,"z":3}}');
    await call(['build', input, '--out', at('meta'), '--quiet']);
    const { stderr } = await call(['export', at('meta'), '--to', at('meta-out.ndjson')]);
    expect(stderr).toMatch(/\n {2}not kept: 1 _meta value; \.ndjson has no place for one\n/);
    expect((await call(['export', at('meta'), '--to', at('meta-quiet.ndjson'), '--quiet'])).stderr).toBe(
      'haven-chunks: not kept: 1 _meta value; .ndjson has no place for one\n',
    );
    expect((await call(['export', at('meta'), '--to', at('meta-out.json')])).stderr).not.toContain(
      'not kept',
    );
  });

  test('a missing folder, a damaged set: exit codes 2 and 1', async () => {
    expect(await call(['export', at('set'), '--to', at('missing/x.json')])).toMatchObject({ code: 2 });
    await call(['build', at('systems.ndjson'), '--out', at('damaged'), '--quiet']);
    const [chunk] = readdirSync(join(at('damaged'), 'chunks'));
    writeFileSync(join(at('damaged'), 'chunks', chunk!), 'gone');
    expect(await call(['export', at('damaged'), '--to', at('x.json')])).toMatchObject({
      code: 1,
      stdout: '',
    });
  });
});
