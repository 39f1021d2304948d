import { jsonText } from '../../client/format/json-text.ts';
import type { Arguments } from './arguments.ts';
import type { Command } from './command.ts';
import { type Query, runQuery, SET_OPERAND, TABLE_NOTES, TABLE_OPTIONS } from './query.ts';
import { planOf } from './tables.ts';

export const queryNamesCommand: Command = {
  name: 'query names',
  purpose: 'Lists different names that begin with a text, as for autocomplete.',
  operands: [SET_OPERAND],
  required: [],
  options: {
    prefix: { value: 'TEXT', text: 'what the names begin with', default: 'any' },
    limit: { value: 'N', text: 'most names wanted', default: '10' },
    'ignore-case': { text: 'lets case and Unicode normalisation differ' },
    ...TABLE_OPTIONS,
  },
  notes: [
    'Prints a name a line as a JSON text, in order of their UTF-8 bytes; with --ignore-case, in order of what is left of',
    'them without case.',
    ...TABLE_NOTES,
  ],
  examples: [
    ['query names my-set --prefix Al', 'ten at the most'],
    ['query names my-set --prefix al --ignore-case --limit 20 | jq -r .', 'as somebody types it'],
  ],
  run: runQuery(queryOf),
};

function queryOf(args: Arguments): Query {
  const ignoreCase = args.has('ignore-case');
  const query = { prefix: args.text('prefix'), limit: args.whole('limit'), ignoreCase };
  return {
    async answer(tileset, options, { output }) {
      const names = await tileset.names({ ...query, ...options });
      for (const name of names) await output.write(`${jsonText(name)}\n`);
      return { found: names.length > 0 };
    },
    plan: async tileset => planOf(tileset, ignoreCase ? ['fold', 'folded'] : ['names']),
  };
}
