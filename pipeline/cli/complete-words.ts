/**
 * Completes a command line. Scripts call `haven-chunks complete -- WORD...` with the word at the cursor last, and
 * read one candidate with its description per line, then a directive, as in
 * https://github.com/spf13/cobra/blob/main/site/content/completions/_index.md.
 */
import type { Command } from './command.ts';
import { COMMANDS, type CommandEntry, loadCommands } from './commands/index.ts';

/** The names that the shell completes if there is no candidate: of files, none, or of folders. */
const DIRECTIVE = { files: 0, nothing: 4, folders: 16 };

type Candidates = {
  readonly candidates: readonly (readonly [word: string, description: string])[];
  readonly directive: number;
};

/** The output that completes the last word. */
export async function complete(words: readonly string[]): Promise<string> {
  const { candidates, directive } = await candidatesFor(words);
  const last = words.at(-1) ?? '';
  const lines = candidates
    .filter(([word]) => word.startsWith(last))
    .map(([word, description]) => `${word}\t${description}\n`);
  return `${lines.join('')}:${directive}\n`;
}

async function candidatesFor(words: readonly string[]): Promise<Candidates> {
  const before = words.slice(0, -1);
  const entry = COMMANDS.find(({ name }) => name.split(' ').every((word, i) => before[i] === word));
  if (!entry) return commandWords(before);
  return argumentWords(await entry.load(), before.slice(entry.name.split(' ').length), words.at(-1) ?? '');
}

/** The next word of all commands that begin with the words before. */
async function commandWords(before: readonly string[]): Promise<Candidates> {
  const possible = COMMANDS.filter(({ name }) => before.every((word, i) => name.split(' ')[i] === word));
  const nextWord = ({ name }: CommandEntry) => name.split(' ')[before.length]!;
  const commands = await loadCommands(possible);
  const candidates = new Map(
    commands.map((command, i) => {
      const isLast = command.name.split(' ').length === before.length + 1;
      return [nextWord(possible[i]!), isLast ? command.purpose : 'Queries a chunk set.'];
    }),
  );
  return { candidates: [...candidates], directive: DIRECTIVE.nothing };
}

function argumentWords(command: Command, before: readonly string[], last: string): Candidates {
  const previous = before.at(-1) ?? '';
  const option = previous.startsWith('--') ? command.options[previous.slice(2)] : undefined;
  if (option?.value !== undefined) return valueWords(option.value);
  if (last.startsWith('-')) {
    const options = Object.entries(command.options).map(([name, { text }]) => [`--${name}`, text] as const);
    return { candidates: [...options, ['--help', 'prints the help']], directive: DIRECTIVE.nothing };
  }
  const operands = before.filter((word, i) => !word.startsWith('-') && !takesValue(command, before[i - 1]));
  const spec = command.operands[Math.min(operands.length, command.operands.length - 1)];
  if (spec?.name === 'SHELL') {
    return { candidates: ['bash', 'zsh', 'fish'].map(shell => [shell, '']), directive: DIRECTIVE.nothing };
  }
  if (!spec || (operands.length >= command.operands.length && !spec.many)) return valueWords('');
  return valueWords(spec.name);
}

function takesValue({ options }: Command, word = ''): boolean {
  return word.startsWith('--') && options[word.slice(2)]?.value !== undefined;
}

/** The words for a value, by its name in the help. */
function valueWords(name: string): Candidates {
  if (/^[a-z]+\|/.test(name)) {
    return { candidates: name.split('|').map(word => [word, '']), directive: DIRECTIVE.nothing };
  }
  const isFolder = ['SET', 'DIR', 'DEST'].includes(name);
  const isFile = ['INPUT', 'FILE', 'SET|FILE', 'SET|INPUT'].includes(name);
  const directive = isFolder ? DIRECTIVE.folders : isFile ? DIRECTIVE.files : DIRECTIVE.nothing;
  return { candidates: [], directive };
}
