import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseLocation } from '#client/node/node-location.ts';
import type { Arguments } from '#pipeline/cli/arguments.ts';
import type { Io } from '#pipeline/cli/command.ts';
import { EXIT } from '#pipeline/cli/exit.ts';
import { describeFile, readSetFile } from '#pipeline/cli/inspect/inspect-file.ts';
import { describeSet, statisticsOf } from '#pipeline/cli/inspect/inspect-set.ts';
import { explained, fileError } from '#pipeline/cli/set-location.ts';

export async function run(args: Arguments, io: Io): Promise<number> {
  const location = args.operand;
  const json = args.has('json');
  const path = parseLocation(location);
  if (typeof path === 'string' && (await isSetFile(path))) {
    const file = await readSetFile(path);
    const error = file.plain.kind === null && !path.endsWith('.mpk') ? fileError(path) : undefined;
    if (error) throw error;
    await io.output.write(json ? `${JSON.stringify(file.plain)}\n` : describeFile(file));
    if (file.fault === undefined) return EXIT.done;
    io.stderr.write(`haven-chunks: ${location}: ${file.fault}\n`);
    return EXIT.badData;
  }
  const statistics = await explained(location, statisticsOf(location, io.signal));
  await io.output.write(json ? `${JSON.stringify(statistics)}\n` : describeSet(statistics));
  return EXIT.done;
}

/** True for a file; false for index.json, which names its set. */
async function isSetFile(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
  });
  return found?.isFile() === true && basename(path) !== 'index.json';
}
