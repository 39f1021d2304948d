import type { JsonObject } from '#client/index.ts';
import type { Arguments } from '#pipeline/cli/arguments.ts';
import type { Io } from '#pipeline/cli/command.ts';
import { EXIT } from '#pipeline/cli/exit.ts';
import { resultPrinter, wantsTable } from '#pipeline/cli/print/result-printer.ts';
import type { PrintedColumn } from '#pipeline/cli/print/table-printer.ts';
import { size } from '#pipeline/cli/print/units.ts';
import { explained } from '#pipeline/cli/set-location.ts';
import { type HistoryEntry, history } from '#pipeline/publish/history.ts';

const COLUMNS: readonly PrintedColumn<HistoryEntry>[] = [
  { heading: 'generation', value: entry => entry.generation.slice(0, 12) },
  { heading: 'state', value: entry => (entry.live ? 'live' : entry.kept ? 'kept' : 'deleted') },
  { heading: 'kind', value: entry => entry.kind },
  { heading: 'time', value: entry => entry.time?.replace(/\.\d+/, '') },
  { heading: 'systems', value: entry => entry.counts.systems },
  { heading: 'files', value: entry => entry.files ?? undefined },
  { heading: 'size', value: entry => (entry.bytes === null ? undefined : size(entry.bytes)) },
  { heading: 'sent', value: entry => (entry.sent === null ? undefined : size(entry.sent.bytes)) },
  { heading: 'seconds', value: entry => entry.seconds ?? undefined },
];

function toJson(entry: HistoryEntry): JsonObject {
  return { ...entry, counts: { ...entry.counts }, sent: entry.sent && { ...entry.sent } };
}

export async function run(args: Arguments, io: Io): Promise<number> {
  const columns = wantsTable(args, io.output) ? COLUMNS : undefined;
  const options = { endpoint: args.text('endpoint') };
  const entries = await explained(args.operand, history(args.operand, options, io.signal));
  const printer = resultPrinter<HistoryEntry>(io.output, columns, toJson);
  for (const entry of entries) await printer.add(entry);
  await printer.end();
  return EXIT.done;
}
