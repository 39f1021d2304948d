import { counted } from '#pipeline/cli/print/units.ts';
import type { BuildSummary } from '#pipeline/index.ts';
import { runJob } from './job.ts';
import { filesText, PUBLISH_OPTIONS, PUBLISH_USAGE, publishSteps } from './publish-steps.ts';

// `npm run regenerate`: the nightly job. Builds the set of a catalogue, verifies it, publishes it, and deletes old
// generations. It can run twice: a catalogue that has not changed publishes nothing.

await runJob(
  {
    usage: `npm run regenerate -- INPUT... --set DIR ${PUBLISH_USAGE} [-- OPTION OF BUILD...]`,
    options: [...PUBLISH_OPTIONS, 'set'],
    required: ['set', 'to'],
    isOpen: true,
  },
  async (job, line) => {
    const set = line.values['set']!;
    await job.run<BuildSummary>(
      'build',
      ['build', ...line.operands, '--out', set, ...line.rest],
      ({ systems, files, bytes, rejected, duplicates }) =>
        `${counted(systems, 'system')}, ${filesText(files, bytes)}; ${counted(rejected, 'record')} rejected, ${counted(duplicates, 'duplicate')}`,
    );
    return publishSteps(job, set, line);
  },
);
