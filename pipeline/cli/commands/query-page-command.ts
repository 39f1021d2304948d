import type { Command } from '#pipeline/cli/command.ts';
import { QUERY_FLAGS, SET, TABLE_PLAN_NOTES } from './shared-options.ts';

export const queryPageCommand: Command = {
  name: 'query page',
  purpose: 'Prints one page of all systems, or of the systems of a region, in order of name, then id.',
  operands: [SET],
  required: [],
  misplaced: 'region',
  options: {
    region: { value: 'REGION', text: 'only the systems of this region' },
    page: { value: 'N', text: 'the number of the page, from 1', default: '1' },
    'per-page': { value: 'M', text: 'systems per page', default: '100', insteadOf: ['limit', 'count'] },
    after: { value: 'NAME', text: 'instead of --page: the systems after those of this name' },
    'after-id': { value: 'ID', text: 'with --after: the systems after the one of this name and id' },
    ...QUERY_FLAGS,
  },
  notes: [
    'JSON is one object: {systems, total, page, per_page, total_pages}. A system has id, name, x, y, z, region, then the',
    'fields of the --summary of the build. Every page costs the same. An empty page, for example after the last one, is',
    'printed too, with exit code 4. With --region, --plan does not name the separate table that a large region has.',
    ...TABLE_PLAN_NOTES,
  ],
  examples: [
    ['query page my-set', 'the first 100 systems'],
    ['query page my-set --region Centaurus --page 2 --per-page 5', 'of one region'],
    ['query page my-set --after Sol --after-id SYS_SOL --per-page 20', 'the systems after a system'],
  ],
  elsewhere: {
    where: 'query list SET FIELD VALUE gives the pages of a value; query nearest, sphere and box filter',
  },
  run: async (args, io) => (await import('./run-query-page.ts')).run(args, io),
};
