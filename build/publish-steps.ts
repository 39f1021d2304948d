/** The steps that bring a set to its clients: verify, publish, delete old generations. */
import { counted, size } from '#pipeline/cli/print/units.ts';
import type { GarbageSummary, PublishSummary, VerifyReport } from '#pipeline/index.ts';
import { type CommandLine, type Job, passed } from './job.ts';

export const PUBLISH_OPTIONS = ['to', 'endpoint', 'keep', 'grace'];

export const PUBLISH_USAGE = '--to DEST [--endpoint URL] [--keep N] [--grace DURATION] [--summary FILE]';

/** A number of files, with their size. */
export function filesText(files: number, bytes: number): string {
  return `${counted(files, 'file')} (${size(bytes)})`;
}

/** Verifies a set, at a URL as well. */
export function verifyStep(job: Job, set: string, line: CommandLine): Promise<VerifyReport> {
  return job.run<VerifyReport>(
    'verify',
    ['verify', set, ...passed(line, 'endpoint')],
    ({ systems, files, bytes }) => `${counted(systems, 'system')}, ${filesText(files, bytes)}: no problems`,
  );
}

/**
 * Verifies the set of a folder, publishes it, and deletes old generations: by default 3 are kept, and a file is deleted
 * a day after it was marked.
 * @returns the title of the summary
 */
export async function publishSteps(job: Job, set: string, line: CommandLine): Promise<string> {
  const destination = line.values['to']!;
  await verifyStep(job, set, line);
  const { generation, changed } = await job.run<PublishSummary>(
    'publish',
    ['publish', set, destination, ...passed(line, 'endpoint')],
    ({ changed, parent, send, unchanged }) => {
      const sent = `${filesText(send.files, send.bytes)} sent, ${unchanged.toLocaleString('en')} unchanged`;
      if (!changed) return `live already; ${sent}`;
      return parent === null ? `the first generation; ${sent}` : `replaces ${parent.slice(0, 12)}; ${sent}`;
    },
  );
  const keep = line.values['keep'] ?? '3';
  const grace = line.values['grace'] ?? '24h';
  await job.run<GarbageSummary>(
    'gc',
    ['gc', destination, '--keep', keep, '--grace', grace, ...passed(line, 'endpoint')],
    ({ kept, deleted, marked, blockedBy }) =>
      `${counted(kept.length, 'generation')} kept; ${filesText(deleted.files, deleted.bytes)} deleted, ${marked.files.toLocaleString('en')} marked${blockedBy === null ? '' : `; stopped: ${blockedBy} is under way`}`,
  );
  const short = generation.slice(0, 12);
  return changed ? `${destination} has the new generation ${short}` : `${destination} is unchanged: ${short}`;
}
