/** Runs a command line and returns its exit code. */

import { ReaderGoneError, UsageError } from '#pipeline/errors.ts';
import manifest from '../../package.json' with { type: 'json' };
import type { Command, Terminal } from './command.ts';
import { COMMANDS, type CommandEntry, loadCommands } from './commands/index.ts';
import { EXIT, exitCodeOf } from './exit.ts';
import { helpOf, helpOfAll, helpOfExitCodes, usageOf } from './help.ts';
import { InterruptedError, onInterrupt } from './interrupt.ts';
import { readArguments } from './parse-arguments.ts';
import { paint } from './print/colour.ts';
import { Output, type OutputStream } from './print/output.ts';
import { printableLines } from './print/printable.ts';
import { didYouMean, nearest } from './suggest.ts';

/** Streams for results and messages. */
export interface Streams {
  readonly stdout: OutputStream;
  readonly stderr: Terminal;
}

/** Runs one command line. @returns the exit code */
export async function main(words: readonly string[], streams: Streams = process): Promise<number> {
  const { stdout, stderr } = streams;
  const output = new Output(stdout);
  let command: Command | undefined;
  const interrupt = onInterrupt(error => fail(error, command, stderr));
  try {
    const text = await generalText(words, output.columns);
    if (text !== undefined) {
      await output.write(text);
      await output.flush();
      return EXIT.done;
    }
    const entry = findCommand(words);
    command = await entry.load();
    const args = readArguments(command, words.slice(entry.name.split(' ').length));
    let code: number = EXIT.done;
    if (args.has('help')) await output.write(helpOf(command, output.columns));
    else code = await command.run(args, { output, stderr, signal: interrupt.signal });
    await output.flush();
    return code;
  } catch (error) {
    if (error instanceof ReaderGoneError) return EXIT.done;
    return fail(interrupt.signal.aborted ? interrupt.signal.reason : error, command, stderr);
  } finally {
    interrupt.ignore();
  }
}

/** Output for words that run no command: `--help`, `--version`, `help`, `query --help`, completions. */
async function generalText(
  words: readonly string[],
  columns: number | undefined,
): Promise<string | undefined> {
  const [first, second] = words;
  if (first === '--version' || first === '-V') return `${manifest.version}\n`;
  if (first === 'complete' && second === '--') {
    return (await import('./complete-words.ts')).complete(words.slice(2));
  }
  if (first === '--help' || first === '-h') return helpOfAll(await loadCommands(), columns);
  if (first === 'help') return helpAbout(words.slice(1), columns);
  const group = groupOf(first);
  const isHelp = second === '--help' || second === '-h';
  return group.length > 0 && isHelp ? helpOfAll(await loadCommands(group), columns) : undefined;
}

async function helpAbout(words: readonly string[], columns: number | undefined): Promise<string> {
  const [topic] = words;
  if (topic === undefined) return helpOfAll(await loadCommands(), columns);
  if (topic === 'exit-codes') return helpOfExitCodes(columns);
  const group = words.length === 1 ? groupOf(topic) : [];
  if (group.length > 0) return helpOfAll(await loadCommands(group), columns);
  return helpOf(await findCommand(words).load(), columns);
}

/** @throws UsageError that suggests the nearest command, or lists all commands */
function findCommand(words: readonly string[]): CommandEntry {
  const found = COMMANDS.find(({ name }) => name.split(' ').every((word, i) => words[i] === word));
  if (found) return found;
  const [first, second] = words;
  if (first === undefined) throw new UsageError(`no command given. Commands: ${namesOf(COMMANDS)}`);
  const group = groupOf(first);
  if (group.length > 0) {
    if (second === undefined || second.startsWith('-')) {
      throw new UsageError(`"${first}" is not complete. Commands: ${namesOf(group)}`);
    }
    const kind = nearest(
      second,
      group.map(({ name }) => name.split(' ')[1]!),
    );
    throw unknownCommand(`${first} ${second}`, kind && `${first} ${kind}`, group);
  }
  if (first.startsWith('-')) {
    const known = ['--help', '--version', '-h', '-V'];
    const option = known.find(name => name.toLowerCase() === first.toLowerCase()) ?? nearest(first, known);
    throw new UsageError(`unknown option ${first}${didYouMean(option)}`);
  }
  const word = nearest(
    first,
    COMMANDS.flatMap(({ name }) => name.split(' ')),
  );
  const meant = COMMANDS.find(({ name }) => word !== undefined && name.split(' ').includes(word));
  throw unknownCommand(first, word === 'query' ? word : meant?.name, COMMANDS);
}

function unknownCommand(
  command: string,
  suggestion: string | undefined,
  entries: readonly CommandEntry[],
): UsageError {
  const hint = suggestion === undefined ? `. Commands: ${namesOf(entries)}` : didYouMean(suggestion);
  return new UsageError(`unknown command "${command}"${hint}`);
}

/** Commands of two words with the given first word. */
function groupOf(word: string | undefined): CommandEntry[] {
  return COMMANDS.filter(({ name }) => name.startsWith(`${word} `));
}

function namesOf(entries: readonly CommandEntry[]): string {
  return entries.map(({ name }) => name).join(', ');
}

/** Prints the error. @returns the exit code */
function fail(error: unknown, command: Command | undefined, stderr: Terminal): number {
  const code = error instanceof InterruptedError ? error.exitCode : exitCodeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const prefix = paint('red', 'haven-chunks:', stderr);
  const label = code === EXIT.fault ? 'internal error: ' : '';
  stderr.write(`${prefix} ${label}${printableLines(message)}\n`);
  if (error instanceof UsageError) {
    if (command) stderr.write(`${usageOf(command)}\n`);
    stderr.write(`Try: haven-chunks ${command ? `${command.name} ` : ''}--help\n`);
  } else if (process.env['HAVEN_DEBUG'] && error instanceof Error) {
    stderr.write(`${printableLines(`${error.stack}`)}\n`);
  } else if (code === EXIT.fault) {
    stderr.write('Please report this with the output of the same command under HAVEN_DEBUG=1.\n');
  }
  return code;
}
