import type { Command } from '#pipeline/cli/command.ts';
import { S3_NOTES, S3_OPTIONS, SET } from './shared-options.ts';

export const verifyCommand: Command = {
  name: 'verify',
  purpose: 'Checks every file, row, node, preview and table of a chunk set by rebuilding it.',
  operands: [SET],
  required: [],
  options: {
    canonical: { text: 'checks also that the set is byte for byte what build makes of its systems' },
    temp: {
      value: 'DIR',
      text: 'folder for temporary files: up to 2 times the NDJSON, 6 times with search',
      default: "the system's",
    },
    memory: {
      value: 'SIZE',
      text: 'memory for the objects of the check, such as 4GB',
      default: '2000MiB',
    },
    json: { text: 'prints one JSON object: generation, systems, files, bytes, problems, orphans' },
    quiet: { text: 'prints no summary and no progress; the exit code is the result' },
    ...S3_OPTIONS,
  },
  notes: [
    'All files are read, and the set is rebuilt from its chunks and details, in bounded memory. A problem gives exit code 1.',
    'A valid set can be read by every client: files, hashes, limits, counts, boxes, order, samples and tables agree. Writers',
    'choose how to divide a valid set into files. A canonical set has the files that build makes (FORMAT.md, section 1).',
    'Orphans are files in the folder that the set does not use: files of earlier generations, or leftovers. They are not a',
    'problem. They are not listed (null with --json) over HTTP, or if a damaged page hides which files the set uses.',
    ...S3_NOTES,
  ],
  examples: [
    ['verify my-set', 'before publishing'],
    ['verify my-set --canonical', 'a set of another writer, which should write what build writes'],
    ['verify https://example.org/my-set --quiet && echo valid', 'after publishing'],
    ['verify s3://my-bucket/stars', 'a bucket'],
    ["verify my-set --json | jq -r '.orphans[]'", 'files that only older clients need'],
  ],
  run: async (args, io) => (await import('./run-verify.ts')).run(args, io),
};
