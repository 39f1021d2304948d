import type { Arguments } from '#pipeline/cli/arguments.ts';
import type { Io } from '#pipeline/cli/command.ts';
import { EXIT } from '#pipeline/cli/exit.ts';
import { printableText } from '#pipeline/cli/print/printable.ts';
import { Progress } from '#pipeline/cli/print/progress.ts';
import { say } from '#pipeline/cli/print/say.ts';
import { counted, duration, integer, size } from '#pipeline/cli/print/units.ts';
import { explained } from '#pipeline/cli/set-location.ts';
import { UsageError } from '#pipeline/errors.ts';
import { PRICES } from '#pipeline/publish/price.ts';
import {
  type PublishPlan,
  type PublishSummary,
  planPublish,
  publishTileset,
} from '#pipeline/publish/publish-tileset.ts';

export async function run(args: Arguments, io: Io): Promise<number> {
  const [directory, destination] = args.operands as [string, string];
  const options = {
    endpoint: args.text('endpoint'),
    base: baseOf(args.text('base')),
    flush: !args.has('no-flush'),
  };
  if (args.has('plan')) {
    const plan = await explained(directory, planPublish(directory, destination, options, io.signal));
    await io.output.write(args.has('json') ? `${JSON.stringify(plan)}\n` : describePlan(plan, destination));
    return EXIT.done;
  }
  const progress = new Progress(io.stderr, !args.has('quiet'));
  const events = {
    onProgress: (files: number, bytes: number, _totalFiles: number, totalBytes: number) =>
      progress.sending(files, bytes, totalBytes),
    onWait() {
      if (args.has('quiet')) return;
      progress.clear();
      say(io.stderr, 'waiting for a garbage collection to end, at most 3 minutes');
    },
  };
  let summary: PublishSummary;
  try {
    summary = await explained(directory, publishTileset(directory, destination, options, events, io.signal));
  } finally {
    progress.clear();
  }
  if (args.has('json')) await io.output.write(`${JSON.stringify(summary)}\n`);
  else if (!args.has('quiet')) await io.output.write(describe(summary, destination));
  return EXIT.done;
}

function baseOf(text: string | undefined): string | null | undefined {
  if (text === undefined || /^[0-9a-f]{64}$/.test(text)) return text;
  if (text === 'none') return null;
  throw new UsageError(
    `--base is "${text}", expected a generation of 64 hexadecimal digits, as in index.json and history, or none`,
  );
}

function describe(
  { generation, parent, changed, seconds, ...plan }: PublishSummary,
  destination: string,
): string {
  const { files, bytes, send, map, unchanged } = plan;
  const before = parent === null ? 'the first generation here' : `replaces ${parent}`;
  return printableText([
    changed
      ? `Published ${destination}, generation ${generation}`
      : `${destination} has generation ${generation} already`,
    ...(changed ? [`  ${before}`] : []),
    `  ${counted(files, 'file')}, ${size(bytes)}: ${counted(send.files, 'file')} (${size(send.bytes)}) sent, ${counted(unchanged, 'file')} unchanged`,
    ...mapLine(map, 'sent'),
    `  ${duration(seconds)}`,
  ]);
}

function mapLine({ files, bytes }: PublishPlan['map'], sent: string): string[] {
  return files === 0 ? [] : [`  the map beside the set: ${counted(files, 'file')} (${size(bytes)}) ${sent}`];
}

/** A plan for a person. */
export function describePlan(
  { generation, parent, files, bytes, send, map, unchanged, removed, ...plan }: PublishPlan,
  destination: string,
): string {
  const { requests, cost } = plan;
  const usd = (amount: number) => `${amount < 1 ? amount.toPrecision(2) : amount.toFixed(2)} USD`;
  return printableText([
    `A publish to ${destination} of generation ${generation}`,
    parent === null
      ? '  is the first one there'
      : parent === generation
        ? '  is not needed: it is live'
        : `  replaces ${parent}`,
    `  ${counted(files, 'file')}, ${size(bytes)}: ${counted(send.files, 'file')} (${size(send.bytes)}) to send, ${counted(unchanged, 'file')} unchanged`,
    ...mapLine(map, 'to send'),
    `  ${counted(removed, 'file')} of the live generation not needed any more; gc deletes them`,
    ...(cost
      ? [
          `  about ${integer(requests.put)} PUT, ${requests.list} LIST and ${requests.get} GET: ${usd(cost.requests)}; storage of the files to send: ${usd(cost.storagePerMonth)} a month`,
          `  at Amazon's prices of 2025 for S3 Standard in us-east-1: ${usd(PRICES.putOrList * 1000)} for 1,000 PUT or LIST, ${usd(PRICES.get * 1000)} for 1,000 GET, ${usd(PRICES.storage)} for a GB and a month`,
        ]
      : []),
  ]);
}
