/** Temporary folders of tests. They lie in the folder of the run, which test/support/run-folder.ts watches. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new temporary folder, and a way to remove it. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'haven-chunks-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/** Paths below a folder in which another process works: what vanishes while it is listed is left out. */
export function pathsBelow(folder: string): string[] {
  const paths: string[] = [];
  const list = (below: string) => {
    for (const entry of entriesOf(join(folder, below))) {
      const path = join(below, entry.name);
      paths.push(path);
      if (entry.isDirectory()) list(path);
    }
  };
  list('');
  return paths;
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Runs with a temporary folder that is removed afterwards. */
export async function inFolder<T>(use: (folder: string) => Promise<T> | T): Promise<T> {
  const folder = temporaryFolder();
  try {
    return await use(folder.path);
  } finally {
    folder.remove();
  }
}
