import { runJob } from './job.ts';
import { PUBLISH_OPTIONS, PUBLISH_USAGE, publishSteps } from './publish-steps.ts';

// `npm run publish-set`: verifies a set that an earlier job has built, publishes it, and deletes old generations.

await runJob(
  {
    usage: `npm run publish-set -- SET ${PUBLISH_USAGE}`,
    options: PUBLISH_OPTIONS,
    required: ['to'],
    isOpen: false,
  },
  (job, line) => publishSteps(job, line.operands[0]!, line),
);
