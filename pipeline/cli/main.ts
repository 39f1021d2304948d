/** From the words of the command line to an exit code. */
import type { Writable } from 'node:stream';
import manifest from '../../package.json' with { type: 'json' };
import { UsageError } from '../errors.ts';
import { readArguments } from './arguments.ts';
import { buildCommand } from './build.ts';
import type { Command, Terminal } from './command.ts';
import { EXIT, exitCodeOf } from './exit.ts';
import { exportCommand } from './export.ts';
import { helpOf, helpOfAll, usageOf } from './help.ts';
import { inspectCommand } from './inspect.ts';
import { InterruptedError, onInterrupt } from './interrupt.ts';
import { Output, ReaderGoneError } from './output.ts';
import { queryNamesCommand } from './query-names.ts';
import { queryPageCommand } from './query-page.ts';
import { queryRegionsCommand } from './query-regions.ts';
import { querySearchCommand } from './query-search.ts';
import { querySphereCommand } from './query-sphere.ts';
import { querySystemCommand } from './query-system.ts';
import { nearest } from './suggest.ts';
import { verifyCommand } from './verify.ts';

const COMMANDS: readonly Command[] = [
  buildCommand,
  querySphereCommand,
  querySystemCommand,
  querySearchCommand,
  queryPageCommand,
  queryRegionsCommand,
  queryNamesCommand,
  inspectCommand,
  verifyCommand,
  exportCommand,
];

/** Where a command's words go. */
export interface Streams {
  readonly stdout: Writable;
  readonly stderr: Terminal;
}

/** Runs one command line; gives the exit code. */
export async function main(words: readonly string[], streams: Streams = process): Promise<number> {
  const { stdout, stderr } = streams;
  const output = new Output(stdout);
  const interrupt = onInterrupt();
  let command: Command | undefined;
  try {
    const general = generalAnswer(words);
    if (general !== undefined) {
      await output.write(general);
      await output.flush();
      return EXIT.done;
    }
    command = findCommand(words);
    const args = readArguments(command, words.slice(command.name.split(' ').length));
    let code: number = EXIT.done;
    if (args.has('help')) await output.write(helpOf(command));
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

/** The answer to words that name no command to run: `--help`, `--version`, `help`, `query --help`. */
function generalAnswer(words: readonly string[]): string | undefined {
  const [first, second] = words;
  if (first === '--version' || first === '-v') return `${manifest.version}\n`;
  if (first === '--help' || first === '-h' || (first === 'help' && second === undefined))
    return helpOfAll(COMMANDS);
  if (first === 'help') return helpOf(findCommand(words.slice(1)));
  const group = groupOf(first);
  return group.length > 0 && (second === '--help' || second === '-h') ? helpOfAll(group) : undefined;
}

/** @throws UsageError with the nearest name, or all */
function findCommand(words: readonly string[]): Command {
  const found = COMMANDS.find(({ name }) => name.split(' ').every((word, i) => words[i] === word));
  if (found) return found;
  const [first, second] = words;
  const group = groupOf(first);
  if (first === undefined) throw new UsageError(`a command is missing: ${namesOf(COMMANDS)}`);
  if (group.length > 0) {
    const kinds = group.map(({ name }) => name.split(' ')[1]!);
    const like = second === undefined ? undefined : nearest(second, kinds);
    throw new UsageError(
      second === undefined || second.startsWith('-')
        ? `${first}: what kind? ${namesOf(group)}`
        : `unknown command "${first} ${second}"; ${like ? `did you mean ${first} ${like}?` : `there is: ${namesOf(group)}`}`,
    );
  }
  if (first.startsWith('-'))
    throw new UsageError(`unknown option ${first}; options follow a command: ${namesOf(COMMANDS)}`);
  const like = nearest(
    first,
    COMMANDS.flatMap(({ name }) => [name.split(' ')[0]!, name.split(' ').at(-1)!]),
  );
  const meant = COMMANDS.find(({ name }) => like !== undefined && name.split(' ').includes(like));
  throw new UsageError(
    `unknown command "${first}"; ${meant ? `did you mean ${meant.name}?` : `there are: ${namesOf(COMMANDS)}`}`,
  );
}

/** Commands of two words that begin with a word. */
function groupOf(word: string | undefined): Command[] {
  return COMMANDS.filter(({ name }) => name.startsWith(`${word} `));
}

function namesOf(commands: readonly Command[]): string {
  return commands.map(({ name }) => name).join(', ');
}

/** Says what went wrong, and gives the exit code. */
function fail(error: unknown, command: Command | undefined, stderr: Terminal): number {
  const code = error instanceof InterruptedError ? error.exitCode : exitCodeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  stderr.write(`haven-chunks: ${code === EXIT.fault ? 'unexpected: ' : ''}${message}\n`);
  if (error instanceof UsageError) {
    if (command) stderr.write(`${usageOf(command)}\n`);
    stderr.write(`Try: haven-chunks ${command ? `${command.name} ` : ''}--help\n`);
  } else if (process.env['HAVEN_DEBUG'] && error instanceof Error) {
    stderr.write(`${error.stack}\n`);
  } else if (code === EXIT.fault) {
    stderr.write(
      'This is a fault of haven-chunks; run it again with HAVEN_DEBUG=1 and report what it shows.\n',
    );
  }
  return code;
}
