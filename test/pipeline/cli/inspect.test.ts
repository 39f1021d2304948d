import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { galaxySystems } from '#data/galaxy.ts';
import { ndjson } from '#test/support/chunk-sets.ts';
import { startServer } from '#test/support/file-server.ts';
import { call } from '#test/support/run-command.ts';
import { starFolder } from './star-folder.ts';

const { at, write } = starFolder();

describe('inspect', () => {
  test('a set: by its index and tree, for a person and for a script', async () => {
    const { code, stdout } = await call(['inspect', at('set')]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\n {2}systems +60\n {2}planets +12\n/);
    expect(stdout).toMatch(/\n {2}x +0 to 59\n/);
    expect(stdout).toMatch(/\nTree: \d+ inner nodes, \d+ leaves, 1 page, \d+ deep\n/);
  });

  test('its counts are right: leaves that share chunks, equal files, every byte', async () => {
    const systems = [...galaxySystems({ count: 500, slim: true })].map(({ id, name, x, y, z }) => ({
      id,
      name,
      x,
      y,
      z,
    }));
    // Far away, two chunks whose details are the same file.
    const equal = Array.from({ length: 40 }, (_, i) => ({ id: `E${i}`, x: 1e9 + i, y: 0, z: 0, note: 'n' }));
    const input = write('scattered.ndjson', ndjson([...systems, ...equal]));
    const options = ['--chunk-limit', '20', '--preview-size', '2', '--quiet'];
    await call(['build', input, '--out', at('scattered'), ...options]);
    const index = join(at('scattered'), 'index.json');
    const json = JSON.parse((await call(['inspect', index, '--json'])).stdout);
    expect(json.index).toEqual(JSON.parse(readFileSync(index, 'utf8')));

    const stored = Object.fromEntries(
      readdirSync(at('scattered')).map(kind => {
        const files = kind === 'index.json' ? ['.'] : readdirSync(join(at('scattered'), kind));
        const sizes = files.map(name => statSync(join(at('scattered'), kind, name)).size);
        return [kind, { files: files.length, bytes: sizes.reduce((sum, of) => sum + of, 0) }];
      }),
    );
    expect(json.stored).toEqual(stored);
    for (const kind of ['chunks', 'details', 'previews', 'tree'])
      expect(json.named[kind].files).toBe(stored[kind]!.files);
    expect(json.chunks.count).toBe(stored['chunks']!.files);
    expect(json.previews.rows).toBe(2 * json.previews.nodes);
    expect(json.previews.nodes).toBeGreaterThan(1);
    expect(json.leaves.count).toBeGreaterThan(json.chunks.count);
    expect(json.named.details.files).toBeLessThan(json.chunks.count);
    expect(json.leaves.count).toBe(json.tree.leaves);
    expect(json.leaves.mean * json.leaves.count).toBeCloseTo(540);
    expect(json.chunks.mean * json.chunks.count).toBeCloseTo(540);
    const tenths: number[] = json.leaves.tenths;
    expect(tenths.reduce((sum, of) => sum + of)).toBe(json.leaves.count);

    const server = await startServer(at('scattered'));
    const remote = await call(['inspect', server.url, '--json']);
    await server.close();
    expect(JSON.parse(remote.stdout)).toEqual({ ...json, location: server.url, stored: null });
  });

  test.each([
    ['chunks', 'chunk', /\n {2}id +\d+ {2}strings, each in full\n/],
    ['details', 'details', /\n {2}planets\[\] +\d+ {2}objects, 1 shape\n/],
    ['previews', 'preview', /\n {2}\{"id":"S\d\d",/],
    ['tree', 'tree page', /\n {2}inner {2}60 systems {2}\[0, 0, 0\] to \[59, 0, 0\]\n {4}/],
  ])('a file in %s', async (kind, says, shows) => {
    const files = readdirSync(join(at('set'), kind)).map(name => join(at('set'), kind, name));
    const dumps = await Promise.all(files.slice(0, 8).map(file => call(['inspect', file])));
    for (const { code, stdout } of dumps) {
      expect(code).toBe(0);
      expect(stdout).toMatch(new RegExp(`\\n  kind +${says}\\n`));
      expect(stdout).toContain('valid: the name is the hash of the content');
    }
    expect(dumps.map(({ stdout }) => stdout).join('')).toMatch(shows);
    const { value } = JSON.parse((await call(['inspect', files[0]!, '--json'])).stdout);
    expect(value).toBeTypeOf('object');
  });

  test('a file on a server: as in a folder; one that is missing or damaged is an error', async () => {
    const [name] = readdirSync(join(at('set'), 'previews'));
    const server = await startServer(at('.'));
    try {
      const url = `${server.url}set/previews/${name}`;
      const [remote, local] = await Promise.all(
        [`${url}?token=1`, join(at('set'), 'previews', name!)].map(async path => {
          const { code, stdout } = await call(['inspect', path, '--json']);
          expect(code).toBe(0);
          return JSON.parse(stdout);
        }),
      );
      expect(remote).toEqual({ ...local, file: url });
      expect(local.kind).toBe('preview');
      expect(server.hits.map(({ query }) => query)).toEqual(['?token=1']);
      const missing = `${server.url}set/chunks/${'0'.repeat(40)}.mpk`;
      expect(await call(['inspect', missing])).toMatchObject({
        code: 3,
        stderr: expect.stringContaining(missing),
      });
      writeFileSync(at('foreign.mpk'), 'no file of a set');
      expect((await call(['inspect', `${server.url}set/../foreign.mpk`])).code).not.toBe(0);
    } finally {
      await server.close();
    }
  });

  test('a file under a false name, or that is not a file of the format: exit code 1, and the fault', async () => {
    const [name] = readdirSync(join(at('set'), 'chunks'));
    writeFileSync(at('renamed.mpk'), readFileSync(join(at('set'), 'chunks', name!)));
    const renamed = await call(['inspect', at('renamed.mpk')]);
    expect(renamed.code).toBe(1);
    expect(renamed.stdout).toMatch(
      /\n {2}kind +chunk\n[\s\S]*\n {2}state +its name differs from the hash of its content, [0-9a-f]{40}\n/,
    );
    expect(renamed.stderr).toContain('its name differs from the hash of its content');
    writeFileSync(at('foreign.mpk'), readFileSync(at('systems.ndjson')));
    expect(await call(['inspect', at('foreign.mpk')])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('unknown'),
    });
    expect(await call(['inspect', at('nowhere')])).toMatchObject({ code: 3, stdout: '' });
  });
});
