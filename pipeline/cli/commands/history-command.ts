import type { Command } from '#pipeline/cli/command.ts';
import { FORMAT_OPTIONS, PUBLISHED, S3_NOTES, S3_OPTIONS } from './shared-options.ts';

export const historyCommand: Command = {
  name: 'history',
  purpose: 'Lists the publishes of a chunk set, the newest first.',
  operands: [PUBLISHED],
  required: [],
  options: { ...FORMAT_OPTIONS, ...S3_OPTIONS },
  notes: [
    'JSON has one object per line: {generation, parent, kind, time, seconds, counts, files, bytes, sent, live, kept}. A kind',
    'is publish, rollback, or unrecorded for a set that another tool has put there. The time is when the publisher began, by',
    'its clock. A generation that is kept can be made live again by rollback. gc removes old entries.',
    ...S3_NOTES,
  ],
  examples: [
    ['history public/stars', 'of a folder'],
    ['history s3://my-bucket/stars', 'of a bucket'],
    ['history public/stars | jq -r .generation', 'the generations, for a script'],
  ],
  run: async (args, io) => (await import('./run-history.ts')).run(args, io),
};
