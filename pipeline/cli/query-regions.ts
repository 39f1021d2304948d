import { jsonText } from '../../client/format/json-text.ts';
import type { Command } from './command.ts';
import { runQuery, SET_OPERAND, TABLE_NOTES, TABLE_OPTIONS } from './query.ts';
import { planOf } from './tables.ts';

export const queryRegionsCommand: Command = {
  name: 'query regions',
  purpose: 'Lists all regions with what they hold.',
  operands: [SET_OPERAND],
  required: [],
  options: TABLE_OPTIONS,
  notes: [
    'Prints a region a line as JSON, in order of name: {region, count, bounds: {min: [x, y, z], max: [x, y, z]}}, where count',
    'is its number of systems, and bounds are their lowest and highest coordinates.',
    ...TABLE_NOTES,
  ],
  examples: [
    ['query regions my-set', 'all of them'],
    ['query regions my-set | jq -r .region', 'their names only'],
  ],
  run: runQuery(() => ({
    async answer(tileset, options, { output }) {
      let found = false;
      for await (const { region, count, bounds } of tileset.regions(options)) {
        found = true;
        const { min, max } = bounds;
        await output.write(`${jsonText({ region, count, bounds: { min: [...min], max: [...max] } })}\n`);
      }
      return { found };
    },
    plan: async tileset => planOf(tileset, ['regions']),
  })),
};
