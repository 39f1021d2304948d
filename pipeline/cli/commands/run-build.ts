import { SEARCHED_POINTS } from '#format/btree/searched-texts.ts';
import { SEARCH_MODES } from '#format/index-json.ts';
import { type BuildOptions, type BuildSummary, build } from '#pipeline/build.ts';
import type { Arguments } from '#pipeline/cli/arguments.ts';
import type { Io } from '#pipeline/cli/command.ts';
import { EXIT } from '#pipeline/cli/exit.ts';
import { Progress } from '#pipeline/cli/print/progress.ts';
import { counted, duration, size, table } from '#pipeline/cli/print/units.ts';
import { InputError, UsageError } from '#pipeline/errors.ts';
import type { FieldMap, Reject } from '#pipeline/source/index.ts';
import { MAP_FIELDS } from '#pipeline/source/mapping.ts';
import { rejectLine } from '#pipeline/source/source-location.ts';
import { mapAdvice } from '#pipeline/source/suggest-map.ts';
import { withCleanUp } from '#pipeline/store/clean-up.ts';
import { folderStore } from '#pipeline/store/folder-store.ts';
import { RejectsFile } from './rejects-file.ts';

const POLICIES = ['error', 'first', 'last'] as const;
const ORDERS = ['lowest', 'highest'] as const;
const EXAMPLES = 3;

/** Options that name fields of systems. */
const FIELD_OPTIONS = ['summary', 'preview-field', 'search-fields'];

export async function run(args: Arguments, io: Io): Promise<number> {
  const out = args.text('out')!;
  const options = optionsOf(args);
  const rejectsPath = args.text('rejects');
  const rejects =
    rejectsPath === undefined
      ? undefined
      : await RejectsFile.open(rejectsPath, args.operands, out, io.output.stream);
  const progress = new Progress(io.stderr, !args.has('quiet'));
  const examples: Reject[] = [];
  const events = {
    onReject(reject: Reject) {
      rejects?.add(reject);
      if (examples.length < EXAMPLES) examples.push(reject);
    },
    onDuplicate: (duplicate: Reject) => rejects?.add(duplicate),
    onProgress: (records: number, bytes: number, total: number | undefined) =>
      progress.reading(records, bytes, total),
    onBuilt: (systems: number, total: number) => progress.systems('building', systems, total),
    onIndexed: (rows: number) => progress.indexing(rows),
  };
  let failure: unknown;
  const summary = await withCleanUp(
    () =>
      withCleanUp(
        () =>
          build(args.operands, out, options, events, io.signal).catch(error => {
            failure = error;
            throw error;
          }),
        async () => {
          progress.clear();
          // The file is kept after bad data too: it lists the records.
          if (failure === undefined || failure instanceof InputError) await rejects?.keep(io.signal);
        },
      ),
    async () => rejects?.drop(),
  );
  if (args.has('json')) await io.output.write(`${JSON.stringify(plainSummary(summary))}\n`);
  else if (!args.has('quiet')) {
    const named = FIELD_OPTIONS.flatMap(option =>
      (args.list(option) ?? []).map((field): [string, string] => [option, field]),
    );
    await io.output.write(await describe(summary, out, examples, rejectsPath, named));
  }
  return EXIT.done;
}

function optionsOf(args: Arguments): BuildOptions {
  return given({
    chunkLimit: args.integer('chunk-limit'),
    detailWeight: args.integer('detail-weight'),
    summary: args.list('summary'),
    preview: previewOf(args),
    search: searchOf(args),
    map: mapOf(args),
    onDuplicate: args.choice('on-duplicate', POLICIES),
    gzipLevel: args.integer('gzip-level'),
    workers: args.integer('workers'),
    memoryBytes: args.bytes('memory'),
    strict: args.has('strict'),
    flush: args.has('no-flush') ? false : undefined,
    temp: args.text('temp'),
    resume: args.has('resume'),
  });
}

/** @throws UsageError for an option that is not FIELD=PATH, or a field that is given twice */
function mapOf(args: Arguments): FieldMap | undefined {
  const map: Record<string, string> = {};
  for (const text of args.all('map')) {
    const [, field, path] = /^\s*(\w+)\s*=(.+)$/s.exec(text) ?? [];
    if (field === undefined || path === undefined || !(MAP_FIELDS as readonly string[]).includes(field))
      throw new UsageError(
        `--map is "${text}"; expected FIELD=PATH, with FIELD one of ${MAP_FIELDS.join(', ')}`,
      );
    if (field in map) throw new UsageError(`--map ${field} is given twice: give it once`);
    map[field] = path;
  }
  return Object.keys(map).length > 0 ? map : undefined;
}

function previewOf(args: Arguments): BuildOptions['preview'] {
  const field = args.text('preview-field');
  if (field === undefined && args.has('preview-order')) {
    throw new UsageError('--preview-order needs --preview-field, the field that decides the order');
  }
  return given({ size: args.integer('preview-size'), field, order: args.choice('preview-order', ORDERS) });
}

function searchOf(args: Arguments): BuildOptions['search'] {
  const mode = args.choice('search', SEARCH_MODES);
  if (mode === 'none' && args.has('search-fields')) {
    throw new UsageError(
      '--search none has no search index: remove --search-fields, or give --search infix or words',
    );
  }
  return given({ mode, fields: args.list('search-fields') });
}

/** Options without those that are undefined. */
function given<T extends object>(options: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}

/** The object of `--json`; its members are part of the command's contract. */
function plainSummary(summary: BuildSummary) {
  const { generation, systems, planets, moons, stations, rejected, skipped, identical, duplicates } = summary;
  const { truncatedTexts, files, bytes, seconds, peakMemoryBytes } = summary;
  return {
    ...{ generation, systems, planets, moons, stations, rejected, skipped, identical, duplicates },
    ...{ truncatedTexts, files, bytes, seconds, peakMemoryBytes },
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
  const indexBytes = kinds.reduce((left, [, sum]) => left - sum.bytes, bytes);
  const each = systems > 0 ? `  ${Math.round(bytes / systems).toLocaleString('en')} bytes per system` : '';
  const parts = table(
    [
      ...kinds.map(([kind, sum]) => [`  ${kind}`, counted(sum.files, 'file'), size(sum.bytes)]),
      ['  index.json', '1 file', size(indexBytes)],
      ['  total', counted(files, 'file'), `${size(bytes)}`],
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
    ...summary.leftOut.map(({ file, reason }) => `  ${file} left out: ${reason}`),
    ...describeLosses(summary, examples, rejectsPath),
    ...named
      .filter(([, field]) => summary.missingFields.includes(field))
      .map(([option, field]) => `  no system has a field "${field}", which --${option} names`),
    ...describeCut(summary),
    ...(await describeKept(summary, out)),
    `  ${duration(seconds)}, ${rate} systems/s, ${size(summary.peakMemoryBytes)} of memory at peak`,
    '',
  ].join('\n');
}

function describeLosses(
  { rejected, skipped, identical, duplicates, byKind }: BuildSummary,
  examples: readonly Reject[],
  rejectsPath: string | undefined,
): string[] {
  const lines: string[] = [];
  const where = rejectsPath === undefined ? '--rejects FILE lists them' : `all in ${rejectsPath}`;
  if (rejected > 0) {
    lines.push(`  ${counted(rejected, 'record')} rejected; ${where}`);
    lines.push(...examples.map(reject => `    ${rejectLine(reject)}`));
    if (rejected > examples.length) lines.push('    ...');
    const advice = mapAdvice(examples);
    if (advice !== undefined) lines.push(`    ${advice}`);
  }
  if (skipped > 0)
    lines.push(
      `  ${counted(skipped, 'entry', 'entries')} skipped: not systems, by key or type${byKind['meta'] ? '; _meta is kept' : ''}`,
    );
  if (identical > 0)
    lines.push(
      `  ${counted(identical, 'identical copy', 'identical copies')} left out: each system is kept once`,
    );
  if (duplicates > 0)
    lines.push(
      `  ${counted(duplicates, 'duplicate')} left out: a different system with the same id is kept; ${where}`,
    );
  return lines;
}

function describeCut({ truncatedTexts }: BuildSummary): string[] {
  if (truncatedTexts === 0) return [];
  return [
    `  ${counted(truncatedTexts, 'text')} searched in part only: longer than ${SEARCHED_POINTS} characters, or too many in one system`,
  ];
}

/** Lines on the files of the replaced set: unchanged files, and files that only earlier generations use. */
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
