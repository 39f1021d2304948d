import { SEARCH_MODES } from '#format/index-json.ts';
import type { Command } from '#pipeline/cli/command.ts';

export const buildCommand: Command = {
  name: 'build',
  purpose:
    'Builds a chunk set from catalogues in JSON, NDJSON, GeoJSON, CSV, TSV (plain, gzip, zstd) or SQLite.',
  operands: [{ name: 'INPUT', text: 'a file, a glob in quotes, or - for standard input', many: true }],
  required: ['out'],
  misplaced: 'out',
  options: {
    out: {
      value: 'DIR',
      text: 'the folder of the set: new, empty, or a set to update',
      insteadOf: ['output', 'to', 'o'],
    },
    rejects: {
      value: 'FILE',
      text: 'writes rejected and duplicate records to an NDJSON file, with location',
    },
    map: {
      value: 'FIELD=PATH',
      text: 'where records have id, name, region, x, y, z or xyz',
      many: true,
    },
    'on-duplicate': {
      value: 'error|first|last',
      text: 'fails, or keeps the first or the last of several systems with one id',
      default: 'error',
    },
    strict: { text: 'fails, and writes nothing, if any record is rejected' },
    'chunk-limit': { value: 'N', text: 'the maximum number of systems in a chunk', default: '1024' },
    'detail-weight': {
      value: 'N',
      text: 'the approximate size of a detail file in characters',
      default: '500000',
    },
    summary: {
      value: 'FIELD,...',
      text: 'fields that queries return without reading detail files',
      default: 'none',
    },
    'preview-size': {
      value: 'N',
      text: 'systems in a preview; nodes with 32 times as many systems have one',
      default: '512',
    },
    'preview-field': {
      value: 'FIELD',
      text: 'a field with numbers, by which previews choose their systems',
      default: 'none',
    },
    'preview-order': {
      value: 'lowest|highest',
      text: 'which numbers of --preview-field come first',
      default: 'lowest',
    },
    preload: {
      value: 'SIZE',
      text: 'bytes of upper pages in one file, for many queries; 0 for none',
      default: '512KiB',
    },
    search: {
      value: SEARCH_MODES.join('|'),
      text: 'finds a string anywhere, at the beginning of a word, or not at all',
      default: 'infix',
    },
    'search-fields': {
      value: 'FIELD,...',
      text: 'the fields that are searched',
      default: 'attributes,materials,name',
    },
    listings: {
      value: 'FIELD[:asc|desc],...',
      text: 'lists systems by value, or in the order of numbers or dates',
      default: 'region',
    },
    'gzip-level': { value: 'N', text: 'from 1 (fast) to 9 (small)', default: '5' },
    workers: { value: 'N', text: 'threads that work at once', default: 'one for each core' },
    memory: {
      value: 'SIZE',
      text: 'memory of all workers in total, such as 512MB or 4GiB',
      default: '512 MiB for each',
    },
    temp: {
      value: 'DIR',
      text: 'folder for temporary files; --resume continues in it',
      default: 'a folder in --out',
    },
    resume: { text: 'continues the build that a kill or an interruption left in --temp' },
    'no-flush': { text: 'does not flush files to disk: faster, but a power cut can leave a damaged set' },
    json: { text: 'prints the summary as one JSON object' },
    quiet: { text: 'prints no summary and no progress' },
  },
  notes: [
    'The format is detected from the content. CSV needs a header. A cell is a number if JSON would write it the same way,',
    'else a string; an empty cell is an absent field. The position of a record is x, y, z; or coords, position or coordinates',
    'with three numbers; or the point of a GeoJSON feature; or in fields that --map names:',
    '  --map id=id64 --map name=star.proper      a PATH is a, a.b, list[0] or ["odd name"].b',
    '  --map x=-pos.z*3.26                       a sign and a scale, such as *3.26 or /3.26',
    '  --map xyz=pos                             three numbers: {x, y, z} or [x, y, z]',
    "  --map 'xyz=radec(ra,dec,dist)'            degrees (hours: ra h) and a distance, which gives the unit",
    "  --map 'xyz=radec(ra,dec,plx mas)*3.2616'  a parallax in mas or as gives parsecs, here scaled to light years",
    'Mapped values are added beside their original fields, and replace fields of the same name. A file that is given twice,',
    'by any path, is read once; a glob leaves out the files of chunk sets.',
    "An SQLite file needs Haven's table systems, and can have planets, moons and space_stations, with any columns. Each row",
    'becomes the record that data.json would have; messages name the number of the row. Planets, moons and stations whose',
    'system or planet does not exist are rejected.',
    'The build continues without rejected records, and counts them. It fails if all are rejected. --rejects has one object',
    'per line: {file, line, column, offset, path?, field?, reason, record?}. Records that are left out because another one',
    'with the same id is kept follow the others, without record. The file is empty if there are none.',
    'A set appears complete or not at all. DIR itself stays, with its mode and owner: it can be a mount point, a volume or a',
    'link. Files that an earlier set shares with the new one are not written again; its other files stay for clients that',
    'still read them. If two builds have the same DIR, the second fails immediately with exit code 3.',
  ],
  examples: [
    ['build data.json --out my-set', 'one catalogue'],
    [
      'build "catalogues/*.ndjson.gz" --out my-set --rejects rejects.ndjson',
      'several, with a list of rejects',
    ],
    ['build old.json new.json --out my-set --on-duplicate last', 'new.json replaces systems of old.json'],
    ['build haven.db --out my-set', 'an SQLite database'],
    ['build stars.csv --out my-set --map name=proper', 'a table with columns x, y, z and proper'],
    [
      "build planets.csv --out my-set --map name=pl_name --map 'xyz=radec(ra,dec,sy_dist)'",
      'a table with right ascension, declination and distance',
    ],
    ['build - --out my-set --json < data.ndjson', 'standard input, for a script'],
    ['build data.json --out my-set --summary attributes,notes', 'queries return these fields too'],
    [
      'build data.json --out my-set --search words --search-fields name,designations',
      'a smaller search index',
    ],
    ['build data.json --out my-set --preview-field distance_ly', 'previews show the nearest systems first'],
    [
      'build data.json --out my-set --listings attributes,distance_ly:desc',
      'pages of the systems of each attribute, and of all systems, the farthest first',
    ],
  ],
  run: async (args, io) => (await import('./run-build.ts')).run(args, io),
};
