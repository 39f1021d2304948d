/** Completion in shells: the words, and the scripts in the shells themselves. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../pipeline/cli/commands/index.ts';
import { call, run } from '../support/command.ts';

/** The words that complete the last of some words, and what else the shell does. */
const complete = async (...words: string[]) => {
  const { stdout } = await call(['complete', '--', ...words]);
  const lines = stdout.trimEnd().split('\n');
  const directive = { ':0': 'files', ':4': 'nothing', ':16': 'folders' }[lines.pop()!];
  return { words: lines.map(line => line.split('\t')[0]!), directive };
};

test.each([
  [[''], ['build', 'query', 'inspect', 'verify', 'export', 'completion'], 'nothing'],
  [['b'], ['build'], 'nothing'],
  [['query', ''], ['sphere', 'system', 'search', 'page', 'regions', 'names'], 'nothing'],
  [['query', 's'], ['sphere', 'system', 'search'], 'nothing'],
  [['query', 'sphere', ''], [], 'folders'],
  [['query', 'sphere', 'my-set', '--ra'], ['--radius'], 'nothing'],
  [['query', 'sphere', 'my-set', '--center', ''], [], 'nothing'],
  [['query', 'search', 'my-set', ''], [], 'nothing'],
  [['build', ''], [], 'files'],
  [['build', 'a.json', '--out', 'b', ''], [], 'files'],
  [['build', 'a.json', '--out', ''], [], 'folders'],
  [['build', 'a.json', '--search', ''], ['infix', 'words', 'none'], 'nothing'],
  [['build', 'a.json', '--search', 'w'], ['words'], 'nothing'],
  [['export', 'my-set', '--to', ''], [], 'files'],
  [['completion', ''], ['bash', 'zsh', 'fish'], 'nothing'],
  [['nothing', ''], [], 'nothing'],
])('%j', async (words, expected, directive) => {
  expect(await complete(...words)).toEqual({ words: expected, directive });
});

test('every command offers its options, each with a description', async () => {
  for (const { name, load } of COMMANDS) {
    const { options } = await load();
    const { stdout } = await call(['complete', '--', ...name.split(' '), '--']);
    const lines = stdout.trimEnd().split('\n').slice(0, -1);
    expect(lines.map(line => line.split('\t')[0])).toEqual(
      [...Object.keys(options), 'help'].map(key => `--${key}`),
    );
    expect(lines.every(line => /\t.+/.test(line))).toBe(true);
  }
});

describe.each([
  ['bash', ['-n']],
  ['zsh', ['-n']],
  ['fish', ['--no-execute']],
])('%s', (shell, syntaxOnly) => {
  const isThere = spawnSync(shell, ['--version']).status === 0;

  test.skipIf(!isThere)('reads the script', async () => {
    const { code, stdout } = await run(['completion', shell]);
    expect({ code, length: stdout.length }).toEqual({ code: 0, length: expect.any(Number) });
    expect(stdout).toContain('haven-chunks complete --');
    const parsed = spawnSync(shell, syntaxOnly, { input: stdout, encoding: 'utf8' });
    expect({ status: parsed.status, stderr: parsed.stderr }).toEqual({ status: 0, stderr: '' });
  });
});

const COMPLETION_LIBRARY = '/usr/share/bash-completion/bash_completion';
test.skipIf(!existsSync(COMPLETION_LIBRARY))('bash completes a command line with it', async () => {
  const { stdout: script } = await run(['completion', 'bash']);
  const cli = new URL('../../pipeline/cli.ts', import.meta.url).pathname;
  const probe = `
    source ${COMPLETION_LIBRARY}
    haven-chunks() { ${JSON.stringify(process.execPath)} ${JSON.stringify(cli)} "$@"; }
    ${script}
    COMP_WORDS=(haven-chunks query sphere my-set --ra) COMP_CWORD=4 COMP_LINE='haven-chunks query sphere my-set --ra'
    COMP_POINT=\${#COMP_LINE}
    $(complete -p haven-chunks | sed -E 's/.*-F ([^ ]+).*/\\1/') haven-chunks --ra my-set
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', probe], { encoding: 'utf8' });
  expect({ stdout: stdout.trim(), stderr }).toEqual({
    stdout: expect.stringMatching(/^--radius\b/),
    stderr: '',
  });
});
