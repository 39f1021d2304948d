import type { Arguments } from '#pipeline/cli/arguments.ts';
import type { Io } from '#pipeline/cli/command.ts';
import { EXIT } from '#pipeline/cli/exit.ts';
import { printableText } from '#pipeline/cli/print/printable.ts';
import { Progress } from '#pipeline/cli/print/progress.ts';
import { counted, size } from '#pipeline/cli/print/units.ts';
import { explained, sourceOf } from '#pipeline/cli/set-location.ts';
import { verifyOnThread } from '#pipeline/cli/verify-thread.ts';
import { UsageError } from '#pipeline/errors.ts';
import { checkTemp } from '#pipeline/store/scratch.ts';
import type { VerifyReport } from '#pipeline/verify/index.ts';

const FIRST_ORPHANS = 20;
/** Less is not enough for the modules and one chunk. */
const LEAST_MEMORY = 32 << 20;

export async function run(args: Arguments, io: Io): Promise<number> {
  const location = args.operand;
  const endpoint = args.text('endpoint');
  const source = sourceOf(location, { endpoint });
  const temp = args.text('temp');
  if (temp !== undefined) checkTemp(temp);
  const memoryBytes = args.bytes('memory');
  if (memoryBytes !== undefined && memoryBytes < LEAST_MEMORY)
    throw new UsageError(`--memory is ${args.text('memory')}: expected at least 32MiB`, {
      found: memoryBytes,
    });
  const progress = new Progress(io.stderr, !args.has('quiet'));
  const onProgress = (systems: number, total: number) => progress.systems('verifying', systems, total);
  let report: VerifyReport;
  try {
    const data = { location, endpoint, temp, memoryBytes, canonical: args.has('canonical') };
    report = await explained(location, verifyOnThread(data, onProgress, io.signal));
  } finally {
    progress.clear();
  }
  if (args.has('json')) await io.output.write(`${JSON.stringify(report)}\n`);
  else if (!args.has('quiet')) {
    const level = args.has('canonical') ? 'canonical' : 'valid';
    await io.output.write(describe(report, source.location, !('list' in source), level));
  }
  return report.problems.length > 0 ? EXIT.badData : EXIT.done;
}

function describe(report: VerifyReport, location: string, remote: boolean, level: string): string {
  const { generation, systems, files, bytes, problems } = report;
  return printableText([
    `Verified ${location}, generation ${generation}`,
    `  ${counted(systems, 'system')}, ${counted(files, 'file')}, ${size(bytes)}`,
    '',
    ...(problems.length > 0
      ? [
          `  ${counted(problems.length, 'problem')}; build the set again, or copy it again from an intact one:`,
          ...problems.map(({ file, problem }) => `    ${file}: ${problem}`),
        ]
      : [`  No problems: the set is ${level}.`]),
    ...describeOrphans(report.orphans, remote),
  ]);
}

function describeOrphans(orphans: VerifyReport['orphans'], remote: boolean): string[] {
  if (remote) return ['  Orphans cannot be listed over HTTP.'];
  if (!orphans) return ['  Orphans are not listed: a damaged page hides which files the set uses.'];
  if (orphans.length === 0) return ['  No orphans: the set uses all files in the folder.'];
  return [
    `  ${counted(orphans.length, 'orphan')}, files of earlier generations or leftovers:`,
    ...orphans.slice(0, FIRST_ORPHANS).map(path => `    ${path}`),
    ...(orphans.length > FIRST_ORPHANS ? ['    ...'] : []),
  ];
}
