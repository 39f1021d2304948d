import type { Arguments } from '#pipeline/cli/arguments.ts';
import type { Io } from '#pipeline/cli/command.ts';
import { EXIT } from '#pipeline/cli/exit.ts';
import { printableText } from '#pipeline/cli/print/printable.ts';
import { Progress } from '#pipeline/cli/print/progress.ts';
import { say, sayLosses } from '#pipeline/cli/print/say.ts';
import { counted, duration, size } from '#pipeline/cli/print/units.ts';
import { explained, isAddress } from '#pipeline/cli/set-location.ts';
import { UsageError } from '#pipeline/errors.ts';
import type { LeftOutFile, Reject } from '#pipeline/source/index.ts';
import { rejectLine } from '#pipeline/source/source-location.ts';
import { folderOf } from '#pipeline/store/open-store.ts';
import type { EditConflict } from '#pipeline/update/resolve-edits.ts';
import {
  conflictLine,
  conflictReject,
  type UpdateSummary,
  updateTileset,
} from '#pipeline/update/update-tileset.ts';
import { mapOf } from './map-option.ts';
import { withRejects } from './rejects-file.ts';

const INPUTS = ['changes', 'upsert', 'patch', 'delete'] as const;
const EXAMPLES = 3;

export async function run(args: Arguments, io: Io): Promise<number> {
  const set = args.operand;
  const [changes, upsert, patch, deleted] = INPUTS.map(option => args.all(option)) as [
    string[],
    string[],
    string[],
    string[],
  ];
  const inputs = [...changes, ...upsert, ...patch, ...deleted];
  if (inputs.length === 0)
    throw new UsageError('update: no edits are given: give --upsert, --patch, --delete or --changes FILE');
  const progress = new Progress(io.stderr, !args.has('quiet'));
  const report = new Report();
  const updating = withRejects(args, inputs, isAddress(set) ? set : folderOf(set), io, rejects =>
    updateTileset(
      set,
      { changes, upsert, patch, delete: deleted, map: mapOf(args) },
      { strict: args.has('strict'), dryRun: args.has('dry-run'), flush: !args.has('no-flush') },
      {
        onReject(reject) {
          rejects?.add(reject);
          report.addReject(reject);
        },
        onConflict(conflict) {
          const reject = conflictReject(conflict);
          if (reject) rejects?.add(reject);
          report.addConflict(conflict);
        },
        onLeftOut: file => report.leftOut.push(file),
        onProgress: edits => progress.edits(edits),
        onLarge(edits, systems) {
          progress.clear();
          if (!args.has('quiet')) say(io.stderr, largeUpdate(edits, systems));
        },
      },
      io.signal,
    ).finally(() => progress.clear()),
  );
  const summary = await explained(set, updating);
  if (args.has('json')) await io.output.write(`${JSON.stringify(summary)}\n`);
  else if (!args.has('quiet'))
    await io.output.write(
      describe(summary, report, { set, isDryRun: args.has('dry-run'), rejectsPath: args.text('rejects') }),
    );
  else if (!args.has('rejects')) sayLosses(io.stderr, describeLosses(summary, report, undefined));
  return EXIT.done;
}

function largeUpdate(edits: number, systems: number): string {
  return `${counted(edits, 'edit')} of a set of ${counted(systems, 'system')}: a build of the edited catalogue takes less time and memory than an update`;
}

/** Examples of edits that are not made, and of files that are not read. */
class Report {
  readonly rejects: Reject[] = [];
  readonly conflicts: EditConflict[] = [];
  readonly leftOut: LeftOutFile[] = [];

  addReject(reject: Reject): void {
    if (this.rejects.length < EXAMPLES) this.rejects.push(reject);
  }

  addConflict(conflict: EditConflict): void {
    if (this.conflicts.length < EXAMPLES) this.conflicts.push(conflict);
  }
}

function describe(
  summary: UpdateSummary,
  report: Report,
  { set, isDryRun, rejectsPath }: { set: string; isDryRun: boolean; rejectsPath: string | undefined },
): string {
  const { generation, previous, added, changed, removed, identical, systems, read, written } = summary;
  const isChanged = generation !== previous;
  const head = isChanged
    ? `${isDryRun ? 'Would update' : 'Updated'} ${set}: ${added} added, ${changed} changed, ${removed} removed`
    : `Nothing to change in ${set}`;
  const lines = [head, `  ${counted(systems, 'system')}, generation ${generation}`];
  if (isChanged) {
    lines.push(
      `  read ${counted(read.files, 'file')} (${size(read.bytes)}), ${isDryRun ? 'would write' : 'wrote'} ${counted(written.files, 'file')} (${size(written.bytes)})`,
    );
  }
  if (summary.meta) lines.push('  _meta is that of the new files');
  if (identical > 0) lines.push(`  ${counted(identical, 'system')} edited to what it was`);
  lines.push(...report.leftOut.map(({ file, reason }) => `  ${file} left out: ${reason}`));
  lines.push(...describeLosses(summary, report, rejectsPath).map(line => `  ${line}`));
  if (summary.skipped > 0)
    lines.push(`  ${counted(summary.skipped, 'entry', 'entries')} skipped: not systems, by key or type`);
  lines.push(`  ${duration(summary.seconds)}`);
  return printableText(lines);
}

/** Edits that are not made, with examples. */
function describeLosses(
  summary: UpdateSummary,
  { rejects, conflicts }: Report,
  rejectsPath: string | undefined,
): string[] {
  const where = rejectsPath === undefined ? '--rejects FILE lists them' : `all in ${rejectsPath}`;
  return [
    ...examplesOf('conflict', summary.conflicts, conflicts.map(conflictLine), where),
    ...examplesOf('rejected record', summary.rejected, rejects.map(rejectLine), where),
  ];
}

function examplesOf(noun: string, count: number, examples: readonly string[], where: string): string[] {
  if (count === 0) return [];
  return [
    `${counted(count, noun)}; ${where}`,
    ...examples.map(line => `  ${line}`),
    ...(count > examples.length ? ['  ...'] : []),
  ];
}
