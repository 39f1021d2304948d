/** Locations without a chunk set, and inputs that are not a catalogue: the message says what was found, and what to do. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { call } from '#test/support/run-command.ts';
import { starFolder } from './star-folder.ts';

const { at, write, path } = starFolder();

/** Every command that reads a set. */
const COMMANDS = [
  (set: string) => ['query', 'names', set],
  (set: string) => ['inspect', set],
  (set: string) => ['verify', set],
  (set: string) => ['export', set, '--to', '-'],
];

describe.each(COMMANDS.map(command => [command('SET').join(' '), command]))('%s', (_name, command) => {
  test.each(['json', 'ndjson', 'csv', 'ndjson.gz', 'db'])(
    'a catalogue .%s: how to build it',
    async ending => {
      const file = write(`cat alogue.${ending}`, '{}\n');
      const { code, stdout, stderr } = await call(command(file));
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(
        `"${file}" is a catalogue, not a chunk set. Build it first: haven-chunks build '${file}' --out 'cat alogue'-set\n`,
      );
    },
  );

  test('any other file', async () => {
    const file = write('notes.txt', 'notes');
    const { code, stderr } = await call(command(file));
    expect(code).toBe(2);
    expect(stderr).toContain(`"${file}" is a file: give the folder of a chunk set`);
  });

  test.each([
    ['example.org/stars', 'https://example.org/stars'],
    ['localhost:8080', 'http://localhost:8080'],
    ['data.jsn', 'https://data.jsn'],
    ['127.0.0.1:80/a/index.html', 'http://127.0.0.1:80/a/index.html'],
  ])('%s: a URL without its scheme', async (location, url) => {
    expect(await call(command(location))).toEqual({
      code: 3,
      stdout: '',
      stderr: `haven-chunks: "${location}" does not exist. Did you mean ${url}?\n`,
    });
  });

  test('a folder with a similar name, or one that has a set inside', async () => {
    expect(await call(command(at('sett')))).toMatchObject({
      code: 3,
      stderr: `haven-chunks: "${at('sett')}" does not exist. Did you mean ${at('set')}?\n`,
    });
    expect(await call(command(path))).toMatchObject({
      code: 3,
      stderr: `haven-chunks: ${path} has no index.json. Did you mean ${at('set')}?\n`,
    });
    mkdirSync(at('empty'), { recursive: true });
    expect(await call(command(at('empty')))).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('it has no index.json'),
    });
    expect((await call(command(at('zzzzzzzz')))).stderr).toMatch(/does not exist\n$/);
  });

  test('a scheme that is not read', async () => {
    expect(await call(command('ftp://example.org/stars'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        '"ftp://example.org/stars" is neither a path nor a URL of file, http or https',
      ),
    });
    const database = 'postgres://user:a:pass@word@host/haven';
    expect(await call(command(database))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('"postgres://user@host/haven" is neither'),
    });
  });
});

describe('build', () => {
  test('a chunk set as input: how to export it', async () => {
    for (const input of [at('set'), join(at('set'), 'index.json')]) {
      const { code, stdout, stderr } = await call(['build', input, '--out', at('new')]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(
        `"${input}" is a chunk set, not a catalogue. Export it first: haven-chunks export ${at('set')} --to catalogue.ndjson\n`,
      );
    }
    writeFileSync(at('index.json'), '[{"id":"a","x":1,"y":2,"z":3}]');
    expect((await call(['build', at('index.json'), '--out', at('own')])).code).toBe(0);
  });

  test('a URL as input', async () => {
    expect(await call(['build', 'https://example.org/data.json', '--out', at('new')])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Download a catalogue first'),
    });
  });
});
