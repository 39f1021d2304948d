import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { openTileset } from '#client/node/index.ts';
import { folderStore, history } from '#pipeline/index.ts';
import { ndjson } from '#test/support/chunk-sets.ts';
import { filesIn, pathsIn, recordsOf, versionIn } from '#test/support/published-sets.ts';
import { type Outcome, outcome, runProcess, startProcess, until } from '#test/support/run-command.ts';
import { inFolder, temporaryFolder } from '#test/support/temporary.ts';

const script = (name: string) => fileURLToPath(new URL(`../../build/${name}.ts`, import.meta.url));

/** Runs a job as CI does, with a page for its summary. */
async function runJob(folder: string, name: string, ...args: string[]): Promise<Outcome & { page: string }> {
  const file = join(folder, 'page.md');
  rmSync(file, { force: true });
  writeFileSync(file, '');
  const env = { GITHUB_STEP_SUMMARY: file };
  const ended = await runProcess(process.execPath, [script(name), ...args], { cwd: folder, env });
  const page = readFileSync(file, 'utf8');
  expect(page).not.toContain('undefined');
  return { ...ended, page };
}

describe('npm run regenerate, night after night', () => {
  const { path: folder, remove } = temporaryFolder();
  afterAll(remove);
  const published = join(folder, 'published');
  const store = folderStore(published);
  const regenerate = (version: number) => {
    writeFileSync(join(folder, 'stars.ndjson'), ndjson(recordsOf(version)));
    const options = ['--chunk-limit', '8', '--summary', 'version', '--search', 'none', '--no-flush'];
    return runJob(folder, 'regenerate', 'stars.ndjson', '--set', 'set', '--to', published, '--', ...options);
  };

  test('the first job builds, verifies and publishes', async () => {
    const { code, page, stdout } = await regenerate(0);
    expect([code, stdout]).toEqual([0, '']);
    expect(page).toMatch(/^## .*published has the new generation [0-9a-f]{12}\n/);
    for (const row of [
      'build | 24 systems',
      'verify | 24 systems',
      'publish | the first generation;',
      'gc | 1 generation kept',
    ])
      expect(page).toContain(`\n| ${row}`);
    expect(await versionIn(published)).toBe(0);
  });

  test('after an edit, the second one sends only the files that are new', async () => {
    const before = await filesIn(store);
    const old = (await openTileset(published)).generation;
    const { code, page } = await regenerate(1);
    expect(code).toBe(0);
    expect(page).toContain(`| publish | replaces ${old.slice(0, 12)}; `);
    expect(await versionIn(published)).toBe(1);
    const paths = before.map(({ path }) => path);
    const isFile = (path: string) => path.endsWith('.mpk');
    const fresh = (await pathsIn(store)).filter(path => isFile(path) && !paths.includes(path));
    const [{ sent }] = (await history(published)) as unknown as [{ sent: { files: number } }];
    expect(sent.files).toBe(fresh.length);
    expect(page).toContain(`; ${fresh.length} files (`);
    expect(fresh.length).toBeLessThan(paths.filter(isFile).length);
    // The others have not been touched.
    const kept = before.filter(({ path }) => isFile(path));
    const now = new Map((await filesIn(store)).map(file => [file.path, file.etag]));
    for (const { path, etag } of kept) expect(now.get(path)).toBe(etag);
  });

  test('run twice, the third publishes nothing', async () => {
    const index = statSync(join(published, 'index.json'));
    const entries = await history(published);
    const { code, page } = await regenerate(1);
    expect(code).toBe(0);
    expect(page).toMatch(/^## .*published is unchanged: [0-9a-f]{12}\n/);
    expect(page).toContain('| publish | live already; 0 files (');
    expect(statSync(join(published, 'index.json')).mtimeMs).toBe(index.mtimeMs);
    expect(await history(published)).toEqual(entries);
  });

  test('npm run verify-published reads all of it, and fails for a damaged file', async () => {
    const { code, page } = await runJob(folder, 'verify-published', published);
    expect([code, page.split(':')[0]]).toEqual([0, `## ${published} is intact`]);
    const [damaged] = await pathsIn(store, 'chunks/');
    writeFileSync(join(published, damaged!), 'damaged');
    const failed = await runJob(folder, 'verify-published', published);
    expect(failed.code).toBe(1);
    expect(failed.page).toContain('## The job failed: verify\n');
    expect(failed.page).toContain('| verify | **failed** with exit code 1 |');
    expect(failed.page).toContain(damaged);
  });
});

test('a job ends at the first command that fails, with its exit code, and publishes nothing', () =>
  inFolder(async folder => {
    writeFileSync(join(folder, 'bad.json'), '[{]');
    const target = ['--set', 'set', '--to', 'published'];
    const bad = await runJob(folder, 'regenerate', 'bad.json', ...target);
    expect(bad.code).toBe(1);
    expect(bad.page).toContain('## The job failed: build\n');
    expect(bad.page).not.toContain('| verify');
    expect(bad.stderr).toContain('bad.json');
    expect((await runJob(folder, 'regenerate', 'none.json', ...target)).code).toBe(2);
    expect((await runJob(folder, 'publish-set', 'none', '--to', 'published')).code).toBe(3);
    expect(await pathsIn(folderStore(join(folder, 'published')))).toEqual([]);
  }));

test('the commands of the workflow files in pipeline/README.md', () =>
  inFolder(async folder => {
    const root = fileURLToPath(new URL('../../', import.meta.url));
    const commands = [
      ...readFileSync(join(root, 'pipeline/README.md'), 'utf8').matchAll(
        /^ +- (?:run: )?npm run regenerate -- (.+)$/gm,
      ),
    ].map(([, words]) => words!.replace('s3://my-bucket', 'bucket').replace('data/', `${root}data/`));
    expect(commands).toHaveLength(2);
    for (const command of commands) {
      const { code, page } = await runJob(folder, 'regenerate', ...command.split(' '));
      expect(code).toBe(0);
      const summary = command.includes('--summary') ? readFileSync(join(folder, 'summary.md'), 'utf8') : page;
      expect(summary).toMatch(/^## (site|bucket)\/stars has the new generation /);
    }
  }));

test('a job that is stopped stops its command, which leaves no set', () =>
  inFolder(async folder => {
    const args = ['-', '--set', join(folder, 'set'), '--to', join(folder, 'published')];
    const job = startProcess(process.execPath, [script('regenerate'), ...args]);
    await until(() => existsSync(join(folder, 'set')));
    job.kill('SIGTERM');
    const { code, stdout } = await outcome(job);
    expect(code).toBe(143);
    expect(stdout).toContain('| build | **failed** with exit code 143 |');
    expect(existsSync(join(folder, 'set/index.json'))).toBe(false);
  }));

test.each([
  [['regenerate', 'a.json', '--set', 'set'], '--to is missing'],
  [['regenerate', '--set', 'set', '--to', 'b'], 'an operand is missing'],
  [['publish-set', 'a', 'b', '--to', 'c'], 'unexpected argument "b"'],
  [['verify-published', 'a', '--to', 'c'], "Unknown option '--to'"],
])('a wrong command line is exit code 2: %s', async ([name, ...args], message) => {
  const { code, stderr } = await runProcess(process.execPath, [script(name!), ...args]);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
  expect(stderr).toContain(`Usage: npm run ${name} -- `);
});
