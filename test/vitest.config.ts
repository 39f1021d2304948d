import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Real catalogues: the folder that CATALOGUES names, else the one beside the repository, else none. */
const beside = fileURLToPath(new URL('../../shared/data', import.meta.url));
const catalogues = process.env['CATALOGUES'] ?? (existsSync(beside) ? beside : undefined);

/** Where HAVEN_TEST_REPORT names a file, a JSON report is written there as well. */
const report = process.env['HAVEN_TEST_REPORT'];

export default defineConfig({
  root,
  test: {
    include: ['test/**/*.test.ts'],
    env: catalogues === undefined ? {} : { CATALOGUES: catalogues },
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
    globalSetup: 'test/support/temporary.ts',
    setupFiles: ['test/support/file-setup.ts'],
    // A net for what hangs, not a test of speed: the machine may be busy.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // One more than the processors of a small machine: some tests wait for a browser or for other processes.
    maxWorkers: 3,
    // A process for each file would load the same modules 255 times: that is 1.3 s of CPU a file.
    isolate: false,
    // Node runs TypeScript by itself, as it does for users of a checkout: no second way to load it, and less to load.
    experimental: { viteModuleRunner: false, nodeLoader: false },
  },
});
