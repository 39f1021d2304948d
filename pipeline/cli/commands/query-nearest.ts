import type { Command } from '../command.ts';
import { QUERY_OPTIONS, SET } from './options.ts';

export const queryNearestCommand: Command = {
  name: 'query nearest',
  purpose: 'Lists a number of systems around a point, nearest first.',
  operands: [SET],
  required: ['center', 'count'],
  misplaced: 'center',
  options: {
    center: { value: 'X,Y,Z', text: 'the point' },
    count: { value: 'K', text: 'the greatest number of systems' },
    'min-radius': { value: 'R0', text: 'the least distance, for a shell', default: '0' },
    'max-radius': { value: 'R', text: 'the greatest distance', default: 'Infinity' },
    details: { text: 'gives complete records, with planets and moons' },
    ...QUERY_OPTIONS,
  },
  notes: [
    'JSON has one object a line: id, name, x, y, z, region, then the fields of --details, then distance. A field of the',
    'record with one of these seven names is left out. Systems at equal distance are in order of id.',
    'The unit of distances is that of the coordinates. Tables name it if the _meta of the catalogue does (units.position).',
    '--plan prints {generation, pages, chunks: [{hash, length, nearest, systems}], systems, length, requests} with lengths',
    'in uncompressed bytes, without the files of --details. It reads pages of the tree. These files are enough wherever',
    'the systems lie in them; the query reads some of them as a rule.',
  ],
  examples: [
    ['query nearest my-set --center 0,0,0 --count 10', 'the ten systems nearest to the origin'],
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
  run: async (args, io) => (await import('../query-nearest.ts')).run(args, io),
};
