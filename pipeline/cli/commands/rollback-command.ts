import type { Command } from '#pipeline/cli/command.ts';
import { PUBLISHED, S3_NOTES, S3_OPTIONS } from './shared-options.ts';

export const rollbackCommand: Command = {
  name: 'rollback',
  purpose: 'Makes an earlier generation of a published chunk set live again.',
  operands: [PUBLISHED],
  required: ['to'],
  misplaced: 'to',
  options: {
    to: {
      value: 'GENERATION',
      text: 'a generation that history lists as kept, or its first 4 digits at least',
      insteadOf: ['generation'],
    },
    ...S3_OPTIONS,
    json: { text: 'prints one JSON object: {generation, parent, changed, counts, seconds}' },
    quiet: { text: 'prints no summary' },
  },
  notes: [
    'Nothing is copied: the files of the generation are checked to be in place, then index.json is switched. The rollback is',
    'a new entry of the history, so it can be undone in the same way.',
    ...S3_NOTES,
  ],
  examples: [
    [
      'rollback public/stars --to "$(haven-chunks history public/stars | jq -r .generation | sed -n 2p)"',
      'to the generation before the live one',
    ],
    [
      'rollback public/stars --to "$(haven-chunks history public/stars | jq -r .generation | tail -1)" --json',
      'to the oldest one that is known',
    ],
  ],
  run: async (args, io) => (await import('./run-rollback.ts')).run(args, io),
};
