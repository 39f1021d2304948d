/** Jobs of CI: commands one after another, and a summary of them in Markdown. */
import { appendFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { $ } from 'zx';
import { EXIT } from '#pipeline/cli/exit.ts';

const PROGRAM = fileURLToPath(new URL('../pipeline/cli.ts', import.meta.url));

/** Result of one command, for the summary. */
interface Step {
  readonly name: string;
  readonly result: string;
  readonly seconds: number;
}

/** The command of a job that failed: the job ends with its exit code. */
class StepError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Runs commands of `haven-chunks`; each prints its summary as JSON. */
export class Job {
  readonly steps: Step[] = [];

  /**
   * Runs a command; what it writes to standard error goes to the log of the job.
   * @param describe the result in a few words
   * @returns the summary that the command prints
   * @throws StepError with the exit code of the command
   */
  async run<T>(name: string, args: readonly string[], describe: (summary: T) => string): Promise<T> {
    const started = performance.now();
    const start = $({ stdio: ['inherit', 'pipe', 'pipe'], nothrow: true, quiet: true });
    const command = start`${process.execPath} ${PROGRAM} ${args} --json`;
    command.stderr.pipe(process.stderr, { end: false });
    // Ctrl-C reaches the command by itself, but `kill` only this process.
    const stop = () => void command.kill('SIGTERM');
    process.on('SIGTERM', stop).on('SIGINT', noop);
    const { exitCode, signal, stdout, stderr } = await command;
    process.off('SIGTERM', stop).off('SIGINT', noop);
    const seconds = (performance.now() - started) / 1000;
    if (exitCode !== 0) {
      const code = exitCode ?? (signal ? 128 + constants.signals[signal] : EXIT.fault);
      this.steps.push({ name, result: `**failed** with exit code ${code}`, seconds });
      throw new StepError(stderr.trim() || stdout.trim(), code);
    }
    const summary = JSON.parse(stdout) as T;
    this.steps.push({ name, result: describe(summary), seconds });
    return summary;
  }
}

function noop(): void {}

/** A kind of job. */
export interface JobKind {
  /** The form of the command line, for messages. */
  readonly usage: string;
  /** Options with a value, beside `summary`. */
  readonly options: readonly string[];
  /** Those that must be given. */
  readonly required: readonly string[];
  /** Whether several operands, and words after `--`, are accepted; one operand is always needed. */
  readonly isOpen: boolean;
}

/** The words of a command line. */
export interface CommandLine {
  readonly operands: readonly string[];
  /** The words after `--`. */
  readonly rest: readonly string[];
  readonly values: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads the command line, runs a job, and adds its summary to `--summary FILE`, or to the page of the job where GitHub
 * Actions runs it, or prints it. The exit code is that of the first command that fails; later ones do not run.
 * @param perform runs the steps; returns the title of the summary
 */
export async function runJob(
  kind: JobKind,
  perform: (job: Job, line: CommandLine) => Promise<string>,
): Promise<void> {
  let line: CommandLine;
  try {
    line = readLine(kind, process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\nUsage: ${kind.usage}\n`);
    process.exitCode = EXIT.badCommand;
    return;
  }
  const job = new Job();
  let title: string;
  let message = '';
  try {
    title = await perform(job, line);
  } catch (error) {
    const isStep = error instanceof StepError;
    title = `The job failed: ${job.steps.at(-1)?.name}`;
    message = isStep ? error.message : String((error as Error).stack);
    process.exitCode = isStep ? error.exitCode : EXIT.fault;
  }
  const text = markdown(title, job.steps, message);
  const file = line.values['summary'] ?? process.env['GITHUB_STEP_SUMMARY'];
  if (file) await appendFile(file, text);
  else process.stdout.write(text);
}

/** @throws Error with a message for the user */
function readLine({ options, required, isOpen }: JobKind, words: readonly string[]): CommandLine {
  const end = words.includes('--') ? words.indexOf('--') : words.length;
  const known = Object.fromEntries([...options, 'summary'].map(name => [name, { type: 'string' as const }]));
  const { values, positionals } = parseArgs({
    args: words.slice(0, end),
    options: known,
    allowPositionals: true,
  });
  const missing = required.find(option => values[option] === undefined);
  if (missing !== undefined) throw new Error(`--${missing} is missing`);
  const rest = words.slice(end + 1);
  if (positionals.length === 0) throw new Error('an operand is missing');
  const extra = isOpen ? undefined : [...positionals.slice(1), ...rest][0];
  if (extra !== undefined) throw new Error(`unexpected argument "${extra}"`);
  return { operands: positionals, rest, values: values as CommandLine['values'] };
}

/** An option of a job as words of a command; none if it was not given. */
export function passed({ values }: CommandLine, option: string): string[] {
  const value = values[option];
  return value === undefined ? [] : [`--${option}`, value];
}

function markdown(title: string, steps: readonly Step[], message: string): string {
  const rows = steps.map(
    ({ name, result, seconds }) => `| ${name} | ${result.replaceAll('|', '\\|')} | ${seconds.toFixed(1)} s |`,
  );
  const log = message === '' ? [] : ['', '```', message.replaceAll('```', "'''"), '```'];
  return [`## ${title}`, '', '| step | result | time |', '|---|---|---|', ...rows, ...log, '', ''].join('\n');
}
