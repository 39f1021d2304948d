import type { Arguments } from './arguments.ts';
import type { Output } from './print/output.ts';

/** An option of a command; without a `value` it is a switch. */
export interface OptionSpec {
  /** The value as shown in the help: `FILE`, `N`, or the allowed words as `first|last`. */
  readonly value?: string;
  readonly text: string;
  /** As the help shows it. */
  readonly default?: string;
  /** Words that users try in its place, without dashes: messages suggest this option then. */
  readonly insteadOf?: readonly string[];
  /** The option can be given more than once. */
  readonly many?: boolean;
  /** Arguments after the value, up to the next option, are values too, as a shell expands a glob; not with a switch. */
  readonly takesRest?: boolean;
}

export interface OperandSpec {
  readonly name: string;
  readonly text: string;
  /** Can be given more than once. */
  readonly many?: boolean;
  readonly optional?: boolean;
}

/** Standard error, which can be a terminal of `columns` characters. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Streams and signal of a command. */
export interface Io {
  /** Only results go here. */
  readonly output: Output;
  /** Messages and progress go here. */
  readonly stderr: Terminal;
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
}

/**
 * Description of a command for the parser, the help and the shell completion. The modules in `commands/` load nothing
 * else, so that the help and `--version` start fast; `run` loads the code that does the work.
 */
export interface Command {
  /** One word, or two: `query sphere`. */
  readonly name: string;
  /** One line. */
  readonly purpose: string;
  readonly operands: readonly OperandSpec[];
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** Options that must be given, for the usage line. */
  readonly required: readonly string[];
  /** The option that an unexpected argument most likely belongs to. */
  readonly misplaced?: string;
  /** Options of other commands that users try here, without dashes, and where to find what they do. */
  readonly elsewhere?: Readonly<Record<string, string>>;
  /** Lines of the help after the options. */
  readonly notes: readonly string[];
  readonly examples: readonly (readonly [command: string, purpose: string])[];
  /** @returns the exit code */
  run(args: Arguments, io: Io): Promise<number>;
}
