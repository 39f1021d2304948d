import type { Command } from '#pipeline/cli/command.ts';
import { AROUND_OPTIONS, QUERY_FLAGS, SET, VOLUME_NOTES } from './shared-options.ts';

export const querySphereCommand: Command = {
  name: 'query sphere',
  purpose: 'Lists the systems within a distance of a point, nearest first.',
  operands: [SET],
  required: ['center'],
  misplaced: 'center',
  options: {
    ...AROUND_OPTIONS,
    radius: {
      value: 'R',
      text: 'the maximum distance',
      default: 'Infinity if --limit is given',
      insteadOf: ['distance', 'max-radius'],
    },
    limit: {
      value: 'N',
      text: 'the maximum number of systems',
      default: 'all',
      insteadOf: ['count', 'max'],
    },
    ...QUERY_FLAGS,
  },
  notes: [...VOLUME_NOTES, 'A --limit can end a query earlier.'],
  examples: [
    ['query sphere my-set --center 0,0,0 --radius 10', 'all systems within 10 of the origin'],
    [
      'query sphere my-set --center 0,0,0 --radius 50 --where material=Iron',
      'systems with iron, also on planets and moons',
    ],
    ['query sphere my-set --center=-1.5,2,3 --limit 5', 'the five nearest systems'],
    [
      'query sphere my-set --center 0,0,0 --radius 12 --min-radius 11 --details',
      'a shell, with planets and moons',
    ],
    [
      'query sphere https://example.org/my-set --center 0,0,0 --radius 8 --stats',
      'from a web server, with the cost',
    ],
    ['query sphere my-set --center 0,0,0 --radius 10 | jq -r .name | head -3', 'names only, in a pipe'],
  ],
  run: async (args, io) => (await import('./run-query-sphere.ts')).run(args, io),
};
