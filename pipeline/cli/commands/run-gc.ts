import type { Arguments } from '#pipeline/cli/arguments.ts';
import type { Io } from '#pipeline/cli/command.ts';
import { EXIT } from '#pipeline/cli/exit.ts';
import { printableText } from '#pipeline/cli/print/printable.ts';
import { counted, size } from '#pipeline/cli/print/units.ts';
import { explained } from '#pipeline/cli/set-location.ts';
import { collectGarbage, type GarbageSummary } from '#pipeline/publish/collect-garbage.ts';

export async function run(args: Arguments, io: Io): Promise<number> {
  const location = args.operand;
  const dryRun = args.has('dry-run');
  const options = {
    endpoint: args.text('endpoint'),
    keep: args.integer('keep', 1)!,
    grace: args.duration('grace')!,
    sweep: args.has('sweep'),
    dryRun,
  };
  const summary = await explained(location, collectGarbage(location, options, io.signal));
  if (args.has('json')) await io.output.write(`${JSON.stringify(summary)}\n`);
  else if (!args.has('quiet')) await io.output.write(describe(summary, location, dryRun));
  return EXIT.done;
}

function describe(
  { kept, deleted, dropped, marked, waiting, blockedBy }: GarbageSummary,
  location: string,
  dryRun: boolean,
): string {
  const verb = (done: string) => (dryRun ? `would be ${done}` : done);
  return printableText([
    `${counted(kept.length, 'generation')} of ${location} kept, the live one included`,
    ...(blockedBy === null ? [] : [`  stopped: ${blockedBy} is under way; run it again later`]),
    `  ${verb('deleted')}: ${counted(deleted.files, 'file')} (${size(deleted.bytes)}), ${counted(dropped.length, 'generation')}`,
    `  ${verb('marked')} for a later run: ${counted(marked.files, 'file')}, ${counted(marked.generations, 'generation')}`,
    ...(waiting.until === null
      ? []
      : [`  marked earlier: ${counted(waiting.files, 'file')}, the first of them due at ${waiting.until}`]),
  ]);
}
