import type { Command } from '#pipeline/cli/command.ts';
import { QUERY_FLAGS, SET, TABLE_PLAN_NOTES } from './shared-options.ts';

export const queryListCommand: Command = {
  name: 'query list',
  purpose:
    'Lists the values of a field, or prints one page of the systems of a value or in the order of the field.',
  operands: [
    SET,
    { name: 'FIELD', text: 'a field of the --listings of the build; region always is one' },
    { name: 'VALUE', text: 'a value of the field, for a page of its systems', optional: true },
  ],
  required: [],
  options: {
    page: { value: 'N', text: 'the number of the page, from 1', default: '1' },
    'per-page': { value: 'M', text: 'systems per page', default: '100', insteadOf: ['limit', 'count'] },
    order: {
      value: 'asc|desc',
      text: 'without VALUE: a page of all systems, by a field that was listed with :asc or :desc',
    },
    ...QUERY_FLAGS,
  },
  notes: [
    'Without VALUE, JSON has one object per line: {value, systems, bounds: {min: [x, y, z], max: [x, y, z]}} with the number',
    'and the lowest and highest coordinates of the systems of the value: false, true, the numbers, the strings. If the field',
    'is listed in an order only, the result is a page, as with --order: numbers, dates, then systems that have neither.',
    'A page is one object: {systems, total, page, per_page, total_pages}. A VALUE such as 5 or true is the string; if no',
    'system has it, the number or the boolean. An empty page is printed too, with exit code 4.',
    ...TABLE_PLAN_NOTES,
  ],
  examples: [
    ['query list my-set region', 'all regions'],
    ['query list my-set attributes', 'the values of a field, if the build has --listings attributes'],
    ['query list my-set attributes G2V --per-page 20', 'the systems of a value'],
    ['query list my-set distance_ly --order desc --per-page 10', 'the ten systems of the highest numbers'],
  ],
  run: async (args, io) => (await import('./run-query-list.ts')).run(args, io),
};
