import { existsSync } from 'node:fs';

/**
 * The file of a worker thread: in the sources the module itself; in the package `dist/NAME.js`, wherever the bundler
 * put the calling module. Undefined if another bundle lacks the file: then all work runs on one thread.
 * @param source the module, relative to pipeline/
 */
export function workerEntry(name: string, source: string): URL | undefined {
  const entry = import.meta.url.endsWith('.ts')
    ? new URL(`../${source}`, import.meta.url)
    : new URL(import.meta.url.replace(/\/dist\/(?!.*\/dist\/).*/, `/dist/${name}.js`));
  return existsSync(entry) ? entry : undefined;
}
