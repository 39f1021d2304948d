import type { Command } from '#pipeline/cli/command.ts';
import { LISTED, QUERY_FLAGS, SET, TABLE_PLAN_NOTES } from './shared-options.ts';

export const queryFacetsCommand: Command = {
  name: 'query facets',
  purpose: 'Lists the facets of a set, or the values of one with the numbers of their systems.',
  operands: [SET, { name: 'FIELD', text: 'a facet; without it all facets are listed', optional: true }],
  required: [],
  options: {
    prefix: { value: 'TEXT', text: 'only values that begin with this, in any case' },
    limit: { value: 'N', text: 'the maximum number of values', default: String(LISTED) },
    ...QUERY_FLAGS,
  },
  notes: [
    'Without FIELD, JSON has one object per line: {field, paths, values} with the paths in records and the number of',
    'different values. With FIELD it has {value, systems} with the number of systems of a value, in order of the values',
    'without case. A system has the values of its planets and moons, too. If there are more values than --limit allows,',
    'standard error says so, and --stats has truncated: true.',
    ...TABLE_PLAN_NOTES,
  ],
  examples: [
    ['query facets my-set', 'all facets'],
    ['query facets my-set material --prefix ir', 'values for autocomplete'],
  ],
  run: async (args, io) => (await import('./run-query-facets.ts')).run(args, io),
};
