import type { Terminal } from '#pipeline/cli/command.ts';
import { printableLines } from './printable.ts';

/** Writes a message to standard error, safe for a terminal. */
export function say(stderr: Terminal, message: string): void {
  stderr.write(`haven-chunks: ${printableLines(message)}\n`);
}
