import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { NotFoundError } from '../../client/index.ts';
import type { Arguments } from './arguments.ts';
import type { Command, Io } from './command.ts';
import { EXIT } from './exit.ts';
import { describeFile, readSetFile } from './inspect-file.ts';
import { describeSet, statisticsOf } from './inspect-set.ts';
import { isAddress } from './location.ts';

export const inspectCommand: Command = {
  name: 'inspect',
  purpose: 'Shows a chunk set, or any one file of it, to a person.',
  operands: [{ name: 'SET|FILE', text: 'a folder, an http(s) address, or a file: index.json or any .mpk' }],
  required: [],
  options: { json: { text: 'prints one JSON object; of a file, all that it holds' } },
  notes: [
    'A set is shown by its index, by every page of its tree and by the inner pages of its tables; chunks are not read. A',
    'file whose content is not what its name says is shown as far as it can be read, and the exit code is 1.',
  ],
  examples: [
    ['inspect my-set', 'counts, bounds, tables, and how full leaves and chunks are'],
    [
      'inspect my-set/chunks/1f0c5d2be4b1c94c1c3d0f4f6a0de2d2d7f1b0aa.mpk',
      'columns, encodings and first rows',
    ],
    ['inspect https://example.org/my-set --json | jq .tree', 'for a script'],
  ],
  run,
};

async function run(args: Arguments, io: Io): Promise<number> {
  const location = args.operand;
  const json = args.has('json');
  if (!isAddress(location) && (await isSetFile(location))) {
    const file = await readSetFile(location);
    await io.output.write(json ? `${JSON.stringify(file.plain)}\n` : describeFile(file));
    if (file.fault === undefined) return EXIT.done;
    io.stderr.write(`haven-chunks: ${location}: ${file.fault}\n`);
    return EXIT.badData;
  }
  const statistics = await statisticsOf(location, io.signal);
  await io.output.write(json ? `${JSON.stringify(statistics)}\n` : describeSet(statistics));
  return EXIT.done;
}

/** True for a file, but for an index, which stands for its set. */
async function isSetFile(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
    throw new NotFoundError(`"${path}" does not exist: check the path, it is relative to ${process.cwd()}`);
  });
  return found.isFile() && basename(path) !== 'index.json';
}
