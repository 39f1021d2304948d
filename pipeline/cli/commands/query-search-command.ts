import type { Command } from '#pipeline/cli/command.ts';
import { QUERY_FLAGS, SET, TABLE_PLAN_NOTES } from './shared-options.ts';

export const querySearchCommand: Command = {
  name: 'query search',
  purpose: 'Finds the systems whose name, value of a facet or other searched field contains a string.',
  operands: [SET, { name: 'TEXT', text: 'the string to find; % and _ are ordinary characters' }],
  required: [],
  options: {
    limit: { value: 'N', text: 'the maximum number of systems, or of values', default: '50' },
    values: { text: 'prints the values of facets that contain TEXT, with the numbers of their systems' },
    ...QUERY_FLAGS,
  },
  notes: [
    'The best come first; "match" says how a system matches: "exact", its name is TEXT; "prefix", it begins with TEXT;',
    '"word", a word of it does; "inside", it has TEXT anywhere; "value", a value of a facet has it, of a planet or moon',
    'too: "field" and "value" say which. If only another searched field has it, "field" names that.',
    'Case, accents and Unicode normalisation are ignored; a comma list is searched element by element. The build decides',
    'which fields are searched, and whether TEXT is found anywhere (--search infix) or only at the beginning of a word',
    '(--search words); "inspect SET" shows it.',
    'JSON has one object per line: id, name, x, y, z, region, match, field, value. With --values it has field, value,',
    'match, systems; "query nearest SET --where FIELD=VALUE" then finds the nearest of these systems. If more systems',
    'match than --limit allows, names that are or begin with TEXT are printed first, then the first of the others that',
    'were found; standard error says so, and --stats has truncated: true.',
    ...TABLE_PLAN_NOTES,
  ],
  examples: [
    ['query search my-set centauri', 'systems with this string in a searched field'],
    ['query search my-set "van maanen" --limit 1000 | jq -r .name', 'names only, in a pipe'],
    [
      'query search my-set taurus --values',
      'values of facets with this string, and how many systems have them',
    ],
    ['query search my-set -- -09', 'a string that begins with a dash'],
  ],
  elsewhere: {
    where: 'filters are in query nearest, sphere and box; query list gives all systems of a value',
  },
  run: async (args, io) => (await import('./run-query-search.ts')).run(args, io),
};
