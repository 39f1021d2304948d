/** Completion scripts for shells; they call `haven-chunks complete`. */
import { script } from '@bomb.sh/tab';
import { UsageError } from '#pipeline/errors.ts';
import type { Arguments } from './arguments.ts';
import { EXIT } from './exit.ts';
import { didYouMean, nearest } from './suggest.ts';

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
