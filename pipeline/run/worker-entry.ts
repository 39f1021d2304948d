import { existsSync } from 'node:fs';
import { packageUrl } from '#pipeline/store/package-url.ts';

/**
 * The file of a worker thread: in the sources the module itself; in the package `dist/NAME.js`, wherever the bundler
 * put the calling module. Undefined if another bundle lacks the file: then all work runs on one thread.
 * @param source the module, relative to pipeline/
 */
export function workerEntry(name: string, source: string): URL | undefined {
  const entry = packageUrl(`dist/${name}.js`, `pipeline/${source}`);
  return existsSync(entry) ? entry : undefined;
}
