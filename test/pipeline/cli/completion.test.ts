/** Completion in shells: the words, and the scripts in the shells themselves. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '#pipeline/cli/commands/index.ts';
import { COMMAND, call, run, runProcess, succeeds } from '#test/support/run-command.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

/** The words that complete the last of some words, and what else the shell does. */
const complete = async (...words: string[]) => {
  const { stdout } = await call(['complete', '--', ...words]);
  const lines = stdout.trimEnd().split('\n');
  const directive = { ':0': 'files', ':4': 'nothing', ':16': 'folders' }[lines.pop()!];
  return { words: lines.map(line => line.split('\t')[0]!), directive };
};

test.each([
  [
    [''],
    [
      'build',
      'update',
      'query',
      'inspect',
      'verify',
      'export',
      'diff',
      'publish',
      'history',
      'rollback',
      'gc',
      'serve',
      'demo',
      'completion',
    ],
    'nothing',
  ],
  [['b'], ['build'], 'nothing'],
  [
    ['query', ''],
    ['sphere', 'nearest', 'box', 'system', 'search', 'page', 'regions', 'facets', 'list', 'names'],
    'nothing',
  ],
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
  [['publish', ''], [], 'folders'],
  [['publish', 'my-set', ''], [], 'folders'],
  [['gc', ''], [], 'folders'],
  [['serve', ''], [], 'files'],
  [['demo', ''], [], 'nothing'],
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

const LINE = 'haven-chunks query sphere my-set --ra';
const BASH_COMPLETION = '/usr/share/bash-completion/bash_completion';

/** The program of each shell that completes LINE with its script; in bash as its `complete` would call the function. */
const shells = [
  {
    shell: 'bash',
    isThere: existsSync(BASH_COMPLETION),
    probe: `source ${BASH_COMPLETION}
      haven-chunks() { '${process.execPath}' '${COMMAND}' "$@"; }
      source "$1"
      COMP_WORDS=(${LINE}) COMP_CWORD=4 COMP_LINE='${LINE}' COMP_POINT=${LINE.length}
      $(complete -p haven-chunks | sed -E 's/.*-F ([^ ]+).*/\\1/') haven-chunks --ra my-set 2>/dev/null
      printf '%s\\n' "\${COMPREPLY[@]}"`,
  },
  {
    shell: 'fish',
    isThere: succeeds('fish', ['--version']),
    probe: `function haven-chunks; '${process.execPath}' '${COMMAND}' $argv; end
      source $argv[1]
      complete --do-complete '${LINE}'`,
  },
  {
    // Its completion needs a terminal: what can be tried is that it defines the function for the command.
    shell: 'zsh',
    isThere: succeeds('zsh', ['--version']),
    probe: `autoload -U compinit && compinit -D -u && source "$1" && [ "$_comps[haven-chunks]" = _haven-chunks ] && echo --radius`,
  },
];

describe.each(shells)('$shell', ({ shell, isThere, probe }) => {
  test.skipIf(!isThere)('completes a command line with its script', async () => {
    const { code, stdout: script } = await run(['completion', shell]);
    expect(code).toBe(0);
    const folder = temporaryFolder();
    try {
      const file = join(folder.path, 'script');
      writeFileSync(file, script);
      const flags = shell === 'fish' ? ['-c', probe, file] : ['-c', probe, shell, file];
      const { stdout, stderr } = await runProcess(shell, flags, { env: { HOME: folder.path } });
      expect({ stdout, stderr }).toEqual({ stdout: expect.stringMatching(/^--radius\b/), stderr: '' });
    } finally {
      folder.remove();
    }
  });
});
