import type { Command } from '#pipeline/cli/command.ts';
import { S3_NOTES, S3_OPTIONS } from './shared-options.ts';

export const publishCommand: Command = {
  name: 'publish',
  purpose: 'Publishes a chunk set to a folder or a bucket: sends new files, then switches to them at once.',
  operands: [
    { name: 'DIR', text: 'the folder of the chunk set' },
    { name: 'DEST', text: 'where clients read it: a folder, or s3://bucket/prefix' },
  ],
  required: [],
  options: {
    plan: { text: 'prints what would be sent, the requests and their cost, and writes nothing' },
    base: {
      value: 'GENERATION',
      text: 'fails unless this generation is live, or none with the word none',
      default: 'any is replaced',
      insteadOf: ['parent', 'if-match'],
    },
    ...S3_OPTIONS,
    'no-flush': {
      text: 'does not flush files of a folder to disk: faster, but a power cut can damage the set',
    },
    json: { text: 'prints the summary, or the plan, as one JSON object' },
    quiet: { text: 'prints no summary and no progress' },
  },
  notes: [
    'Files that the live generation has too stay in place. Any other file is sent, also if it exists already: a garbage',
    'collection may be about to delete it. index.json is written last, and only over the version that was read. If another',
    'publisher was faster, this one fails with exit code 3 and changes nothing: apply your changes to the set that is live',
    'now, and publish again. --base finds out whether another publisher came before this command even began.',
    'A publish that fails or is killed leaves the live generation as it was. It can be run again at any time; gc deletes what',
    'it has left. The generation that was live is kept: rollback makes it live again, gc deletes it.',
    'Files get the headers that caches need: index.json no-cache, all others immutable. A server for folders must set them.',
    'A map beside the set (build --viewer) is sent too, after the set; older files of the map stay for open pages.',
    '--json prints {generation, parent, files, bytes, send: {files, bytes}, map: {files, bytes}, unchanged, removed,',
    'changed, seconds}; map is what is sent of the map. With --plan it has requests: {put, list, get} and cost: {requests,',
    'storagePerMonth} in USD (null for a folder) in place of the last two.',
    ...S3_NOTES,
  ],
  examples: [
    ['publish my-set public/stars', 'to a folder that a web server serves'],
    ['publish my-set s3://my-bucket/stars --plan', 'what a publish to Amazon S3 would send and cost'],
    ['publish my-set s3://my-bucket/stars', 'to Amazon S3'],
    [
      'publish my-set s3://my-bucket/stars --endpoint https://s3.example.org',
      'to another S3-compatible server',
    ],
    [
      'publish my-set public/stars --base "$(jq -r .generation public/stars/index.json)" --json',
      'only if the generation that the changes are based on is still live',
    ],
  ],
  run: async (args, io) => (await import('./run-publish.ts')).run(args, io),
};
