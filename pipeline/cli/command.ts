import type { Arguments } from './arguments.ts';
import type { Output } from './output.ts';

/** An option of a command; without a `value` it is a switch. */
export interface OptionSpec {
  /** What stands for its value in the help. */
  readonly value?: string;
  readonly text: string;
  /** As the help shows it. */
  readonly default?: string;
}

export interface OperandSpec {
  readonly name: string;
  readonly text: string;
  /** May be given more than once. */
  readonly many?: boolean;
}

/** Standard error, which may be a terminal of so many columns. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** What a command works with. */
export interface Io {
  /** Results go here, and nothing else. */
  readonly output: Output;
  /** Everything else goes here. */
  readonly stderr: Terminal;
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
}

export interface Command {
  /** One word, or two: `query sphere`. */
  readonly name: string;
  /** One line. */
  readonly purpose: string;
  readonly operands: readonly OperandSpec[];
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** Options without which the command makes no sense, for the usage line. */
  readonly required: readonly string[];
  /** What is to be known beside the options, in lines. */
  readonly notes: readonly string[];
  readonly examples: readonly (readonly [command: string, what: string])[];
  /** Gives the exit code. */
  run(args: Arguments, io: Io): Promise<number>;
}
