import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { CorruptError, openTileset } from '#client/index.ts';
import { outputOf } from '#test/support/run-command.ts';
import { failure } from '#test/support/stored-files.ts';
import { HOSTILE } from './hostile-sets.ts';

const program = fileURLToPath(new URL('./print-hostile-memory.ts', import.meta.url));

/** MiB that a process may take for one hostile set, beyond what making the set took. */
const MOST = 256;

describe.each(Object.entries(HOSTILE))('%s', (name, { make, ask }) => {
  test('end in a typed error after few files', async () => {
    const { source, asked } = make();
    const set = await openTileset(source);
    const error = await failure(ask(set));
    expect(error).toBeInstanceOf(CorruptError);
    expect(error).toMatchObject({ file: expect.stringMatching(/^[a-z]+\/[0-9a-f]{40}\.mpk$/) });
    // At most once down a chain of 41 pages.
    expect(asked()).toBeLessThan(50);
  });

  test.each(['web', 'node'])('take little memory (codec: %s)', async codec => {
    const stdout = await outputOf(process.execPath, [program, name, codec]);
    const { isCorrupt, before, peak } = JSON.parse(stdout);
    expect(isCorrupt).toBe(true);
    expect(peak - before).toBeLessThan(MOST);
  });
});
