import type { Command } from '#pipeline/cli/command.ts';
import { QUERY_FLAGS, SET, TABLE_PLAN_NOTES } from './shared-options.ts';

export const querySystemCommand: Command = {
  name: 'query system',
  purpose: 'Prints the systems of a name, or the system of an id, with planets, moons and all other fields.',
  operands: [SET],
  required: [],
  misplaced: 'name',
  options: {
    name: { value: 'NAME', text: 'the name; several systems can have it' },
    id: { value: 'ID', text: 'the id, instead of the name' },
    'ignore-case': { text: 'also finds names that differ only in case or Unicode normalisation' },
    ...QUERY_FLAGS,
  },
  notes: [
    'JSON has one object per line, in order of name, then id: id, name, x, y, z, region, then all other fields of the record.',
    'A field of the record with one of these six names is left out.',
    'If no system has the name, similar names are suggested on standard error. --stats does not count that search.',
    ...TABLE_PLAN_NOTES,
  ],
  examples: [
    ['query system my-set --name Sol', 'a star with its planets'],
    ['query system my-set --name sol --ignore-case | jq -r .id', 'the id of a name in any case'],
    ['query system https://example.org/my-set --id SYS_SOL --stats', 'from a web server, with the cost'],
  ],
  run: async (args, io) => (await import('./run-query-system.ts')).run(args, io),
};
