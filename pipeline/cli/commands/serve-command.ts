import type { Command } from '#pipeline/cli/command.ts';
import { S3_NOTES, S3_OPTIONS, SERVE_OPTIONS } from './shared-options.ts';

export const serveCommand: Command = {
  name: 'serve',
  purpose: 'Serves a chunk set on this machine: the map, the REST API below /api, and the files.',
  operands: [
    {
      name: 'SET|INPUT',
      text: 'a chunk set: its folder, its http(s) URL, or s3://bucket/prefix; or an INPUT of build',
    },
  ],
  required: [],
  options: { ...SERVE_OPTIONS, ...S3_OPTIONS },
  notes: [
    'Prints the address, and serves until Ctrl-C. /api/openapi.json describes the API. The files have the headers that hosts',
    'of chunk sets send; pages of other origins may read all. Requests that come after the set is built again get the new',
    'generation. An INPUT (data.json, stars.csv, haven.db, - and so on) is built into a temporary set first.',
    '',
    ...S3_NOTES,
  ],
  examples: [
    ['serve my-set --open', 'the map of a set, in a browser'],
    ['serve data.json', 'a catalogue that is not built yet'],
    ['serve https://example.org/my-set --port 3000', 'a set on a web server, with the map and the API'],
    ['serve my-set --host 0.0.0.0', 'for other machines too'],
  ],
  elsewhere: { map: 'build has it: build a set first, then serve that' },
  run: async (args, io) => (await import('./run-serve.ts')).run(args, io),
};
