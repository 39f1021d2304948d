import { succeeds } from './process.ts';

/** A Python that has some module: Debian's, or the first on the path; undefined where there is none. */
export function pythonWith(module: string): string | undefined {
  return ['/usr/bin/python3', 'python3'].find(path => succeeds(path, ['-c', `import ${module}`]));
}
