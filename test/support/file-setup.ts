/** Set-up of each test file: the files of a worker share its process, so no test leaves anything in it. */
import { afterAll, afterEach, vi } from 'vitest';
import { killGroups } from './run-command.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});
afterAll(killGroups);
