import { jsonText } from '../../client/format/json-text.ts';
import { UsageError } from '../errors.ts';
import type { Arguments } from './arguments.ts';
import type { Command } from './command.ts';
import { type Query, rowObject, runQuery, SET_OPERAND, TABLE_NOTES, TABLE_OPTIONS } from './query.ts';
import { planOf } from './tables.ts';

export const querySystemCommand: Command = {
  name: 'query system',
  purpose: 'Gives the systems of a name, or the system of an id, whole: planets, moons and all else.',
  operands: [SET_OPERAND],
  required: [],
  options: {
    name: { value: 'NAME', text: 'the name of the system; several systems may have it' },
    id: { value: 'ID', text: 'the id of the system, instead of its name' },
    'ignore-case': { text: 'takes names that differ in case or Unicode normalisation only for the same' },
    ...TABLE_OPTIONS,
  },
  notes: [
    'Prints a system a line as JSON, in order of name, then id: id, name, x, y, z, region, then all other fields of the',
    'record. Those six are what queries go by, and stand for fields of the same name.',
    ...TABLE_NOTES,
  ],
  examples: [
    ['query system my-set --name Sol', 'one star with its planets'],
    ['query system my-set --name sol --ignore-case | jq -r .id', 'whoever wrote the name, and how'],
    ['query system https://example.org/my-set --id SYS_0017 --stats', 'from a server, and the cost'],
  ],
  run: runQuery(queryOf),
};

function queryOf(args: Arguments): Query {
  const name = args.text('name');
  const id = args.text('id');
  const ignoreCase = args.has('ignore-case');
  if ((name === undefined) === (id === undefined)) {
    throw new UsageError('query system: give --name or --id, one of them');
  }
  if (id !== undefined && ignoreCase) {
    throw new UsageError('query system: --ignore-case goes with --name; ids are compared as they are');
  }
  return {
    async answer(tileset, options, { output }) {
      const found =
        name === undefined
          ? [await tileset.systemById(id!, options)].filter(system => system !== undefined)
          : await tileset.systemsByName(name, { ...options, ignoreCase });
      for (const system of found) await output.write(`${jsonText(rowObject(system))}\n`);
      return { found: found.length > 0 };
    },
    plan: async tileset =>
      planOf(
        tileset,
        name === undefined
          ? ['ids', 'tree']
          : [...(ignoreCase ? (['fold', 'folded'] as const) : []), 'names', 'tree'],
      ),
  };
}
