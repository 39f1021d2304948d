import type { Command } from '#pipeline/cli/command.ts';
import { PUBLISHED, S3_NOTES, S3_OPTIONS } from './shared-options.ts';

export const gcCommand: Command = {
  name: 'gc',
  purpose: 'Deletes old generations of a published chunk set, and files that none of the others needs.',
  operands: [PUBLISHED],
  required: ['keep', 'grace'],
  options: {
    keep: { value: 'N', text: 'number of generations to keep, the live one included' },
    grace: {
      value: 'DURATION',
      text: 'time between marking and deleting, such as 90m, 24h or 7d; longer than any publish takes',
    },
    'dry-run': { text: 'reports what would be done, and changes nothing' },
    sweep: { text: 'looks at all files, not only at those that the history names' },
    ...S3_OPTIONS,
    json: { text: 'prints the summary as one JSON object' },
    quiet: { text: 'prints no summary' },
  },
  notes: [
    'A run marks the files that no kept generation needs. A later run, after the grace, deletes those that are still not',
    'needed and were not written since. So run it regularly, for example after each publish. Clients that have opened an old',
    'generation can read it until then.',
    'While a publish is under way, nothing is deleted. A grace that is shorter than the longest recorded publish is refused.',
    'Files are found by the records of publishes. --sweep lists all files, and so finds those that other tools have left; it',
    'costs one request for 1,000 files. Files of other names than those of a set are never touched.',
    '--json prints {live, kept, deleted: {files, bytes}, dropped, marked: {files, generations}, waiting: {files, until},',
    'blockedBy}.',
    ...S3_NOTES,
  ],
  examples: [
    ['gc public/stars --keep 3 --grace 24h --dry-run', 'what a run would do'],
    ['gc public/stars --keep 3 --grace 24h', 'the live generation and two older ones stay'],
    ['gc s3://my-bucket/stars --keep 7 --grace 7d --sweep --json', 'of a bucket, with files of other tools'],
  ],
  run: async (args, io) => (await import('./run-gc.ts')).run(args, io),
};
