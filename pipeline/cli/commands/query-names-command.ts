import type { Command } from '#pipeline/cli/command.ts';
import { LISTED, QUERY_FLAGS, SET, TABLE_PLAN_NOTES } from './shared-options.ts';

export const queryNamesCommand: Command = {
  name: 'query names',
  purpose: 'Lists the distinct names with a prefix, for example for autocomplete.',
  operands: [SET, { name: 'PREFIX', text: 'the beginning of the names (default: any)', optional: true }],
  required: [],
  options: {
    prefix: {
      value: 'TEXT',
      text: 'the same as PREFIX; --prefix=TEXT also accepts a prefix that begins with a dash',
    },
    limit: { value: 'N', text: 'the maximum number of names', default: String(LISTED) },
    'ignore-case': { text: 'also finds names that differ only in case or Unicode normalisation' },
    ...QUERY_FLAGS,
  },
  notes: [
    'JSON has one string per line, in order of the UTF-8 bytes; with --ignore-case in order of the names without case.',
    'If there are more names than --limit allows, standard error says so, and --stats has truncated: true.',
    ...TABLE_PLAN_NOTES,
  ],
  examples: [
    ['query names my-set Al', 'at most ten names'],
    ['query names my-set al --ignore-case --limit 20 | jq -r .', 'in any case, without quotes'],
  ],
  run: async (args, io) => (await import('./run-query-names.ts')).run(args, io),
};
