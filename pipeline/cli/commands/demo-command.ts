import type { Command } from '#pipeline/cli/command.ts';
import { SERVE_OPTIONS } from './shared-options.ts';

export const demoCommand: Command = {
  name: 'demo',
  purpose: 'Serves the map, the REST API and the files of 317 real star systems near the Sun.',
  operands: [],
  required: [],
  options: SERVE_OPTIONS,
  notes: ['Prints the address, and serves until Ctrl-C. "serve" does the same with stars of your own.'],
  examples: [
    ['demo --open', 'in a browser'],
    ['demo --port 0', 'on any free port'],
  ],
  run: async (args, io) => (await import('./run-demo.ts')).run(args, io),
};
