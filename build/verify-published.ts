import { runJob } from './job.ts';
import { verifyStep } from './publish-steps.ts';

// `npm run verify-published`: reads all files of a published set, as clients get them, and checks them.

await runJob(
  {
    usage: 'npm run verify-published -- SET [--endpoint URL] [--summary FILE]',
    options: ['endpoint'],
    required: [],
    isOpen: false,
  },
  async (job, line) => {
    const [set] = line.operands as [string];
    const { generation } = await verifyStep(job, set, line);
    return `${set} is intact: generation ${generation.slice(0, 12)}`;
  },
);
