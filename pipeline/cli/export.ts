import { exportLines, exportSet } from '../export/index.ts';
import type { Arguments } from './arguments.ts';
import type { Command, Io } from './command.ts';
import { EXIT } from './exit.ts';
import { openSet } from './location.ts';
import { Progress } from './progress.ts';
import { counted, duration } from './units.ts';

/** Files are read once or twice in a row, so little is worth keeping. */
const CACHE_BYTES = 16 * 1024 * 1024;

export const exportCommand: Command = {
  name: 'export',
  purpose: 'Writes a chunk set back as a catalogue, record for record as it came.',
  operands: [{ name: 'SET', text: 'a folder or an http(s) address' }],
  required: ['to'],
  options: {
    to: {
      value: 'FILE',
      text: '.json (keyed by name, as data.json), .ndjson, either with .gz; - prints NDJSON',
    },
    quiet: { text: 'prints no summary and no progress' },
  },
  notes: [
    'A set built from the file has the same systems, of the same ids. What the build supplied (an "Unknown" region, an id',
    'made of the record) is left out again; what only a key told is written into the record where the key is lost.',
    'Keys of .json are names; where names repeat, "name (id)"; where a record has no id, the key that its id was made of.',
    'The file appears whole or not at all.',
  ],
  examples: [
    ['export my-set --to data.json', "Haven's own shape"],
    ['export my-set --to catalogue.ndjson.gz', 'for tools that read line by line'],
    ['export https://example.org/my-set --to - | jq .name', 'from a server into a pipe'],
  ],
  run,
};

async function run(args: Arguments, io: Io): Promise<number> {
  const started = performance.now();
  const { signal } = io;
  const to = args.text('to')!;
  const tileset = await openSet(args.operand, { signal, cacheBytes: CACHE_BYTES });
  const { systems } = tileset.counts;
  const progress = new Progress(io.stderr, !args.has('quiet'));
  const options = { signal, onProgress: (done: number) => progress.systems('exporting', done, systems) };
  let metasLeftOut = 0;
  try {
    if (to === '-') for await (const line of exportLines(tileset, options)) await io.output.write(line);
    else ({ metasLeftOut } = await exportSet(tileset, to, options));
    await io.output.flush();
  } finally {
    progress.clear();
  }
  if (!args.has('quiet')) {
    const left =
      metasLeftOut > 0
        ? `; ${counted(metasLeftOut, '_meta value')} of the set left out, for want of room in this shape`
        : '';
    const where = to === '-' ? 'standard output' : to;
    const took = duration((performance.now() - started) / 1000);
    io.stderr.write(`Exported ${counted(systems, 'system')} to ${where} in ${took}${left}\n`);
  }
  return EXIT.done;
}
