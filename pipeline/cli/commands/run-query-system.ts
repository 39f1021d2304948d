import type { JsonObject, SystemWithRecord } from '#client/index.ts';
import type { Arguments } from '#pipeline/cli/arguments.ts';
import { printCard } from '#pipeline/cli/print/card.ts';
import { paint } from '#pipeline/cli/print/colour.ts';
import { printable } from '#pipeline/cli/print/printable.ts';
import { resultPrinter } from '#pipeline/cli/print/result-printer.ts';
import { tablesPlan } from '#pipeline/cli/table-roots.ts';
import { UsageError } from '#pipeline/errors.ts';
import { noSystemOfId, noSystemOfName } from './near-misses.ts';
import { type Query, type QueryIo, queryRunner, rowObject, unitOf } from './run-query.ts';

export const run = queryRunner(queryOf);

function queryOf(args: Arguments): Query {
  const name = args.text('name');
  const id = args.text('id');
  const ignoreCase = args.has('ignore-case');
  if ((name === undefined) === (id === undefined)) {
    throw new UsageError('query system: give either --name or --id');
  }
  if (id !== undefined && ignoreCase) {
    throw new UsageError('query system: --ignore-case needs --name: ids are compared exactly');
  }
  return {
    async answer(tileset, options, io) {
      const found =
        name === undefined
          ? [await tileset.systemById(id!, options)].filter(system => system !== undefined)
          : await tileset.systemsByName(name, { ...options, ignoreCase });
      if (found.length === 0) {
        const { signal } = options;
        const none =
          name === undefined
            ? await noSystemOfId(tileset, id!, signal)
            : await noSystemOfName(tileset, name, ignoreCase, signal);
        return { none };
      }
      if (io.asTable) await printSystems(found, await unitOf(tileset, options.signal), io);
      else for (const system of found) await resultPrinter(io.output, undefined, rowObject).add(system);
      return {};
    },
    plan: async tileset =>
      tablesPlan(
        tileset,
        name === undefined
          ? ['ids', 'tree']
          : [...(ignoreCase ? (['folded'] as const) : []), 'names', 'tree'],
      ),
  };
}

async function printSystems(systems: readonly SystemWithRecord[], unit: string | undefined, io: QueryIo) {
  for (const [i, system] of systems.entries()) {
    const { name, x, y, z, ...fields } = rowObject(system);
    const position = `${[x, y, z].join(', ')}${unit === undefined ? '' : ` ${unit}`}`;
    if (i > 0) await io.output.write('\n');
    await io.output.write(`${paint('bold', printable(String(name)), io.output)}\n`);
    await printCard(io.output, { position, ...fields } as JsonObject);
  }
}
