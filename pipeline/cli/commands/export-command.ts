import type { Command } from '#pipeline/cli/command.ts';
import { S3_OPTIONS, SET } from './shared-options.ts';

export const exportCommand: Command = {
  name: 'export',
  purpose: 'Writes the systems of a chunk set as a catalogue: JSON, NDJSON, CSV or SQLite.',
  operands: [SET],
  required: ['to'],
  misplaced: 'to',
  options: {
    to: {
      value: 'FILE',
      text: '.json (like data.json), .ndjson or .csv, each also with .gz; .db (SQLite); - or a pipe gets NDJSON',
      insteadOf: ['out', 'output', 'o'],
    },
    json: { text: 'prints one JSON object: shape, systems, metasLeftOut, leftOut, rewritten, relaxed' },
    quiet: { text: 'prints no summary and no progress; what is lost is still said' },
    ...S3_OPTIONS,
  },
  notes: [
    'A set built from .json or .ndjson is written with the same systems and ids. Values that the build supplied (the region',
    '"Unknown", an id made from the record) are left out of .json and .ndjson, and written to .csv and .db. Keys of .json',
    'are names, or "name (id)" where a name repeats, or the original key of a record without id.',
    '',
    ".csv has a row per system (RFC 4180, UTF-8): the columns of Haven's table of systems, planets and space_station as",
    'JSON, and a column "other" with a JSON object of all other fields. A value that is not a string in a column of strings',
    'is in "other". An absent field is an empty cell, an empty string is "".',
    '',
    ".db is an SQLite database in Haven's schema: systems, planets, moons, space_stations. Absent and null are NULL. In a",
    'column of strings, other values are JSON. A planet that is a string becomes a row with that name. Fields without a',
    'column, and moons without a planet, are left out and counted. If the data breaks a UNIQUE or NOT NULL of the schema',
    '(repeated names, stations without coordinates), the table is made without that constraint, and the summary says so.',
    '',
    'Values that a shape does not keep are counted by field in the summary: _meta in .ndjson, .csv and .db, all but the first',
    'in .json; fields without a column in .db. A chunk set itself has no order of systems, nor of the fields of a system:',
    'no shape gives these orders back. The order inside planets and other nested values is kept.',
    '',
    'A regular file appears complete or not at all, and keeps mode and owner of the file that it replaces; links are',
    'followed. A pipe or device (/dev/stdout, a FIFO) is written through.',
  ],
  examples: [
    ['export my-set --to exported.json', "in the shape of Haven's data.json"],
    ['export my-set --to catalogue.ndjson.gz', 'one record per line, compressed'],
    ['export my-set --to catalogue.csv', 'for spreadsheets and data frames'],
    ['export my-set --to exported.db', 'for SQL; build reads it too'],
    ['export https://example.org/my-set --to - | jq .name', 'from a web server into a pipe'],
  ],
  run: async (args, io) => (await import('./run-export.ts')).run(args, io),
};
