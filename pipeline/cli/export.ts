import { resolve } from 'node:path';
import { UsageError } from '../errors.ts';
import { type ExportSummary, exportLines, exportSet } from '../export/index.ts';
import type { Arguments } from './arguments.ts';
import type { Io } from './command.ts';
import { EXIT } from './exit.ts';
import { isAddress, openSet, sourceOf } from './location.ts';
import { Progress } from './progress.ts';
import { counted, duration } from './units.ts';

/** Files are read once or twice in a row, so little is worth keeping. */
const CACHE_BYTES = 16 * 1024 * 1024;
/** What the largest record may take, decoded: an export reads every record that a build takes. */
const MAX_FILE_BYTES = 1 << 30;
/** Fields that the summary names. */
const MOST_FIELDS = 5;

export async function run(args: Arguments, io: Io): Promise<number> {
  const started = performance.now();
  const { signal } = io;
  const to = args.text('to')!;
  checkTarget(to, args.operand);
  const tileset = await openSet(args.operand, {
    signal,
    cacheBytes: CACHE_BYTES,
    maxFileBytes: MAX_FILE_BYTES,
  });
  const { systems } = tileset.counts;
  const progress = new Progress(io.stderr, !args.has('quiet'));
  const options = { signal, onProgress: (done: number) => progress.systems('exporting', done, systems) };
  let summary: ExportSummary = { systems, metasLeftOut: 0 };
  try {
    if (to === '-') for await (const line of exportLines(tileset, options)) await io.output.write(line);
    else summary = await exportSet(tileset, to, options);
    await io.output.flush();
  } finally {
    progress.clear();
  }
  if (!args.has('quiet')) {
    const where = to === '-' ? 'standard output' : to;
    const took = duration((performance.now() - started) / 1000);
    const lines = [
      `Exported ${counted(systems, 'system')} to ${where} in ${took}`,
      ...describeLosses(summary),
    ];
    io.stderr.write(`${lines.join('\n  ')}\n`);
  }
  return EXIT.done;
}

/** @throws UsageError where the file is what makes a folder the set */
function checkTarget(to: string, set: string): void {
  if (isAddress(set) || resolve(to) !== resolve(sourceOf(set).location, 'index.json')) return;
  throw new UsageError(`--to ${to}: is the index of the set; name another file`);
}

function describeLosses({ metasLeftOut, database }: ExportSummary): string[] {
  const lines: string[] = [];
  if (metasLeftOut > 0) {
    lines.push(`${counted(metasLeftOut, '_meta value')} of the set left out, for want of room in this shape`);
  }
  if (!database) return lines;
  const { leftOut, rewritten, relaxed } = database;
  if (leftOut.size > 0) lines.push(`left out, for want of a column: ${describeValues(leftOut)}`);
  if (rewritten.size > 0) lines.push(`written as another type: ${describeValues(rewritten)}`);
  if (relaxed.length > 0) lines.push(`the schema lacks what the set does not keep: ${relaxed.join(', ')}`);
  return lines;
}

/** "12 values of 3 fields: planets.mass (8), ...", the most frequent first. */
function describeValues(counts: ReadonlyMap<string, number>): string {
  const fields = [...counts].sort(([, a], [, b]) => b - a);
  const values = fields.reduce((sum, [, count]) => sum + count, 0);
  const shown = fields
    .slice(0, MOST_FIELDS)
    .map(([field, count]) => `${field} (${count.toLocaleString('en')})`);
  if (fields.length > MOST_FIELDS) shown.push('...');
  return `${counted(values, 'value')} of ${counted(fields.length, 'field')}: ${shown.join(', ')}`;
}
