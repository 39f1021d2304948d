/** Completion scripts for shells; they call `haven-chunks complete`. */
import { script } from '@bomb.sh/tab';
import type { Arguments } from '#pipeline/cli/arguments.ts';
import { EXIT } from '#pipeline/cli/exit.ts';
import { didYouMean, nearest } from '#pipeline/cli/suggest.ts';
import { UsageError } from '#pipeline/errors.ts';

const SHELLS = ['bash', 'zsh', 'fish'];

/** Prints the script for a shell. */
export async function run(args: Arguments): Promise<number> {
  const shell = args.operand;
  if (!SHELLS.includes(shell)) {
    throw new UsageError(
      `completion: unknown shell "${shell}", expected ${SHELLS.join(', ')}${didYouMean(nearest(shell, SHELLS))}`,
    );
  }
  script(shell, 'haven-chunks', 'haven-chunks');
  return EXIT.done;
}
