import type { Arguments } from '#pipeline/cli/arguments.ts';
import type { Io } from '#pipeline/cli/command.ts';
import { serve } from '#pipeline/cli/serve/serve-set.ts';
import { listenOptions } from './listen-options.ts';

export async function run(args: Arguments, io: Io): Promise<number> {
  return serve(args.operand, { ...listenOptions(args), endpoint: args.text('endpoint') }, io);
}
