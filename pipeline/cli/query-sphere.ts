import { jsonText } from '../../client/format/json-text.ts';
import type { SphereQuery, Tileset } from '../../client/index.ts';
import { UsageError } from '../errors.ts';
import type { Arguments } from './arguments.ts';
import type { Command, Io } from './command.ts';
import { type Answer, COST_OPTIONS, rowObject, runQuery, SET_OPERAND, STATS_NOTE } from './query.ts';

export const querySphereCommand: Command = {
  name: 'query sphere',
  purpose: 'Lists the systems around a point, nearest first.',
  operands: [SET_OPERAND],
  required: ['center'],
  options: {
    center: { value: 'X,Y,Z', text: 'the point' },
    radius: { value: 'R', text: 'farthest distance that counts', default: 'Infinity, if there is a --limit' },
    'min-radius': { value: 'R0', text: 'nearest distance that counts', default: '0' },
    limit: { value: 'N', text: 'most systems wanted', default: 'all' },
    details: { text: 'gives whole records: planets, moons and all else' },
    ...COST_OPTIONS,
  },
  notes: [
    'Prints a system a line as JSON: id, name, x, y, z, region, then the fields of --details, then distance;',
    'those seven are what queries go by, and stand for fields of the same name. Ties are in order of id.',
    '--plan prints {generation, pages, chunks: [{hash, length, nearest, systems}], systems, length, requests}: lengths in',
    'bytes before compression, files of --details not among them. It reads pages of the tree, and does not know how early',
    `a --limit ends the query. ${STATS_NOTE}`,
  ],
  examples: [
    ['query sphere my-set --center 0,0,0 --radius 10', 'within 10 of the origin'],
    ['query sphere my-set --center=-1.5,2,3 --limit 5', 'the five nearest'],
    [
      'query sphere my-set --center 0,0,0 --radius 20 --min-radius 10 --details',
      'a shell, with planets and moons',
    ],
    [
      'query sphere https://example.org/my-set --center 0,0,0 --radius 50 --stats',
      'from a server, and the cost',
    ],
    ['query sphere my-set --center 0,0,0 --radius 50 | head -3', 'any reader may stop early'],
  ],
  run: runQuery(args => {
    const query = queryOf(args);
    return {
      answer: (tileset, options, io) => printRows(tileset, { ...query, ...options }, io),
      plan: (tileset, options) => planOf(tileset, { ...query, ...options }),
    };
  }),
};

function queryOf(args: Arguments): SphereQuery {
  const limit = args.whole('limit');
  const radius = args.number('radius') ?? Number.POSITIVE_INFINITY;
  if (!args.has('radius') && limit === undefined) {
    throw new UsageError('query sphere: --radius is missing; or give a --limit for the nearest systems');
  }
  return {
    center: args.point('center')!,
    radius,
    minRadius: args.number('min-radius'),
    limit,
    details: args.has('details'),
  };
}

async function printRows(tileset: Tileset, query: SphereQuery, io: Io): Promise<Answer> {
  let found = false;
  for await (const row of tileset.sphere(query)) {
    found = true;
    await io.output.write(`${jsonText(rowObject(row))}\n`);
  }
  return { found };
}

async function planOf(tileset: Tileset, query: SphereQuery): Promise<object> {
  const { pages, chunks } = await tileset.plan(query);
  return {
    generation: tileset.generation,
    pages: pages.map(({ hash, length }) => ({ hash, length })),
    chunks: chunks.map(({ ref: { hash, length }, nearest, systems }) => ({ hash, length, nearest, systems })),
    systems: chunks.reduce((sum, chunk) => sum + chunk.systems, 0),
    length: [...pages, ...chunks.map(chunk => chunk.ref)].reduce((sum, ref) => sum + ref.length, 0),
    requests: 1 + pages.length + chunks.length,
  };
}
