import type { Arguments } from '#pipeline/cli/arguments.ts';
import type { ServeOptions } from '#pipeline/cli/serve/serve-set.ts';
import { UsageError } from '#pipeline/errors.ts';

/** The options of SERVE_OPTIONS. @throws UsageError */
export function listenOptions(args: Arguments): ServeOptions {
  const port = args.integer('port');
  if (port !== undefined && port > 65_535) {
    throw new UsageError(`--port is "${port}", expected an integer up to 65535`);
  }
  return {
    host: args.text('host') ?? '127.0.0.1',
    port,
    viewer: args.text('viewer'),
    opens: args.has('open'),
  };
}
