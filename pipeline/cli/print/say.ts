import type { Terminal } from '#pipeline/cli/command.ts';
import { printableLines, printableText } from './printable.ts';

/** Writes a message to standard error, safe for a terminal. */
export function say(stderr: Terminal, message: string): void {
  stderr.write(`haven-chunks: ${printableLines(message)}\n`);
}

/** Writes lines about losses, which are said also where no summary is printed. */
export function sayLosses(stderr: Terminal, lines: readonly string[]): void {
  const [first, ...others] = lines;
  if (first !== undefined) stderr.write(printableText([`haven-chunks: ${first}`, ...others]));
}
