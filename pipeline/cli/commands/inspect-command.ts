import type { Command } from '#pipeline/cli/command.ts';
import { S3_OPTIONS } from './shared-options.ts';

export const inspectCommand: Command = {
  name: 'inspect',
  purpose: 'Describes a chunk set, or one file of it.',
  operands: [
    {
      name: 'SET|FILE',
      text: 'a chunk set: its folder, its http(s) URL, or s3://bucket/prefix; or the path or URL of a file in it',
    },
  ],
  required: [],
  options: { json: { text: 'prints one JSON object; for a file, everything in it' }, ...S3_OPTIONS },
  notes: [
    'A set is described from its index, all pages of its tree and the inner pages of its tables; chunks are not read. A file',
    'whose content does not match its name is shown as far as it can be read, with exit code 1.',
  ],
  examples: [
    ['inspect my-set', 'counts, bounds, tables, and how full leaves and chunks are'],
    ['inspect my-set/chunks/$(ls my-set/chunks | head -1)', 'one file: columns, encodings, first rows'],
    ['inspect https://example.org/my-set --json | jq .tree', 'for a script'],
  ],
  run: async (args, io) => (await import('./run-inspect.ts')).run(args, io),
};
