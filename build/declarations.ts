import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { $ } from 'zx';
import manifest from '../package.json' with { type: 'json' };

const root = fileURLToPath(new URL('..', import.meta.url));

/** Entries of the package with their type declarations, relative to the folder of declarations; each once. */
export const ENTRIES = Object.entries(manifest.exports).flatMap(([path, entry]) =>
  typeof entry === 'string' || path.startsWith('./browser')
    ? []
    : [{ specifier: posix.join(manifest.name, path), file: entry.types.replace(/^\.\/dist\//, '') }],
);

/**
 * Writes the type declarations of the package to a folder: those that an entry leads to, and no others. Imports are
 * relative, because `imports` of package.json names sources.
 * @throws ProcessOutput, with the messages of the compiler as its `stdout`, if the sources have type errors
 */
export async function writeDeclarations(folder: string): Promise<void> {
  const tsc = $({ cwd: root, preferLocal: true, quiet: true });
  await tsc`tsc --project build/tsconfig.dist.json --outDir ${folder}`;
  const reached = new Set<string>();
  const visit = async (file: string): Promise<void> => {
    if (reached.has(file)) return;
    reached.add(file);
    const text = await readFile(join(folder, file), 'utf8');
    const targets: string[] = [];
    const rewritten = text.replace(SPECIFIER, specifier => {
      const target = targetOf(specifier, posix.dirname(file));
      targets.push(target.replace(/\.ts$/, '.d.ts'));
      const relative = posix.relative(posix.dirname(file), target);
      return relative.startsWith('.') ? relative : `./${relative}`;
    });
    if (rewritten !== text) await writeFile(join(folder, file), rewritten);
    for (const target of targets) await visit(target);
  };
  for (const { file } of ENTRIES) await visit(file);
  const files = await readdir(folder, { recursive: true });
  const needless = files.filter(file => file.endsWith('.d.ts') && !reached.has(file));
  await Promise.all(needless.map(file => rm(join(folder, file))));
}

/** The specifier of a module of the package: `./json.ts`, `#format/json.ts`. */
const SPECIFIER = /(?<=(?:from |import |import\()['"])[.#][^'"]*(?=['"])/g;

/** The path of a module in the package. */
function targetOf(specifier: string, folder: string): string {
  const [, alias, rest] = /^(#\w+\/)(.*)$/.exec(specifier) ?? [];
  if (alias === undefined) return posix.join(folder, specifier);
  const folders: Record<string, string> = manifest.imports;
  return posix.join(folders[`${alias}*`]!.replace('*', ''), rest!);
}
