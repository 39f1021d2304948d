import { jsonText } from '../../client/format/json-text.ts';
import type { RowKey } from '../../client/index.ts';
import { UsageError } from '../errors.ts';
import type { Arguments } from './arguments.ts';
import type { Command } from './command.ts';
import { type Query, rowObject, runQuery, SET_OPERAND, TABLE_NOTES, TABLE_OPTIONS } from './query.ts';
import { planOf } from './tables.ts';

export const queryPageCommand: Command = {
  name: 'query page',
  purpose: 'Gives a page of all systems, or of those of a region, in order of name, then id.',
  operands: [SET_OPERAND],
  required: [],
  options: {
    region: { value: 'REGION', text: 'only the systems of this region' },
    page: { value: 'N', text: 'which page, from 1', default: '1' },
    'per-page': { value: 'M', text: 'systems of a page', default: '100' },
    after: { value: 'NAME', text: 'instead of --page: the systems that come after those of this name' },
    'after-id': { value: 'ID', text: 'with --after: after the system of this name and id' },
    ...TABLE_OPTIONS,
  },
  notes: [
    'Prints one JSON object: {systems, total, page, per_page, total_pages}. A system has id, name, x, y, z, region, then the',
    'fields of --summary that the set was built with. Any page costs the same. A page without systems, as beyond the last',
    'one, is printed too, and the exit code is 4. With a --region, --plan does not name the table of its own that a large',
    'region has.',
    ...TABLE_NOTES,
  ],
  examples: [
    ['query page my-set', 'the first 100'],
    ['query page my-set --region "Outer Rim" --page 3 --per-page 20', 'of one region'],
    [
      'query page my-set --after Sol --after-id SYS_0001 --per-page 20',
      'what follows a system, whatever was added before it',
    ],
  ],
  run: runQuery(queryOf),
};

function queryOf(args: Arguments): Query {
  const query = {
    region: args.text('region'),
    page: args.whole('page'),
    perPage: args.whole('per-page'),
    after: afterOf(args),
  };
  return {
    async answer(tileset, options, { output }) {
      const { systems, total, page, perPage, totalPages } = await tileset.page({ ...query, ...options });
      const answer = { total, page, per_page: perPage, total_pages: totalPages };
      await output.write(`${jsonText({ systems: systems.map(rowObject), ...answer })}\n`);
      return { found: systems.length > 0 };
    },
    plan: async tileset => planOf(tileset, query.region === undefined ? ['names'] : ['regions', 'members']),
  };
}

function afterOf(args: Arguments): RowKey | undefined {
  const name = args.text('after');
  const id = args.text('after-id');
  if (name === undefined) {
    if (id !== undefined) throw new UsageError('query page: --after-id goes with --after, the name');
    return undefined;
  }
  if (args.has('page')) throw new UsageError('query page: give --page or --after, one of them');
  // No text lies between a name and the same with a NUL, and no id is empty.
  return id === undefined ? { name: `${name}\0`, id: '' } : { name, id };
}
