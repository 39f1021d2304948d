import type { Arguments } from '#pipeline/cli/arguments.ts';
import type { Io } from '#pipeline/cli/command.ts';
import { EXIT } from '#pipeline/cli/exit.ts';
import { printableText } from '#pipeline/cli/print/printable.ts';
import { Progress } from '#pipeline/cli/print/progress.ts';
import { sayLosses } from '#pipeline/cli/print/say.ts';
import { counted, duration, integer } from '#pipeline/cli/print/units.ts';
import { isAddress, openSet, sourceOf } from '#pipeline/cli/set-location.ts';
import { UsageError } from '#pipeline/errors.ts';
import { type ExportSummary, exportSet } from '#pipeline/export/index.ts';

/** A small cache is enough: each file is read once or twice in a row. */
const CACHE_BYTES = 16 * 1024 * 1024;
/** Limit for a decoded file: an export must read every record that a build accepts. */
const MAX_FILE_BYTES = 1 << 30;
/** Maximum number of fields in the summary; `--json` lists all. */
const MOST_FIELDS = 40;

export async function run(args: Arguments, io: Io): Promise<number> {
  const started = performance.now();
  const { signal } = io;
  const to = args.text('to')!;
  const isStandardOutput = ['-', '/dev/stdout'].includes(to);
  if (isStandardOutput && args.has('json')) {
    throw new UsageError(
      `--json prints the summary to standard output, where --to ${to} writes the catalogue`,
    );
  }
  const access = { endpoint: args.text('endpoint') };
  const tileset = await openSet(args.operand, access, {
    signal,
    cacheBytes: CACHE_BYTES,
    maxFileBytes: MAX_FILE_BYTES,
  });
  const { systems } = tileset.counts;
  const progress = new Progress(io.stderr, !args.has('quiet'));
  const onProgress = (done: number) => progress.systems('exporting', done, systems);
  const set = isAddress(args.operand) ? undefined : sourceOf(args.operand, access).location;
  let summary: ExportSummary;
  try {
    summary = await exportSet(tileset, to, { signal, onProgress, set, stdout: io.output.stream });
  } finally {
    progress.clear();
  }
  if (args.has('json')) await io.output.write(`${JSON.stringify(plainSummary(summary))}\n`);
  else if (!args.has('quiet')) {
    const where = isStandardOutput ? 'standard output' : to;
    const took = duration((performance.now() - started) / 1000);
    const head = `Exported ${counted(systems, 'system')} to ${where} in ${took}`;
    io.stderr.write(printableText([head, ...describeLosses(summary).map(line => `  ${line}`)]));
  } else sayLosses(io.stderr, describeLosses(summary));
  return EXIT.done;
}

/** The object of `--json`; its members are part of the command's contract. */
function plainSummary({ shape, systems, metasLeftOut, database }: ExportSummary) {
  const { leftOut = [], rewritten = [], relaxed = [] } = database ?? {};
  return {
    shape,
    systems,
    metasLeftOut,
    leftOut: Object.fromEntries(leftOut),
    rewritten: Object.fromEntries(rewritten),
    relaxed,
  };
}

function describeLosses({ shape, metasLeftOut, database }: ExportSummary): string[] {
  const lines: string[] = [];
  if (metasLeftOut > 0) {
    const kept = shape === 'json' ? 'more than one' : 'one';
    lines.push(`not kept: ${counted(metasLeftOut, '_meta value')}; .${shape} has no place for ${kept}`);
  }
  if (!database) return lines;
  const { leftOut, rewritten, relaxed } = database;
  if (leftOut.size > 0) lines.push(`not kept: ${describeValues(leftOut)}; the schema has no column for them`);
  if (rewritten.size > 0) lines.push(`kept as another type: ${describeValues(rewritten)}`);
  if (relaxed.length > 0)
    lines.push(`constraints that the data breaks, left out of the schema: ${relaxed.join(', ')}`);
  return lines;
}

/** "12 values of 3 fields (planets.mass 8, ...)", the most frequent first. */
function describeValues(counts: ReadonlyMap<string, number>): string {
  const fields = [...counts].sort(([, a], [, b]) => b - a);
  const values = fields.reduce((sum, [, count]) => sum + count, 0);
  const shown = fields.slice(0, MOST_FIELDS).map(([field, count]) => `${field} ${integer(count)}`);
  if (fields.length > MOST_FIELDS) shown.push(`and ${fields.length - MOST_FIELDS} more fields, see --json`);
  return `${counted(values, 'value')} of ${counted(fields.length, 'field')} (${shown.join(', ')})`;
}
