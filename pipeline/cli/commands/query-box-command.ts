import type { Command } from '#pipeline/cli/command.ts';
import { QUERY_FLAGS, SET, VOLUME_NOTES, VOLUME_OPTIONS } from './shared-options.ts';

export const queryBoxCommand: Command = {
  name: 'query box',
  purpose: 'Lists the systems in a box, those nearest to its centre first.',
  operands: [SET],
  required: ['min', 'max'],
  misplaced: 'min',
  options: {
    min: { value: 'X,Y,Z', text: 'the lowest coordinates', insteadOf: ['from', 'low', 'lowest'] },
    max: { value: 'X,Y,Z', text: 'the highest coordinates', insteadOf: ['to', 'high', 'highest'] },
    limit: { value: 'N', text: 'the maximum number of systems', default: 'all', insteadOf: ['count'] },
    ...VOLUME_OPTIONS,
    ...QUERY_FLAGS,
  },
  notes: [
    'All six sides are included. The distance is measured from the centre of the box, (min + max) / 2.',
    ...VOLUME_NOTES,
    'A --limit can end a query earlier.',
  ],
  examples: [
    ['query box my-set --min=-5,-5,-5 --max 5,5,5', 'a cube of side 10 around the origin'],
    ['query box my-set --min=-9,-9,-9 --max 9,9,9 --where attributes=M5V --json', 'those with a value'],
    ['query box my-set --min=-1e9,-1e9,-2 --max 1e9,1e9,2 --limit 20', 'a slice, 4 thick'],
    [
      'query box https://example.org/my-set --min 0,0,0 --max 9,9,9 --stats',
      'from a web server, with the cost',
    ],
  ],
  run: async (args, io) => (await import('./run-query-box.ts')).run(args, io),
};
