/** Asks the hostile set of the first argument, and prints its error and the peak of memory before and after. */
import { CorruptError, openTileset } from '#client/index.ts';
import { nodeCodec } from '#client/node/index.ts';
import { peakMemory } from '#pipeline/run/peak-memory.ts';
import { HOSTILE } from './hostile-sets.ts';

const [name, codec] = process.argv.slice(2);
const { make, ask } = HOSTILE[name!]!;
const { source, asked } = make();
const before = peakMemory();
const options = codec === 'node' ? { codec: nodeCodec } : {};
const error = await openTileset(source, options)
  .then(ask)
  .catch((error: unknown) => error);
console.log(
  JSON.stringify({
    isCorrupt: error instanceof CorruptError,
    message: String(error),
    file: error instanceof CorruptError ? error.file : undefined,
    asked: asked(),
    before: Math.round(before / 2 ** 20),
    peak: Math.round(peakMemory() / 2 ** 20),
  }),
);
