import { SEARCH_MODES } from '../../client/format/index.ts';
import { type BuildSummary, build } from '../build.ts';
import { InputError, UsageError } from '../errors.ts';
import { type BuildOptions, DEFAULT_OPTIONS } from '../plan.ts';
import type { Reject } from '../source/index.ts';
import { rejectLine } from '../source/place.ts';
import type { DestinationOptions } from '../store/destination.ts';
import { folderStore } from '../store/folder.ts';
import type { Arguments } from './arguments.ts';
import type { Command, Io } from './command.ts';
import { EXIT } from './exit.ts';
import { Progress } from './progress.ts';
import { checkRejectsPath, RejectsFile } from './rejects.ts';
import { counted, duration, size, table } from './units.ts';

const POLICIES = ['error', 'first', 'last'] as const;
const ORDERS = ['lowest', 'highest'] as const;
const EXAMPLES = 3;

export const buildCommand: Command = {
  name: 'build',
  purpose: 'Builds a chunk set from catalogues in JSON or NDJSON, plain or gzip, or in SQLite.',
  operands: [{ name: 'INPUT', text: 'a file, a glob in quotes, or - for standard input', many: true }],
  required: ['out'],
  options: {
    out: { value: 'DIR', text: 'where the set goes: a new folder, an empty one, or a set to renew' },
    rejects: { value: 'FILE', text: 'keeps rejected records as NDJSON, with place and reason' },
    'on-duplicate': {
      value: 'error|first|last',
      text: 'what to do about systems of one id',
      default: 'error',
    },
    strict: { text: 'fails, and writes nothing, if any record is rejected' },
    'chunk-limit': {
      value: 'N',
      text: 'most systems in a chunk',
      default: String(DEFAULT_OPTIONS.chunkLimit),
    },
    'detail-weight': {
      value: 'N',
      text: 'size of a detail file, roughly in characters',
      default: String(DEFAULT_OPTIONS.detailWeight),
    },
    summary: {
      value: 'FIELD,...',
      text: 'fields that queries give without reading details',
      default: 'none',
    },
    'preview-size': {
      value: 'N',
      text: 'systems in the preview of a node of 32 times as many or more',
      default: String(DEFAULT_OPTIONS.preview.size),
    },
    'preview-field': {
      value: 'FIELD',
      text: 'field whose numbers decide which systems previews show first',
      default: 'none',
    },
    'preview-order': {
      value: 'lowest|highest',
      text: 'which numbers of that field come first',
      default: DEFAULT_OPTIONS.preview.order,
    },
    search: {
      value: SEARCH_MODES.join('|'),
      text: 'where texts are found: anywhere, where words begin, or not at all',
      default: DEFAULT_OPTIONS.search.mode,
    },
    'search-fields': {
      value: 'FIELD,...',
      text: 'fields whose texts, or lists of texts, are found',
      default: DEFAULT_OPTIONS.search.fields.join(),
    },
    'gzip-level': { value: 'N', text: '1 (fast) to 9 (small)', default: '5' },
    'work-megabytes': { value: 'N', text: 'records worked on at a time; bounds the memory', default: '8' },
    'no-flush': { text: 'faster for a set to throw away: a power cut may leave it damaged' },
    json: { text: 'prints the summary as one JSON object' },
    quiet: { text: 'prints no summary and no progress' },
  },
  notes: [
    "An SQLite file needs Haven's table systems, and may have planets, moons and space_stations, of any columns: each row",
    'becomes the record that data.json would have, and its number is the line that messages name. Rows of systems and',
    'planets that are not there are rejected, at line 0.',
    'Rejected records are counted, and the build goes on without them; if all are rejected, it fails. The file of',
    '--rejects is written anyway, empty if there are none: {file, line, column, offset, path?, field?, reason, record?}.',
    'The set appears all at once. DIR itself stays, with its mode and owner: it may be a mount point, a volume or a link.',
    'Of a set that was there, files that the new one has too are left as they are, and all others stay for clients that',
    'still read them. Two builds to one DIR: the second fails at once, with exit code 3.',
  ],
  examples: [
    ['build data.json --out my-set', 'one catalogue'],
    [
      'build "catalogues/*.ndjson.gz" --out my-set --rejects rejects.ndjson',
      'many, and a look at what is wrong in them',
    ],
    ['build old.json new.json --out my-set --on-duplicate last', 'the last of two systems of one id counts'],
    ['build haven.db --out my-set', "Haven's own database"],
    ['build - --out my-set --json < data.ndjson', 'from a pipe, for a script'],
    ['build data.json --out my-set --summary photo,discovered_by', 'with fields that a map shows at once'],
    [
      'build data.json --out my-set --search words --search-fields name,notes',
      'a smaller index of other texts',
    ],
    [
      'build stars.ndjson --out my-set --preview-field magnitude',
      'the brightest stars are what is seen from afar',
    ],
  ],
  run,
};

/** Options that name fields of systems. */
const FIELD_OPTIONS = ['summary', 'preview-field', 'search-fields'];

async function run(args: Arguments, io: Io): Promise<number> {
  const out = args.text('out')!;
  const options = optionsOf(args);
  const rejectsPath = args.text('rejects');
  if (rejectsPath !== undefined) await checkRejectsPath(rejectsPath, args.operands, out);
  const rejects = rejectsPath === undefined ? undefined : new RejectsFile(rejectsPath);
  const progress = new Progress(io.stderr, !args.has('quiet'));
  const examples: Reject[] = [];
  const events = {
    onReject(reject: Reject) {
      rejects?.add(reject);
      if (examples.length < EXAMPLES) examples.push(reject);
    },
    onProgress: (records: number, bytes: number, total: number | undefined) =>
      progress.reading(records, bytes, total),
    onBuilt: (systems: number, of: number) => progress.systems('building', systems, of),
    onIndexed: (rows: number) => progress.indexing(rows),
  };
  let summary: BuildSummary;
  try {
    summary = await build(args.operands, out, options, events, io.signal);
    rejects?.keep();
  } catch (error) {
    // Bad data is what the file is for.
    if (error instanceof InputError) rejects?.keep();
    throw error;
  } finally {
    progress.clear();
    rejects?.drop();
  }
  if (args.has('json')) await io.output.write(`${JSON.stringify(plainSummary(summary))}\n`);
  else if (!args.has('quiet')) {
    const named = FIELD_OPTIONS.flatMap(option =>
      (args.list(option) ?? []).map((field): [string, string] => [option, field]),
    );
    await io.output.write(await describe(summary, out, examples, rejectsPath, named));
  }
  return EXIT.done;
}

function optionsOf(args: Arguments): BuildOptions & DestinationOptions {
  return given({
    chunkLimit: args.whole('chunk-limit'),
    detailWeight: args.whole('detail-weight'),
    summary: args.list('summary'),
    preview: previewOf(args),
    search: searchOf(args),
    onDuplicate: args.choice('on-duplicate', POLICIES),
    gzipLevel: args.whole('gzip-level'),
    workMegabytes: args.whole('work-megabytes'),
    strict: args.has('strict'),
    flush: args.has('no-flush') ? false : undefined,
  });
}

function previewOf(args: Arguments): BuildOptions['preview'] {
  const field = args.text('preview-field');
  if (field === undefined && args.has('preview-order')) {
    throw new UsageError('--preview-order orders by a field; give --preview-field as well');
  }
  return given({ size: args.whole('preview-size'), field, order: args.choice('preview-order', ORDERS) });
}

function searchOf(args: Arguments): BuildOptions['search'] {
  const mode = args.choice('search', SEARCH_MODES);
  if (mode === 'none' && args.has('search-fields')) {
    throw new UsageError(
      '--search none searches nothing; leave --search-fields out, or give another --search',
    );
  }
  return given({ mode, fields: args.list('search-fields') });
}

/** Options without those that are not there. */
function given<T extends object>(options: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}

/** The object of `--json`; its members are part of the command's contract. */
function plainSummary(summary: BuildSummary) {
  const { generation, systems, planets, moons, stations, rejected, skipped, identical, duplicates } = summary;
  const { files, bytes, seconds, peakMemoryBytes } = summary;
  return {
    ...{ generation, systems, planets, moons, stations, rejected, skipped, identical, duplicates },
    ...{ files, bytes, seconds, peakMemoryBytes },
  };
}

async function describe(
  summary: BuildSummary,
  out: string,
  examples: readonly Reject[],
  rejectsPath: string | undefined,
  named: readonly [option: string, field: string][],
): Promise<string> {
  const { systems, planets, moons, stations, byKind, files, bytes, seconds, generation } = summary;
  const kinds = Object.entries(byKind).sort(([a], [b]) => (a < b ? -1 : 1));
  const indexBytes = kinds.reduce((left, [, of]) => left - of.bytes, bytes);
  const each = systems > 0 ? `  ${Math.round(bytes / systems).toLocaleString('en')} bytes a system` : '';
  const parts = table(
    [
      ...kinds.map(([kind, of]) => [`  ${kind}`, counted(of.files, 'file'), size(of.bytes)]),
      ['  index.json', '1 file', size(indexBytes)],
      ['  together', counted(files, 'file'), `${size(bytes)}`],
    ],
    [1, 2],
  );
  const rate = Math.round(systems / seconds).toLocaleString('en');
  return [
    `Built ${out}, generation ${generation}`,
    `  ${counted(systems, 'system')}, ${counted(planets, 'planet')}, ${counted(moons, 'moon')}, ${counted(stations, 'station')}`,
    '',
    ...parts.slice(0, -1),
    `${parts.at(-1)}${each}`,
    '',
    ...describeLosses(summary, examples, rejectsPath),
    ...named
      .filter(([, field]) => summary.unmetFields.includes(field))
      .map(([option, field]) => `  no system has a field "${field}", which --${option} names`),
    ...(await describeKept(summary, out)),
    `  ${duration(seconds)}, ${rate} systems/s, ${size(summary.peakMemoryBytes)} of memory at the peak`,
    '',
  ].join('\n');
}

function describeLosses(
  { rejected, skipped, identical, duplicates, byKind }: BuildSummary,
  examples: readonly Reject[],
  rejectsPath: string | undefined,
): string[] {
  const lines: string[] = [];
  if (rejected > 0) {
    const where = rejectsPath === undefined ? '--rejects FILE keeps them' : `all in ${rejectsPath}`;
    lines.push(`  ${counted(rejected, 'record')} rejected; ${where}`);
    lines.push(...examples.map(reject => `    ${rejectLine(reject)}`));
    if (rejected > examples.length) lines.push('    ...');
  }
  if (skipped > 0)
    lines.push(
      `  ${counted(skipped, 'entry', 'entries')} skipped: no systems, by key or type${byKind['meta'] ? '; _meta is kept' : ''}`,
    );
  if (identical > 0)
    lines.push(
      `  ${counted(identical, 'identical copy', 'identical copies')} left out: each system is kept once`,
    );
  if (duplicates > 0)
    lines.push(`  ${counted(duplicates, 'duplicate')} left out: a different system with the same id is kept`);
  return lines;
}

/** Files of the set before: those that the new set has too, and those that it does not have. */
async function describeKept(
  { replaced, files, unchangedFiles }: BuildSummary,
  out: string,
): Promise<string[]> {
  if (!replaced) return [];
  let kept = -files;
  for await (const _ of folderStore(out).list('')) kept++;
  return [
    `  ${counted(unchangedFiles, 'file')} unchanged since the generation before`,
    ...(kept > 0
      ? [`  ${counted(kept, 'file')} of earlier generations kept, for clients that still read them`]
      : []),
  ];
}
