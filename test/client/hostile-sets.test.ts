import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { outputOf } from '#test/support/run-command.ts';
import { temporaryFolder } from '#test/support/temporary.ts';
import { HOSTILE } from './hostile-sets.ts';

/** MiB that a process may take for one hostile set, beyond what making the set took. */
const MOST = 256;

const folder = temporaryFolder();
const program = join(folder.path, 'print-hostile-memory.mjs');
beforeAll(async () => {
  // One file: loading all modules of the client takes longer than most of the sets.
  await build({
    entryPoints: [fileURLToPath(new URL('./print-hostile-memory.ts', import.meta.url))],
    outfile: program,
    ...({ bundle: true, platform: 'node', format: 'esm', logLevel: 'silent' } as const),
  });
});
afterAll(folder.remove);

describe.each(Object.keys(HOSTILE))('%s', name => {
  test.each(['web', 'node'])(
    'end in a typed error after few files, and take little memory (codec: %s)',
    async codec => {
      const stdout = await outputOf(process.execPath, [program, name, codec]);
      const { isCorrupt, message, file, asked, before, peak } = JSON.parse(stdout);
      expect(isCorrupt, message).toBe(true);
      expect(file).toMatch(/^[a-z]+\/[0-9a-f]{40}\.mpk$/);
      // At most once down a chain of 41 pages.
      expect(asked).toBeLessThan(50);
      expect(peak - before).toBeLessThan(MOST);
    },
  );
});
