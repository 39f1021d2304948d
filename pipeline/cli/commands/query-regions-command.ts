import type { Command } from '#pipeline/cli/command.ts';
import { QUERY_FLAGS, SET, TABLE_PLAN_NOTES } from './shared-options.ts';

export const queryRegionsCommand: Command = {
  name: 'query regions',
  purpose: 'Lists all regions with the number and the bounds of their systems.',
  operands: [SET],
  required: [],
  options: QUERY_FLAGS,
  notes: [
    'JSON has one object per line, in order of name: {region, count, bounds: {min: [x, y, z], max: [x, y, z]}} with the',
    'number of systems and their lowest and highest coordinates.',
    ...TABLE_PLAN_NOTES,
  ],
  examples: [
    ['query regions my-set', 'all regions'],
    ['query regions my-set | jq -r .region', 'names only, in a pipe'],
  ],
  run: async (args, io) => (await import('./run-query-regions.ts')).run(args, io),
};
