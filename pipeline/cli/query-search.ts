import { jsonText } from '../../client/format/json-text.ts';
import { MissingIndexError } from '../../client/index.ts';
import type { Arguments } from './arguments.ts';
import type { Command } from './command.ts';
import { type Query, rowObject, runQuery, SET_OPERAND, TABLE_NOTES, TABLE_OPTIONS } from './query.ts';
import { planOf } from './tables.ts';
import { counted } from './units.ts';

export const querySearchCommand: Command = {
  name: 'query search',
  purpose: 'Finds the systems that have a text in their name or another searched field.',
  operands: [SET_OPERAND, { name: 'TEXT', text: 'what to look for; % and _ mean themselves' }],
  required: [],
  options: {
    limit: { value: 'N', text: 'most systems wanted', default: '50' },
    ...TABLE_OPTIONS,
  },
  notes: [
    'Case and Unicode normalisation are ignored. What is searched, and whether a text is found anywhere (infix) or at the',
    'beginnings of words only (words), was decided when the set was built; "inspect SET" shows it.',
    'Prints a system a line as JSON, in order of name, then id: id, name, x, y, z, region, then the fields of --summary that',
    'the set was built with. Where more match than --limit, these are the first that the index comes to; standard error',
    'says so, and --stats has truncated: true.',
    ...TABLE_NOTES,
  ],
  examples: [
    ['query search my-set centauri', 'names and other texts that have it'],
    ['query search my-set "paraffinium" --limit 1000 | jq -r .name', 'more of them, by name'],
    ['query search my-set -- -42', 'a text that begins with a dash'],
  ],
  run: runQuery(queryOf),
};

function queryOf(args: Arguments): Query {
  const text = args.operands[1]!;
  const limit = args.whole('limit');
  return {
    async answer(tileset, options, { output, stderr }) {
      const { systems, truncated } = await tileset.search(text, { ...options, limit });
      for (const system of systems) await output.write(`${jsonText(rowObject(system))}\n`);
      if (truncated) {
        const shown = counted(systems.length, 'system');
        stderr.write(
          `haven-chunks: more match; these are ${shown}: give a longer text or a larger --limit\n`,
        );
      }
      return { found: systems.length > 0, stats: { truncated } };
    },
    async plan(tileset) {
      const { mode } = tileset.options.search;
      if (mode === 'none')
        throw new MissingIndexError(
          `${args.operand} was built without an index to search: build it again, --search infix or words`,
        );
      return planOf(tileset, ['fold', 'words', 'values', 'parts']);
    },
  };
}
