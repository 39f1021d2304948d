import type { Command } from '#pipeline/cli/command.ts';
import { S3_NOTES, S3_OPTIONS } from './shared-options.ts';

export const diffCommand: Command = {
  name: 'diff',
  purpose: 'Shows the systems and files that differ between two chunk sets, or two generations of one.',
  operands: [
    { name: 'OLD', text: 'a chunk set: its folder, its http(s) URL, or s3://bucket/prefix' },
    {
      name: 'NEW',
      text: 'another chunk set; SET@GENERATION is a kept generation, by 4 digits at least (see history)',
    },
  ],
  required: [],
  options: {
    fields: {
      text: 'shows the values that differ in changed systems, field by field',
      insteadOf: ['details'],
    },
    json: { text: 'prints one JSON object with the numbers of systems, files and bytes that differ' },
    table: {
      text: 'prints a table: the default on a terminal; in a pipe the default is one JSON object per line',
    },
    stats: { text: 'prints the cost to standard error: {requests, bytes, roundTrips, cacheHits, ms}' },
    ...S3_OPTIONS,
  },
  notes: [
    'Hashes are compared from the roots down, and what both sets have is not read: the cost is in proportion to the',
    'difference. Exit code 0 if the sets differ, 4 if they are the same generation.',
    'Lines in a pipe are {change, id, name, region, fields, record}: change is added, changed or removed; record is the one',
    'after the change; a removed system has neither region nor record. Other _meta values are one line first:',
    '{"change":"meta","meta":[…]}. With --fields, fields is a list of {path, before, after} instead of names.',
    'update --changes takes these lines: "diff OLD NEW | haven-chunks update COPY-OF-OLD --changes -" gives the files of NEW',
    'if both have the same options.',
    '--json prints {before, after, added, removed, changed, meta, options, files, bytes, oldFiles, oldBytes}: before and',
    'after are generations; files and bytes are those that only NEW has, oldFiles and oldBytes those that only OLD has,',
    'without index.json and before compression; meta is true if the _meta values differ; options names the options of the',
    'sets that differ.',
    ...S3_NOTES,
  ],
  examples: [
    ['diff my-set new-set', 'what a publish would change'],
    ['diff https://example.org/my-set new-set --json', 'the numbers, for a script'],
    ['diff my-set new-set | jq -r \'select(.change == "added").name\'', 'names of new systems'],
    ['diff my-set new-set --fields', 'old and new values'],
    ['diff my-set new-set | haven-chunks update my-set --changes - --dry-run', 'the changes for an update'],
  ],
  run: async (args, io) => (await import('./run-diff.ts')).run(args, io),
};
