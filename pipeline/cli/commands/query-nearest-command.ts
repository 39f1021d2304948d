import type { Command } from '#pipeline/cli/command.ts';
import { AROUND_OPTIONS, QUERY_FLAGS, SET, VOLUME_NOTES } from './shared-options.ts';

export const queryNearestCommand: Command = {
  name: 'query nearest',
  purpose: 'Lists a number of systems around a point, nearest first.',
  operands: [SET],
  required: ['center', 'count'],
  misplaced: 'center',
  options: {
    ...AROUND_OPTIONS,
    count: { value: 'K', text: 'the maximum number of systems', insteadOf: ['limit', 'max'] },
    'max-radius': {
      value: 'R',
      text: 'the maximum distance',
      default: 'Infinity',
      insteadOf: ['radius', 'distance'],
    },
    ...QUERY_FLAGS,
  },
  notes: [...VOLUME_NOTES, 'The list is an upper bound: the query usually reads only some of these files.'],
  examples: [
    ['query nearest my-set --center 0,0,0 --count 10', 'the ten systems nearest to the origin'],
    [
      "query nearest my-set --center 0,0,0 --count 5 --where 'attributes=G2V|K1V' --where material!=Iron",
      'the nearest with one of two values and without another',
    ],
    ['query nearest my-set --center=-1.5,2,3 --count 5 --max-radius 20', 'at most five, within 20'],
    [
      'query nearest my-set --center 0,0,0 --count 3 --min-radius 0.001',
      'without the system at the point itself',
    ],
    [
      'query nearest https://example.org/my-set --center 0,0,0 --count 100 --stats',
      'from a web server, with the cost',
    ],
    ['query nearest my-set --center 0,0,0 --count 3 --details | jq -r .name', 'names only, in a pipe'],
  ],
  run: async (args, io) => (await import('./run-query-nearest.ts')).run(args, io),
};
