import type { Arguments } from '#pipeline/cli/arguments.ts';
import type { Io } from '#pipeline/cli/command.ts';
import { packagePath } from '#pipeline/cli/serve/package-path.ts';
import { serve } from '#pipeline/cli/serve/serve-set.ts';
import { listenOptions } from './listen-options.ts';

export async function run(args: Arguments, io: Io): Promise<number> {
  const stars = packagePath('dist/nearby-stars.json.gz', 'data/nearby-stars.json');
  return serve(stars, listenOptions(args), io, 'the stars near the Sun');
}
