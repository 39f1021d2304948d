import type { Command } from '../command.ts';
import { SET } from './options.ts';

export const verifyCommand: Command = {
  name: 'verify',
  purpose: 'Checks every file, row, node and preview of a chunk set by rebuilding it.',
  operands: [SET],
  required: [],
  options: {
    temp: {
      value: 'DIR',
      text: 'folder for temporary files: up to 2 times the NDJSON, 6 times with search',
      default: "the system's",
    },
    json: { text: 'prints one JSON object: generation, systems, files, bytes, problems, orphans' },
    quiet: { text: 'prints no summary and no progress; the exit code is the result' },
  },
  notes: [
    'All files are read, and the set is rebuilt from its chunks and details, in bounded memory. A problem gives exit code 1.',
    'Orphans are files in the folder that the set does not use: files of earlier generations, or leftovers. They are not a',
    'problem. They cannot be listed over HTTP.',
  ],
  examples: [
    ['verify my-set', 'before publishing'],
    ['verify https://example.org/my-set --quiet && echo valid', 'after publishing'],
    ["verify my-set --json | jq -r '.orphans[]'", 'files that only older clients need'],
  ],
  run: async (args, io) => (await import('../verify.ts')).run(args, io),
};
