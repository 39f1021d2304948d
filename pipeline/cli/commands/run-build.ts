import { SEARCH_MODES } from '#format/index-json.ts';
import { type BuildOptions, build } from '#pipeline/build.ts';
import { openMapFiles } from '#pipeline/cli/add-map.ts';
import type { Arguments } from '#pipeline/cli/arguments.ts';
import type { Io } from '#pipeline/cli/command.ts';
import { EXIT } from '#pipeline/cli/exit.ts';
import { Progress } from '#pipeline/cli/print/progress.ts';
import { say, sayLosses } from '#pipeline/cli/print/say.ts';
import { UsageError } from '#pipeline/errors.ts';
import type { Reject } from '#pipeline/source/index.ts';
import { workingFolder } from '#pipeline/store/open-store.ts';
import { checkBuildOptions } from '#pipeline/tasks/build-options.ts';
import { describeBuild, describeLosses, plainSummary, warningsOf } from './describe-build.ts';
import { mapOf } from './map-option.ts';
import { withRejects } from './rejects-file.ts';

const POLICIES = ['error', 'first', 'last'] as const;
const ORDERS = ['lowest', 'highest'] as const;
const ENGINES = ['wasm', 'js'] as const;
const EXAMPLES = 3;

/** Options that name fields of systems. */
const FIELD_OPTIONS = ['summary', 'preview-field', 'search-fields'];

export async function run(args: Arguments, io: Io): Promise<number> {
  const out = workingFolder('build', args.text('out')!);
  const options = optionsOf(args);
  const addMap = args.has('viewer') ? await openMapFiles(out, !args.has('no-flush')) : undefined;
  const progress = new Progress(io.stderr, !args.has('quiet'));
  const examples: Reject[] = [];
  const summary = await withRejects(args, args.operands, out, io, rejects => {
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
      onResumable(folder: string) {
        progress.clear();
        say(io.stderr, `the unfinished build is in ${folder}: the same command with --resume continues it`);
      },
    };
    return build(args.operands, out, options, events, io.signal).finally(() => progress.clear());
  });
  await addMap?.();
  if (args.has('json')) await io.output.write(`${JSON.stringify(plainSummary(summary))}\n`);
  else if (!args.has('quiet'))
    await io.output.write(await describeBuild(summary, out, examples, args.text('rejects')));
  else if (!args.has('rejects')) sayLosses(io.stderr, describeLosses(summary, examples, undefined));
  if (!args.has('quiet')) {
    const named = FIELD_OPTIONS.flatMap(option =>
      (args.list(option) ?? []).map(field => [option, field] as const),
    );
    for (const { field } of checkBuildOptions(options).set.listings) named.push(['listings', field]);
    for (const warning of warningsOf(summary, named)) say(io.stderr, warning);
  }
  return EXIT.done;
}

function optionsOf(args: Arguments): BuildOptions {
  return given({
    chunkLimit: args.integer('chunk-limit'),
    detailWeight: args.integer('detail-weight'),
    summary: args.list('summary'),
    preload: args.bytes('preload'),
    preview: previewOf(args),
    search: searchOf(args),
    listings: args.text('listings'),
    facets: args.text('facets'),
    map: mapOf(args),
    onDuplicate: args.choice('on-duplicate', POLICIES),
    gzipLevel: args.integer('gzip-level'),
    workers: args.integer('workers'),
    memoryBytes: args.bytes('memory'),
    engine: args.choice('engine', ENGINES),
    strict: args.has('strict'),
    flush: args.has('no-flush') ? false : undefined,
    temp: args.text('temp'),
    resume: args.has('resume'),
  });
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
