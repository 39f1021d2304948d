import { Files } from '#client/fetch/files.ts';
import {
  changes,
  nodeCodec,
  type QueryOptions,
  type SystemChange,
  type Tileset,
} from '#client/node/index.ts';
import type { SetOptions } from '#format/index-json.ts';
import type { JsonObject, JsonValue } from '#format/json.ts';
import { unpackContents } from '#format/preload.ts';
import { compareText } from '#format/utf8.ts';
import type { Arguments } from '#pipeline/cli/arguments.ts';
import type { Io } from '#pipeline/cli/command.ts';
import { type FieldChange, fieldChanges } from '#pipeline/cli/diff/field-changes.ts';
import { EXIT } from '#pipeline/cli/exit.ts';
import type { Output } from '#pipeline/cli/print/output.ts';
import { printableText } from '#pipeline/cli/print/printable.ts';
import { wantsTable } from '#pipeline/cli/print/result-printer.ts';
import { say } from '#pipeline/cli/print/say.ts';
import { type PrintedColumn, TablePrinter } from '#pipeline/cli/print/table-printer.ts';
import { counted, size } from '#pipeline/cli/print/units.ts';
import { openSet } from '#pipeline/cli/set-location.ts';
import { metaLine, removedLine, systemLine } from '#pipeline/source/change-line.ts';
import { type ComparedFiles, differingFiles } from '#pipeline/store/differing-files.ts';

/** Two sets, and how to read them. */
interface Sets {
  readonly before: Tileset;
  readonly after: Tileset;
  readonly options: QueryOptions;
}

type Kind = SystemChange['kind'];
type Counts = Record<Kind, number>;

export async function run(args: Arguments, { output, stderr, signal }: Io): Promise<number> {
  const started = performance.now();
  const asTable = wantsTable(args, output);
  const usage = { requests: 0, bytes: 0, roundTrips: 0, cacheHits: 0 };
  const options = { usage, signal };
  const access = { endpoint: args.text('endpoint') };
  const [before, after] = (await Promise.all(
    args.operands.map(location => openSet(location, access, options)),
  )) as [Tileset, Tileset];
  const sets = { before, after, options };
  const areEqual = before.generation === after.generation;
  if (args.has('json')) {
    const { added, removed, changed } = await eachChange(sets, () => {});
    const numbers = { added, removed, changed, ...(await difference(sets)) };
    await output.write(
      `${JSON.stringify({ before: before.generation, after: after.generation, ...numbers })}\n`,
    );
  } else if (!asTable) {
    const count = await printLines(output, sets, args.has('fields'));
    const note = areEqual ? undefined : noteOf(sets, count);
    if (note !== undefined) say(stderr, note);
  } else if (!areEqual) {
    const counts = await printTable(output, sets, args.has('fields'));
    await output.flush();
    stderr.write(printableText(await describe(sets, counts)));
  }
  await output.flush();
  if (areEqual) say(stderr, `no difference: both sets are generation ${before.generation}`);
  if (args.has('stats')) {
    const ms = Math.round(performance.now() - started);
    stderr.write(`${JSON.stringify({ ...usage, ms })}\n`);
  }
  return areEqual ? EXIT.none : EXIT.done;
}

/** Uses each change, and counts them. */
async function eachChange(
  { before, after, options }: Sets,
  use: (change: SystemChange) => Promise<void> | void,
): Promise<Counts> {
  const counts: Counts = { added: 0, removed: 0, changed: 0 };
  for await (const change of changes(before, after, options)) {
    counts[change.kind]++;
    await use(change);
  }
  return counts;
}

function haveOtherMeta({ before, after }: Sets): boolean {
  return before.index.meta?.hash !== after.index.meta?.hash;
}

/** The pages of a set, decoded for a walk over its files: the cache of a tileset has them in another form. */
function pagesOf({
  index,
  compared: {
    files: { source },
  },
}: Tileset): ComparedFiles {
  const files = new Files(source, { codec: nodeCodec, cacheBytes: 0 });
  files.know(unpackContents(index.contents));
  return { index, files };
}

/** Differences that are not of systems. */
async function difference(sets: Sets) {
  const { before, after, options } = sets;
  const { added, removed } = await differingFiles(pagesOf(before), pagesOf(after), options);
  const bytesOf = (files: typeof added) => files.reduce((sum, { length }) => sum + length, 0);
  return {
    meta: haveOtherMeta(sets),
    options: differingOptions(before.options, after.options),
    files: added.length,
    bytes: bytesOf(added),
    oldFiles: removed.length,
    oldBytes: bytesOf(removed),
  };
}

/** Names of the options that differ; `index.json` has their members in one order. */
function differingOptions(before: SetOptions, after: SetOptions): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof SetOptions)[];
  return names.filter(name => JSON.stringify(before[name]) !== JSON.stringify(after[name])).sort(compareText);
}

/** A message about differences beside those of `count` systems. */
function noteOf(sets: Sets, count: number): string | undefined {
  const options = differingOptions(sets.before.options, sets.after.options);
  if (options.length > 0) {
    const names = options.join(', ');
    return count === 0
      ? `no system differs; the options of the sets do: ${names}`
      : `the options of the sets differ: ${names}`;
  }
  if (count > 0) return undefined;
  return `no system differs; ${haveOtherMeta(sets) ? 'the _meta values do' : 'the systems are divided into other files'}`;
}

/** Prints the lines that `update` applies; returns the number of systems that differ. */
async function printLines(output: Output, sets: Sets, withValues: boolean): Promise<number> {
  const { after, options } = sets;
  if (haveOtherMeta(sets)) await output.write(`${metaLine(await after.meta(options))}\n`);
  const { added, removed, changed } = await eachChange(sets, async change => {
    if (change.kind === 'removed') return output.write(`${removedLine(change.before)}\n`);
    const fields = change.kind === 'changed' ? fieldsOf(change, withValues) : undefined;
    await output.write(`${systemLine(change.kind, change.after, fields)}\n`);
  });
  return added + removed + changed;
}

function fieldsOf(change: Extract<SystemChange, { kind: 'changed' }>, withValues: boolean): JsonValue {
  return withValues ? fieldChanges(change).map(field => ({ ...field }) as JsonObject) : [...change.fields];
}

/** A row of a table: a change, or one value of it. */
interface PrintedChange {
  readonly change: SystemChange;
  readonly field?: FieldChange | undefined;
}

const systemOf = (change: SystemChange) => (change.kind === 'removed' ? change.before : change.after);

const COLUMNS: readonly PrintedColumn<PrintedChange>[] = [
  { heading: 'change', value: ({ change }) => change.kind },
  { heading: 'name', value: ({ change }) => systemOf(change).name },
  { heading: 'id', value: ({ change }) => change.id },
];
const NAMES: PrintedColumn<PrintedChange> = {
  heading: 'fields',
  value: ({ change }) => (change.kind === 'changed' ? change.fields.join(', ') : undefined),
};
const VALUES: readonly PrintedColumn<PrintedChange>[] = [
  { heading: 'field', value: ({ field }) => field?.path },
  { heading: 'before', value: ({ field }) => field?.before },
  { heading: 'after', value: ({ field }) => field?.after },
];

async function printTable(output: Output, sets: Sets, withValues: boolean): Promise<Counts> {
  const printer = new TablePrinter(output, withValues ? [...COLUMNS, ...VALUES] : [...COLUMNS, NAMES]);
  const counts = await eachChange(sets, async change => {
    const fields = withValues && change.kind === 'changed' ? fieldChanges(change) : [undefined];
    for (const field of fields) await printer.add({ change, field });
  });
  await printer.end();
  return counts;
}

/** The lines below a table. */
async function describe(sets: Sets, { added, removed, changed }: Counts): Promise<string[]> {
  const { meta, options, files, bytes, oldFiles, oldBytes } = await difference(sets);
  const lines = [
    `${counted(added + removed + changed, 'system')}: ${added} added, ${removed} removed, ${changed} changed`,
    `${counted(files, 'file')} (${size(bytes)} before compression) only in NEW, ${counted(oldFiles, 'file')} (${size(oldBytes)}) only in OLD`,
  ];
  if (options.length > 0) lines.push(`The options differ: ${options.join(', ')}`);
  if (meta) lines.push('The _meta values differ');
  return lines;
}
