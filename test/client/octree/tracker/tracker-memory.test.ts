import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { outputOf } from '#test/support/run-command.ts';
import { inFolder } from '#test/support/temporary.ts';
import { trackedSet } from '#test/support/tracked-sets.ts';

const program = fileURLToPath(new URL('./print-tracker-memory.ts', import.meta.url));

test('over 10,000 random queries and updates, caches stay within their budgets, and the heap does not grow', async () => {
  const set = await trackedSet(1500);
  try {
    await inFolder(async folder => {
      const stdout = await outputOf(process.execPath, ['--expose-gc', program, set.directory, folder]);
      const { heaps, most, hits, misses } = JSON.parse(stdout) as {
        heaps: [number, number];
        most: number;
        hits: number;
        misses: number;
      };
      expect(most).toBeGreaterThan(1 << 17);
      expect(most).toBeLessThanOrEqual(1 << 18);
      expect(heaps[1] - heaps[0]).toBeLessThan(2 << 20);
      // More files were read than the cache in the folder holds.
      expect(hits).toBeGreaterThan(1_000);
      expect(misses).toBeGreaterThan(1_000);
      const sizes = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile())
        .map(entry => statSync(join(entry.parentPath, entry.name)).size);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(60_000);
    });
  } finally {
    set.remove();
  }
});
