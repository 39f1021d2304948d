/**
 * Every example of the help runs as a shell reads it, against the bundled catalogue: a line of one command in this
 * process, with the words that the shell makes of it, and any other one in the shell.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { COMMANDS, loadCommands } from '#pipeline/cli/commands/index.ts';
import { buckets } from '#test/support/buckets.ts';
import { startServer, type TestServer } from '#test/support/file-server.ts';
import { postgresDatabases } from '#test/support/postgres.ts';
import {
  COMMAND,
  call,
  type Outcome,
  outputOf,
  runProcess,
  startServing,
  succeeds,
} from '#test/support/run-command.ts';
import { hasPostgres, hasS3 } from '#test/support/servers.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

const CATALOGUE = fileURLToPath(new URL('../../../data/nearby-stars.json', import.meta.url));
const hasJq = succeeds('jq', ['--version']);

// A clone has no built map: test/e2e/package.test.ts puts it beside a set with the installed command.
const examples = (await loadCommands(COMMANDS))
  .flatMap(({ examples }) => examples.map(([line]) => line))
  .filter(line => !line.includes('--viewer'));

const folder = temporaryFolder();
const at = (name: string) => join(folder.path, name);
const s3 = hasS3 ? buckets() : undefined;
const databases = hasPostgres ? postgresDatabases() : undefined;
let database = '';
let server: TestServer;

beforeAll(async () => {
  const { _meta, ...systems } = JSON.parse(readFileSync(CATALOGUE, 'utf8'));
  const lines = Object.entries(systems).map(
    ([name, system]) => `${JSON.stringify({ ...(system as object), name })}\n`,
  );
  for (const name of ['data.json', 'old.json', 'new.json']) copyFileSync(CATALOGUE, at(name));
  mkdirSync(at('catalogues'));
  writeFileSync(at('catalogues/a.ndjson.gz'), gzipSync(lines.join('')));
  writeFileSync(at('data.ndjson'), lines.join(''));
  writeFileSync(at('gone.txt'), 'Ross 154\n');
  writeFileSync(at('fixes.ndjson'), '{"name":"Sol","note":"home"}\n');
  const added =
    '{"id":"N","name":"New","region":"R","record":{"id":"N","name":"New","x":1,"y":2,"z":3,"region":"R"}}';
  writeFileSync(at('changes.ndjson'), `${added.replace('{', '{"change":"added",')}\n`);
  writeFileSync(at('stars.csv'), 'id,proper,x,y,z\n1,Sol,0,0,0\n');
  writeFileSync(at('planets.csv'), 'pl_name,ra,dec,sy_dist\nProxima Cen b,217.39,-62.67,1.3\n');
  const listings = ['--listings', 'attributes,distance_ly:desc'];
  const build = ['build', CATALOGUE, '--out', at('my-set'), ...listings, '--quiet'];
  expect((await call(build)).code).toBe(0);
  const { Sirius, ...edited } = systems;
  writeFileSync(
    at('edited.json'),
    JSON.stringify({ _meta, ...edited, New: { ...Sirius, id: 'N', name: 'New' } }),
  );
  const rebuild = ['build', at('edited.json'), '--out', at('new-set'), ...listings, '--quiet'];
  expect((await call(rebuild)).code).toBe(0);
  expect((await call(['export', at('my-set'), '--to', at('haven.db'), '--quiet'])).code).toBe(0);
  mkdirSync(at('bin'));
  writeFileSync(at('bin/haven-chunks'), `#!/bin/sh\nexec '${process.execPath}' '${COMMAND}' "$@"\n`, {
    mode: 0o755,
  });
  server = await startServer(at('my-set'));
  const sun = 'CREATE TABLE systems AS SELECT 1 AS id, 0 AS x, 0 AS y, 0 AS z';
  if (databases) database = await databases.make(sun);
  // A set that was published twice.
  for (const input of ['stars.csv', 'data.json']) {
    const set = at(`${input}-set`);
    expect((await call(['build', at(input), '--out', set, '--search', 'none', '--quiet'])).code).toBe(0);
    const places = [at('public/stars'), ...(s3 ? ['s3://my-bucket/stars'] : [])];
    for (const place of places) {
      const publish = ['publish', set, place, '--endpoint', s3?.endpoint ?? 'http://localhost', '--quiet'];
      expect((await call(publish)).code).toBe(0);
    }
  }
});
afterAll(async () => {
  await server.close();
  folder.remove();
});

describe('examples of the help', () => {
  test('every command has some', async () => {
    const commands = await loadCommands(COMMANDS);
    for (const { name, examples } of commands) {
      expect(examples.length).toBeGreaterThan(1);
      for (const [line] of examples) expect(line.startsWith(`${name} `)).toBe(true);
    }
  });

  for (const line of examples) {
    const isSkipped =
      (line.includes('jq ') && !hasJq) ||
      (line.includes('s3://') && !s3) ||
      (line.includes('postgres://') && !databases);
    test.skipIf(isSkipped)(line, () => (/^(serve|demo) /.test(line) ? runServer(line) : runExample(line)));
  }
});

async function runExample(line: string): Promise<void> {
  const endpoint = s3?.endpoint ?? '';
  const local = line
    .replace('https://example.org/my-set', server.url)
    .replace('postgres://haven@localhost/haven', database)
    .replace('https://s3.example.org', endpoint);
  vi.stubEnv('AWS_ENDPOINT_URL', endpoint);
  // The scripts of completion go to the standard output of the process.
  const isOfShell = / (\||&&|<) |^completion /.test(line);
  const { code, stdout, stderr } = await (isOfShell ? inShell : inProcess)(local);
  const expected = /^(\{"requests".*|Exported .*\n( .*\n)*|haven-chunks: more than 10 names; .*)/gm;
  expect({ code, stderr: stderr.replace(expected, '').trim() }).toEqual({ code: 0, stderr: '' });
  const file = /^export .*--to (\S+)/.exec(line)?.[1] ?? '-';
  if (file === '-') expect(stdout).not.toBe('');
  else expect(existsSync(at(file))).toBe(true);
}

function inShell(line: string): Promise<Outcome> {
  const env = { PATH: `${at('bin')}${delimiter}${process.env['PATH']}` };
  const args = ['-o', 'pipefail', '-c', `haven-chunks ${line}`];
  return runProcess('bash', args, { cwd: folder.path, env });
}

async function inProcess(line: string): Promise<Outcome> {
  const script = `haven-chunks() { printf '%s\\0' "$@"; }; haven-chunks ${line}`;
  const words = await outputOf('bash', ['-c', script], { cwd: folder.path });
  const before = process.cwd();
  process.chdir(folder.path);
  try {
    return await call(words.split('\0').slice(0, -1));
  } finally {
    process.chdir(before);
  }
}

/** Runs an example that ends when it is interrupted. */
async function runServer(line: string): Promise<void> {
  const local = line.replace('https://example.org/my-set', server.url).replace('--port 3000', '--port 0');
  const served = await startServing(local.split(' '), { BROWSER: 'true' }, folder.path);
  expect((await fetch(served.url)).status).toBe(200);
  expect(await served.end('SIGINT')).toEqual({ code: 130, stderr: 'haven-chunks: stopped by SIGINT\n' });
}
