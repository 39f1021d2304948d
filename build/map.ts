import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '#pipeline/cli/main.ts';
import { buildViewer } from './viewer.ts';

// `npm run map [-- SET]`: builds the map, and serves it with a set, or with the bundled stars. Options are those of
// `haven-chunks serve`.

const words = process.argv.slice(2);
const command = words.length === 0 || words[0]!.startsWith('-') ? 'demo' : 'serve';
const folder = await mkdtemp(join(tmpdir(), 'haven-chunks-map-'));
try {
  await buildViewer(folder);
  process.exitCode = await main([command, ...words, '--viewer', folder]);
} finally {
  await rm(folder, { recursive: true, force: true });
}
