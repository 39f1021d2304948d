/** Operands and options that several commands share. */
import type { OperandSpec, OptionSpec } from '#pipeline/cli/command.ts';

type Options = Readonly<Record<string, OptionSpec>>;

export const SET: OperandSpec = {
  name: 'SET',
  text: 'a chunk set: its folder, its http(s) URL, or s3://bucket/prefix',
};

/** Options of commands that accept `s3://`. */
export const S3_OPTIONS: Options = {
  endpoint: {
    value: 'URL',
    text: 'the server of s3:// locations',
    default: 'AWS_ENDPOINT_URL, or Amazon S3',
    insteadOf: ['endpoint-url', 'server'],
  },
};

/** Options of commands that serve a set. */
export const SERVE_OPTIONS: Options = {
  port: { value: 'N', text: 'the port; 0 for any free one', default: 'the first free one from 8080 on' },
  host: {
    value: 'H',
    text: 'the address to listen on; 0.0.0.0 for all of this machine',
    default: '127.0.0.1',
    insteadOf: ['address', 'bind', 'hostname'],
  },
  viewer: { value: 'DIR', text: 'the folder of another map, or of a page of your own, for /' },
  open: { text: 'opens the address in a browser' },
};

/** Operand of commands that change a published set. */
export const PUBLISHED: OperandSpec = {
  name: 'SET',
  text: 'a published chunk set: its folder, or s3://bucket/prefix',
};

/** Notes on buckets. */
export const S3_NOTES: readonly string[] = [
  's3:// needs the package @aws-sdk/client-s3 (npm install @aws-sdk/client-s3), which is not installed with haven-chunks.',
  'Credentials, region and endpoint are those of the AWS tools: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, a',
  'role of the machine; AWS_REGION; AWS_ENDPOINT_URL.',
];

export const FORMAT_OPTIONS: Options = {
  json: { text: 'prints JSON, one object per line: the default unless the output is a terminal' },
  table: { text: 'prints a table: the default on a terminal' },
};

export const QUERY_FLAGS: Options = {
  ...FORMAT_OPTIONS,
  plan: { text: 'prints which files the query would read, without reading them' },
  stats: { text: 'prints the cost to standard error: {requests, bytes, roundTrips, cacheHits, ms}' },
  ...S3_OPTIONS,
};

/** Number of names or values that a query for completion prints by default. */
export const LISTED = 10;

/** Common options of queries in space. */
export const VOLUME_OPTIONS: Options = {
  where: {
    value: 'FILTER',
    text: 'only systems with a value: FIELD=VALUE, FIELD!=VALUE, FIELD=V1|V2, FIELD>=N',
    many: true,
    insteadOf: ['filter'],
  },
  'ignore-case': {
    text: 'ignores case and Unicode normalisation in --where',
    insteadOf: ['fold', 'case-insensitive'],
  },
  details: { text: 'prints complete records, with planets and moons' },
};

/** Common options of queries around a point. */
export const AROUND_OPTIONS: Options = {
  center: { value: 'X,Y,Z', text: 'the point', insteadOf: ['at', 'point', 'position'] },
  'min-radius': { value: 'R0', text: 'the minimum distance, for a shell', default: '0' },
  ...VOLUME_OPTIONS,
};

/** Common notes on the results of queries in space. */
export const VOLUME_NOTES: readonly string[] = [
  'A FIELD is a facet of the set. Its values are those at all of its paths, such as materials of planets and moons;',
  '"inspect SET" shows them. != is also true of a system without any. >, >=, < and <= compare numbers, and dates such',
  'as 2026-01-31 or 2026-01-31T12:00:00Z; bounds of one FIELD must hold for one and the same value. 5 and true mean',
  'the string and the number or boolean. A backslash before | = < > ! or itself takes it as it is. Quote a FILTER in',
  'a shell.',
  'JSON has one object per line: id, name, x, y, z, region, then the fields of --details, then distance. A field of the',
  'record with one of these seven names is left out. Systems at equal distance are in order of id.',
  'The unit of distances is that of the coordinates. Tables name it if the _meta of the catalogue does (units.position).',
  '--plan prints {generation, pages, chunks: [{hash, length, nearest, systems}], facets, systems, length, requests}',
  'with lengths in uncompressed bytes, without the files of --details. It reads pages of the tree.',
];

/** `--plan` of queries that read sorted tables. */
export const TABLE_PLAN_NOTES: readonly string[] = [
  '--plan prints {generation, roots: [{table, file, length}], least}: the files that the query starts from with their',
  'uncompressed bytes, and the lowest number of requests that it takes. Which files follow depends on what it reads.',
];
