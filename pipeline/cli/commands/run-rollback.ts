import type { Arguments } from '#pipeline/cli/arguments.ts';
import type { Io } from '#pipeline/cli/command.ts';
import { EXIT } from '#pipeline/cli/exit.ts';
import { printableText } from '#pipeline/cli/print/printable.ts';
import { counted } from '#pipeline/cli/print/units.ts';
import { explained } from '#pipeline/cli/set-location.ts';
import { rollback } from '#pipeline/publish/history.ts';

export async function run(args: Arguments, io: Io): Promise<number> {
  const location = args.operand;
  const options = { endpoint: args.text('endpoint') };
  const summary = await explained(location, rollback(location, args.text('to')!, options, io.signal));
  if (args.has('json')) await io.output.write(`${JSON.stringify(summary)}\n`);
  else if (!args.has('quiet')) {
    const { generation, parent, changed, counts } = summary;
    const lines = changed
      ? [`Live again in ${location}: generation ${generation}`, `  replaces ${parent}`]
      : [`Generation ${generation} is live in ${location} already`];
    await io.output.write(printableText([...lines, `  ${counted(counts.systems, 'system')}`]));
  }
  return EXIT.done;
}
