#!/usr/bin/env node
import { unsupportedNode } from './cli/node-version.ts';

// A message that cannot be written, as to a log on a full disk, changes neither the command nor its exit code.
process.stderr.on('error', () => {});

if (unsupportedNode !== undefined) {
  process.stderr.write(`${unsupportedNode}\n`);
  process.exitCode = 2;
} else {
  // Loaded after the check: an older Node lacks modules that it imports.
  const { main } = await import('./cli/main.ts');
  process.exitCode = await main(process.argv.slice(2));
}
